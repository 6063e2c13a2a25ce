//! Whether a call would be served now, and if not, why.

use std::collections::BTreeMap;
use std::fmt;

use parking_lot::RwLock;

type Check = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// Collects reasons not to be ready. Starts with one: that the gateway is starting.
#[derive(Default)]
pub struct Readiness {
    reasons: RwLock<BTreeMap<&'static str, String>>,
    checks: RwLock<Vec<Check>>,
}

/// The reason that a new [`Readiness`] starts with.
const STARTING: &str = "start";

impl Readiness {
    /// Not ready until [`started`](Self::started).
    #[must_use]
    pub fn new() -> Self {
        let this = Self::default();
        this.block(STARTING, "the gateway is starting");
        this
    }

    /// Everything is up.
    pub fn started(&self) {
        self.clear(STARTING);
    }

    /// Not ready because of one part, until [`clear`](Self::clear) names it.
    pub fn block(&self, part: &'static str, why: impl Into<String>) {
        self.reasons.write().insert(part, why.into());
    }

    /// That part is no obstacle any more.
    pub fn clear(&self, part: &'static str) {
        self.reasons.write().remove(part);
    }

    /// Asked each time: `Some` says why not. Must be quick.
    pub fn check(&self, check: impl Fn() -> Option<String> + Send + Sync + 'static) {
        self.checks.write().push(Box::new(check));
    }

    /// Why a call would not be served; empty if it would.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self.reasons.read().values().cloned().collect();
        reasons.extend(self.checks.read().iter().filter_map(|check| check()));
        reasons
    }

    /// Whether a call would be served.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reasons().is_empty()
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readiness").field(&self.reasons()).finish()
    }
}
