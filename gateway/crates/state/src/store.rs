//! The door to limits, budgets and the cache, whoever keeps them.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use marshal_types::NanoUsd;

use crate::{CachedAnswer, HoldId, Period, RateLimit, Reply, Spent, Taken};

/// Shared counters and answers. One implementation is [`Embedded`](crate::Embedded); one that a fleet shares fits
/// behind the same methods. Every reply must be awaited: the effect may stand from the call on.
pub trait Store: Send + Sync + Debug {
    /// Takes `amount` from a bucket that refills at `limit`, all of it or nothing.
    fn take<'a>(&'a self, bucket: &'a str, amount: u64, limit: RateLimit) -> Reply<'a, Taken>;

    /// Puts back what was taken and not used.
    fn give_back<'a>(&'a self, bucket: &'a str, amount: u64) -> Reply<'a, ()>;

    /// Holds `amount` of a budget, until [`settle`](Self::settle). What is held counts as spent, so calls at the
    /// same time cannot pass the limit together.
    ///
    /// # Errors
    /// [`Spent`] if spent, held and `amount` together pass `limit`.
    fn reserve<'a>(
        &'a self,
        budget: &'a str,
        period: Period,
        limit: NanoUsd,
        amount: NanoUsd,
    ) -> Reply<'a, Result<HoldId, Spent>>;

    /// Replaces a hold by what the call really cost. A second settlement of one hold does nothing.
    fn settle(&self, hold: HoldId, actual: NanoUsd);

    /// What was spent in the current period, without what is held.
    fn spent<'a>(&'a self, budget: &'a str, period: Period) -> Reply<'a, NanoUsd>;

    /// The answer kept under a key, unless its time is over.
    fn cache_get<'a>(&'a self, key: &'a [u8; 32]) -> Reply<'a, Option<Arc<CachedAnswer>>>;

    /// Keeps an answer for `ttl`, or less if room is short.
    fn cache_put(&self, key: [u8; 32], answer: Arc<CachedAnswer>, ttl: Duration) -> Reply<'_, ()>;
}
