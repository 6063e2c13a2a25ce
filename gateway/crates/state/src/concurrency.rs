//! How many calls a subject may have open at once.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

type Open = Mutex<HashMap<Arc<str>, u32>>;

/// Counts open calls by subject. Cloning shares the counts.
#[derive(Clone, Debug, Default)]
pub struct Concurrency {
    open: Arc<Open>,
}

impl Concurrency {
    /// No call is open.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A place among `limit` for this subject, or `None` if all are taken.
    #[must_use]
    pub fn acquire(&self, subject: &str, limit: u32) -> Option<Permit> {
        let mut open = self.open.lock();
        let subject = match open.get_key_value(subject) {
            Some((_, count)) if *count >= limit => return None,
            Some((known, _)) => Arc::clone(known),
            None if limit == 0 => return None,
            None => Arc::from(subject),
        };
        *open.entry(Arc::clone(&subject)).or_insert(0) += 1;
        drop(open);
        Some(Permit {
            open: Arc::clone(&self.open),
            subject,
        })
    }

    /// How many calls the subject has open.
    #[must_use]
    pub fn open(&self, subject: &str) -> u32 {
        self.open.lock().get(subject).copied().unwrap_or(0)
    }
}

/// One open call's place; given back when dropped.
#[derive(Debug)]
#[must_use = "dropping a permit gives the place back"]
pub struct Permit {
    open: Arc<Open>,
    subject: Arc<str>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        if let Some(count) = open.get_mut(&self.subject) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_the_call_has_ended() {
        let calls = Concurrency::new();
        let first = calls.acquire("k:a", 2).unwrap();
        let second = calls.acquire("k:a", 2).unwrap();
        assert!(calls.acquire("k:a", 2).is_none());
        assert!(calls.acquire("k:b", 1).is_some());
        drop(first);
        assert_eq!(calls.open("k:a"), 1);
        assert!(calls.acquire("k:a", 2).is_some());
        drop(second);
        assert_eq!(calls.open("k:a"), 0);
        assert!(calls.open.lock().is_empty());
    }

    #[test]
    fn a_limit_of_zero_lets_no_call_in() {
        assert!(Concurrency::new().acquire("k", 0).is_none());
    }
}
