//! What is counted beside calls and attempts, in the words of whoever counts it.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

/// Whether a policy bundle that was read again came into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyReload {
    /// It is in force.
    Applied,
    /// It has mistakes; the old one stays in force.
    Refused,
}

/// What a bundle in shadow mode would have decided, beside what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShadowResult {
    /// The same.
    Same,
    /// It allows what was denied.
    Gains,
    /// It denies what was allowed.
    Loses,
}

impl ShadowResult {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Gains => "gains",
            Self::Loses => "loses",
        }
    }
}

/// Counts one thing that is under way; dropping it counts it as over.
#[derive(Debug)]
#[must_use = "dropped at once, it counts nothing"]
pub struct Ongoing(Gauge);

impl Ongoing {
    pub(super) fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What is counted of spans on their way to the collector.
#[derive(Clone, Debug)]
pub(crate) struct SpanCounts {
    pub(crate) waiting: Gauge,
    pub(crate) dropped: Counter,
}
