//! Whole answers by key, within a bound of bytes; the one not asked for the longest goes first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use marshal_types::{DataClass, Dialect, TargetName, Timestamp, Usage};
use parking_lot::Mutex;

/// An answer as it went to a client. The key under which it is kept must name the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedAnswer {
    /// The dialect it is written in.
    pub dialect: Dialect,
    /// The media type.
    pub content_type: Box<str>,
    /// The body, or all events of a stream.
    pub body: Bytes,
    /// Who gave it.
    pub target: TargetName,
    /// What it used then.
    pub usage: Usage,
    /// Why it ended.
    pub finish_reasons: Vec<String>,
    /// The data classes found in it.
    pub classes: BTreeSet<DataClass>,
    /// When it was given.
    pub stored: Timestamp,
}

impl CachedAnswer {
    fn weight(&self) -> usize {
        // Roughly what the entry costs beside its body: two map nodes, the names, the allocations.
        const OVERHEAD: usize = 512;
        OVERHEAD + self.body.len()
    }
}

#[derive(Debug)]
pub(crate) struct Cache {
    limit: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    slots: HashMap<[u8; 32], Slot>,
    by_use: BTreeMap<u64, [u8; 32]>,
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    answer: Arc<CachedAnswer>,
    until: Duration,
    used: u64,
}

impl Cache {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            inner: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, key: &[u8; 32], now: Duration) -> Option<Arc<CachedAnswer>> {
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        let slot = inner.slots.get_mut(key)?;
        if slot.until <= now {
            inner.remove(key);
            return None;
        }
        inner.by_use.remove(&slot.used);
        inner.uses += 1;
        slot.used = inner.uses;
        inner.by_use.insert(slot.used, *key);
        Some(Arc::clone(&slot.answer))
    }

    pub(crate) fn put(
        &self,
        key: [u8; 32],
        answer: Arc<CachedAnswer>,
        ttl: Duration,
        now: Duration,
    ) {
        let weight = answer.weight();
        // One giant must not empty the cache.
        if ttl.is_zero() || weight > self.limit / 8 {
            return;
        }
        let mut inner = self.inner.lock();
        inner.remove(&key);
        while inner.bytes + weight > self.limit {
            let Some((_, oldest)) = inner.by_use.first_key_value() else {
                break;
            };
            let oldest = *oldest;
            inner.remove(&oldest);
        }
        inner.uses += 1;
        let used = inner.uses;
        inner.bytes += weight;
        inner.by_use.insert(used, key);
        inner.slots.insert(
            key,
            Slot {
                answer,
                until: now.saturating_add(ttl),
                used,
            },
        );
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.inner.lock() = Inner::default();
    }

    /// Forgets what has expired.
    pub(crate) fn sweep(&self, now: Duration) {
        let mut inner = self.inner.lock();
        let old: Vec<_> = inner
            .slots
            .iter()
            .filter(|(_, slot)| slot.until <= now)
            .map(|(key, _)| *key)
            .collect();
        for key in old {
            inner.remove(&key);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.inner.lock().bytes
    }
}

impl Inner {
    fn remove(&mut self, key: &[u8; 32]) {
        if let Some(slot) = self.slots.remove(key) {
            self.by_use.remove(&slot.used);
            self.bytes -= slot.answer.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(size: usize) -> Arc<CachedAnswer> {
        Arc::new(CachedAnswer {
            dialect: Dialect::OpenAi,
            content_type: "application/json".into(),
            body: Bytes::from(vec![b'x'; size]),
            target: TargetName {
                provider: "demo".into(),
                model: "demo-chat".into(),
            },
            usage: Usage::default(),
            finish_reasons: vec!["stop".into()],
            classes: BTreeSet::new(),
            stored: Timestamp::default(),
        })
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_answer_is_found_until_its_time_is_over() {
        let cache = Cache::new(100_000);
        cache.put([1; 32], answer(10), MINUTE, Duration::ZERO);
        assert_eq!(
            cache.get(&[1; 32], Duration::from_secs(59)),
            Some(answer(10))
        );
        assert_eq!(cache.get(&[1; 32], MINUTE), None);
        assert_eq!(cache.get(&[2; 32], Duration::ZERO), None);
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn a_full_cache_forgets_what_nobody_asks_for_and_never_passes_its_bound() {
        let cache = Cache::new(16_000);
        for n in 0..200 {
            cache.put([n; 32], answer(488), MINUTE, Duration::ZERO);
            assert!(cache.get(&[0; 32], Duration::ZERO).is_some());
            assert!(cache.bytes() <= 16_000);
        }
        assert!(cache.get(&[199; 32], Duration::ZERO).is_some());
        assert!(cache.get(&[1; 32], Duration::ZERO).is_none());
    }

    #[test]
    fn an_answer_too_large_for_its_share_is_not_kept() {
        let cache = Cache::new(8_000);
        cache.put([1; 32], answer(1_000), MINUTE, Duration::ZERO);
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn the_same_key_put_twice_is_counted_once() {
        let cache = Cache::new(100_000);
        cache.put([1; 32], answer(10), MINUTE, Duration::ZERO);
        cache.put([1; 32], answer(20), MINUTE, Duration::ZERO);
        assert_eq!(cache.bytes(), answer(20).weight());
        cache.sweep(MINUTE);
        assert_eq!(cache.bytes(), 0);
    }
}
