//! Token buckets: a minute's allowance may be used at once, and then refills evenly.
//!
//! Memory is bounded by the callers of the last minute: a bucket that is full again says nothing and is dropped.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use parking_lot::Mutex;

/// How much a minute allows, requests or tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// Refill a minute, and the most that can be saved up.
    pub per_minute: u64,
}

/// What became of a request for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether they were taken.
    pub allowed: bool,
    /// The limit asked with.
    pub limit: u64,
    /// Whole tokens that are left now.
    pub remaining: u64,
    /// If allowed, until the bucket is full again; if not, until the same request would be allowed. An amount above
    /// the limit never is: then also until the bucket is full.
    pub reset: Duration,
}

/// Parts of a token, so that a microsecond's refill is a whole number: `per_minute` parts.
const PARTS: u128 = 60_000_000;
const SHARDS: usize = 16;
const FIRST_SWEEP: usize = 1_024;

#[derive(Debug)]
pub(crate) struct Buckets {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug)]
struct Shard {
    buckets: HashMap<Box<str>, Bucket>,
    sweep_at: usize,
}

/// Kept as what is used, not as what is left: a changed limit then acts at once, and an idle bucket is zero.
#[derive(Debug)]
struct Bucket {
    used: u128,
    at: u64,
    per_minute: u64,
}

impl Bucket {
    fn refill(&mut self, now: u64) {
        let passed = u128::from(now.saturating_sub(self.at));
        self.used = self
            .used
            .saturating_sub(passed.saturating_mul(u128::from(self.per_minute)));
        self.at = self.at.max(now);
    }

    fn take(&mut self, amount: u64, limit: RateLimit) -> Taken {
        let capacity = u128::from(limit.per_minute) * PARTS;
        let wanted = u128::from(amount) * PARTS;
        let allowed = self.used + wanted <= capacity;
        if allowed {
            self.used += wanted;
        }
        let missing = if allowed || wanted > capacity {
            self.used
        } else {
            self.used + wanted - capacity
        };
        let micros = missing
            .checked_div(u128::from(limit.per_minute))
            .map_or(PARTS, |whole| {
                whole + u128::from(missing % u128::from(limit.per_minute) != 0)
            });
        Taken {
            allowed,
            limit: limit.per_minute,
            remaining: u64::try_from(capacity.saturating_sub(self.used) / PARTS)
                .unwrap_or(u64::MAX),
            reset: Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)),
        }
    }
}

impl Buckets {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| {
                Mutex::new(Shard {
                    buckets: HashMap::new(),
                    sweep_at: FIRST_SWEEP,
                })
            }),
        }
    }

    pub(crate) fn take(&self, name: &str, amount: u64, limit: RateLimit, now: Duration) -> Taken {
        let now = micros(now);
        let mut shard = self.shard(name).lock();
        if let Some(bucket) = shard.buckets.get_mut(name) {
            bucket.refill(now);
            bucket.per_minute = limit.per_minute;
            return bucket.take(amount, limit);
        }
        let mut bucket = Bucket {
            used: 0,
            at: now,
            per_minute: limit.per_minute,
        };
        let taken = bucket.take(amount, limit);
        if shard.buckets.len() >= shard.sweep_at {
            shard.sweep(now);
        }
        shard.buckets.insert(name.into(), bucket);
        taken
    }

    pub(crate) fn give_back(&self, name: &str, amount: u64, now: Duration) {
        if let Some(bucket) = self.shard(name).lock().buckets.get_mut(name) {
            bucket.refill(micros(now));
            bucket.used = bucket.used.saturating_sub(u128::from(amount) * PARTS);
        }
    }

    /// Drops every bucket that is full again.
    pub(crate) fn sweep(&self, now: Duration) {
        for shard in &self.shards {
            shard.lock().sweep(micros(now));
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().buckets.len())
            .sum()
    }

    fn shard(&self, name: &str) -> &Mutex<Shard> {
        let hash = usize::try_from(self.hasher.hash_one(name) % SHARDS as u64).unwrap_or(0);
        &self.shards[hash]
    }
}

impl Shard {
    fn sweep(&mut self, now: u64) {
        self.buckets.retain(|_, bucket| {
            bucket.refill(now);
            bucket.used > 0
        });
        self.sweep_at = (self.buckets.len() * 2).max(FIRST_SWEEP);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIXTY: RateLimit = RateLimit { per_minute: 60 };

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_of_a_minutes_allowance_passes_and_the_next_call_waits_one_second() {
        let buckets = Buckets::new();
        for left in (0..60).rev() {
            let taken = buckets.take("k:a", 1, SIXTY, at(0));
            assert!(taken.allowed);
            assert_eq!(taken.remaining, left);
        }
        let refused = buckets.take("k:a", 1, SIXTY, at(0));
        assert!(!refused.allowed);
        assert_eq!(refused.reset, Duration::from_secs(1));
        assert!(!buckets.take("k:a", 1, SIXTY, at(999)).allowed);
        assert!(buckets.take("k:a", 1, SIXTY, at(1_000)).allowed);
        assert!(buckets.take("k:b", 60, SIXTY, at(0)).allowed);
    }

    #[test]
    fn more_than_the_limit_is_never_allowed_and_nothing_is_taken_for_it() {
        let buckets = Buckets::new();
        assert!(!buckets.take("k", 61, SIXTY, at(0)).allowed);
        assert_eq!(buckets.take("k", 0, SIXTY, at(0)).remaining, 60);
        let none = buckets.take("z", 1, RateLimit { per_minute: 0 }, at(0));
        assert!(!none.allowed);
        assert_eq!(none.reset, Duration::from_secs(60));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let buckets = Buckets::new();
        buckets.take("k", 60, SIXTY, at(0));
        buckets.give_back("k", 10, at(0));
        assert_eq!(buckets.take("k", 10, SIXTY, at(0)).remaining, 0);
        buckets.give_back("unknown", 10, at(0));
    }

    #[test]
    fn a_lowered_limit_acts_at_once() {
        let buckets = Buckets::new();
        buckets.take("k", 30, SIXTY, at(0));
        assert!(
            !buckets
                .take("k", 1, RateLimit { per_minute: 30 }, at(0))
                .allowed
        );
    }

    #[test]
    fn idle_callers_cost_no_memory() {
        let buckets = Buckets::new();
        for n in 0..100_000_u64 {
            buckets.take(&format!("k:{n}"), 1, SIXTY, at(n * 10));
        }
        assert!(buckets.len() <= FIRST_SWEEP * SHARDS + SHARDS);
        buckets.sweep(at(2_000_000));
        assert_eq!(buckets.len(), 0);
    }

    proptest! {
        #[test]
        fn no_minute_allows_more_than_burst_and_refill(
            limit in 1_u64..500,
            calls in prop::collection::vec((1_u64..50, 0_u64..5_000), 1..200),
        ) {
            let (buckets, limit) = (Buckets::new(), RateLimit { per_minute: limit });
            let (mut now, mut allowed) = (0_u64, 0_u64);
            for (amount, wait) in calls {
                now += wait;
                if buckets.take("k", amount, limit, at(now)).allowed {
                    allowed += amount;
                }
            }
            let ceiling = u128::from(limit.per_minute) * (60_000 + u128::from(now)) / 60_000;
            prop_assert!(u128::from(allowed) <= ceiling);
        }

        #[test]
        fn a_refused_call_is_allowed_when_the_answer_said_so(limit in 1_u64..5_000, used in 1_u64..5_000, want in 1_u64..5_000) {
            let (buckets, limit) = (Buckets::new(), RateLimit { per_minute: limit });
            let (used, want) = (used.min(limit.per_minute), want.min(limit.per_minute));
            buckets.take("k", used, limit, at(0));
            let refused = buckets.take("k", want, limit, at(0));
            if !refused.allowed {
                prop_assert!(buckets.take("k", want, limit, refused.reset).allowed);
            }
        }
    }
}
