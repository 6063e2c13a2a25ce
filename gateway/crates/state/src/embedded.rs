//! The store that lives in this process and in one folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use marshal_types::{Clock, NanoUsd};
use parking_lot::Mutex;

use crate::budget::Ledger;
use crate::cache::Cache;
use crate::durable::private_dir;
use crate::rate::Buckets;
use crate::{CachedAnswer, HoldId, Period, RateLimit, Reply, Spent, StateError, Store, Taken};

/// Room for cached answers unless something else is asked for: 64 MiB.
pub const DEFAULT_CACHE_BYTES: usize = 64 * 1024 * 1024;

/// How often idle buckets and expired answers are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// Limits, budgets and cache of a single gateway. Every reply is ready at once.
///
/// Budgets survive a restart; rate limits and the cache do not.
#[derive(Debug)]
pub struct Embedded {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    buckets: Buckets,
    ledger: Ledger,
    cache: Cache,
    /// When the last sweep was. The lock also keeps two writers of the file apart.
    flush: Mutex<Duration>,
}

impl Embedded {
    /// Opens the folder, making it if needed, and reads what budgets have spent.
    ///
    /// # Errors
    /// [`StateError::Io`] or [`StateError::Damaged`]: a budget that cannot be read is not taken for an unspent one.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StateError> {
        private_dir(dir)?;
        Ok(Self {
            ledger: Ledger::open(dir)?,
            dir: dir.to_path_buf(),
            buckets: Buckets::new(),
            cache: Cache::new(DEFAULT_CACHE_BYTES),
            flush: Mutex::new(clock.monotonic()),
            clock,
        })
    }

    /// The same with another bound for cached answers; zero keeps none.
    #[must_use]
    pub fn with_cache_bytes(mut self, bytes: usize) -> Self {
        self.cache = Cache::new(bytes);
        self
    }

    /// Writes budgets to disk if they have changed, and now and then drops what is idle. Says whether it wrote.
    ///
    /// Meant to be called every 200 ms from a thread that may wait for the disk, and once at shutdown: a crash
    /// forgets at most what was reserved since the last call.
    ///
    /// # Errors
    /// [`StateError::Io`]; the next call tries again.
    pub fn flush_if_dirty(&self) -> Result<bool, StateError> {
        let mut swept = self.flush.lock();
        let now = self.clock.monotonic();
        if now.saturating_sub(*swept) >= SWEEP_EVERY {
            *swept = now;
            self.buckets.sweep(now);
            self.cache.sweep(now);
        }
        self.ledger.flush(&self.dir, self.clock.now())
    }

    /// Forgets all cached answers: whose words they hold is not known.
    pub fn forget_answers(&self) {
        self.cache.clear();
    }

    /// Bytes that cached answers occupy, roughly.
    #[must_use]
    pub fn cache_bytes(&self) -> usize {
        self.cache.bytes()
    }
}

impl Store for Embedded {
    fn take<'a>(&'a self, bucket: &'a str, amount: u64, limit: RateLimit) -> Reply<'a, Taken> {
        Reply::ready(
            self.buckets
                .take(bucket, amount, limit, self.clock.monotonic()),
        )
    }

    fn give_back<'a>(&'a self, bucket: &'a str, amount: u64) -> Reply<'a, ()> {
        self.buckets
            .give_back(bucket, amount, self.clock.monotonic());
        Reply::ready(())
    }

    fn reserve<'a>(
        &'a self,
        budget: &'a str,
        period: Period,
        limit: NanoUsd,
        amount: NanoUsd,
    ) -> Reply<'a, Result<HoldId, Spent>> {
        Reply::ready(
            self.ledger
                .reserve(budget, period, limit, amount, self.clock.now()),
        )
    }

    fn settle(&self, hold: HoldId, actual: NanoUsd) {
        self.ledger.settle(hold, actual);
    }

    fn spent<'a>(&'a self, budget: &'a str, period: Period) -> Reply<'a, NanoUsd> {
        Reply::ready(self.ledger.spent(budget, period, self.clock.now()))
    }

    fn cache_get<'a>(&'a self, key: &'a [u8; 32]) -> Reply<'a, Option<Arc<CachedAnswer>>> {
        Reply::ready(self.cache.get(key, self.clock.monotonic()))
    }

    fn cache_put(&self, key: [u8; 32], answer: Arc<CachedAnswer>, ttl: Duration) -> Reply<'_, ()> {
        self.cache.put(key, answer, ttl, self.clock.monotonic());
        Reply::ready(())
    }
}
