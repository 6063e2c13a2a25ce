//! Every metric, registered under its name with its help.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use super::histogram::{FIRST_BYTES, Histogram, OWN_WORK, WHOLE_CALLS};
use super::labels;
use crate::names;

/// Makes the histograms of a family, all with the same bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds(&'static [u64]);

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0)
    }
}

#[derive(Debug)]
pub(super) struct Families {
    pub(super) requests: Family<labels::Request, Counter>,
    pub(super) refusals: Family<labels::OfCode, Counter>,
    pub(super) attempts: Family<labels::Attempt, Counter>,
    pub(super) call_duration: Family<labels::OfSurface, Histogram, Bounds>,
    pub(super) overhead: Histogram,
    pub(super) first_byte: Family<labels::OfProvider, Histogram, Bounds>,
    pub(super) tokens: Family<labels::TokensOf, Counter>,
    pub(super) cost: Family<labels::OfTarget, Counter>,
    pub(super) redactions: Family<labels::Redaction, Counter>,
    pub(super) policy_reloads: Family<labels::OfResult, Counter>,
    pub(super) break_glass: Counter,
    pub(super) shadow: Family<labels::OfResult, Counter>,
    pub(super) policy_info: Family<labels::OfDigest, Gauge>,
    pub(super) audit_records: Family<labels::OfKind, Counter>,
    pub(super) audit_durable: Histogram,
    pub(super) audit_healthy: Gauge,
    pub(super) inflight_calls: Gauge,
    pub(super) connections: Gauge,
    pub(super) provider_errors: Family<labels::ProviderError, Counter>,
    pub(super) spans_dropped: Counter,
}

impl Families {
    pub(super) fn new() -> Self {
        Self {
            requests: Family::default(),
            refusals: Family::default(),
            attempts: Family::default(),
            call_duration: Family::new_with_constructor(Bounds(WHOLE_CALLS)),
            overhead: Histogram::new(OWN_WORK),
            first_byte: Family::new_with_constructor(Bounds(FIRST_BYTES)),
            tokens: Family::default(),
            cost: Family::default(),
            redactions: Family::default(),
            policy_reloads: Family::default(),
            break_glass: Counter::default(),
            shadow: Family::default(),
            policy_info: Family::default(),
            audit_records: Family::default(),
            audit_durable: Histogram::new(OWN_WORK),
            audit_healthy: Gauge::default(),
            inflight_calls: Gauge::default(),
            connections: Gauge::default(),
            provider_errors: Family::default(),
            spans_dropped: Counter::default(),
        }
    }

    /// A registry of all of them.
    pub(super) fn registry(&self, version: &'static str) -> Registry {
        let mut all = Registry::default();
        self.register_calls(&mut all);
        self.register_providers(&mut all);
        self.register_governance(&mut all);
        register(
            &mut all,
            names::SPANS_DROPPED,
            "Spans that reached no collector",
            &self.spans_dropped,
        );
        let build = Info::new([("version", version)]);
        let name = names::BUILD_INFO.trim_end_matches("_info"); // the encoder puts it back
        all.register(name, "The version that runs", build);
        all
    }

    #[rustfmt::skip] // one line a metric reads as a table
    fn register_calls(&self, all: &mut Registry) {
        register(all, names::REQUESTS, "Calls that ended, by surface and outcome", &self.requests);
        register(all, names::REFUSALS, "Calls that ended with a code, by code", &self.refusals);
        register(all, names::CALL_DURATION, "Calls from first byte in to last byte out", &self.call_duration);
        register(all, names::OVERHEAD, "The part of a call that is Marshal's own", &self.overhead);
        register(all, names::INFLIGHT_CALLS, "Calls under way", &self.inflight_calls);
        register(all, names::CONNECTIONS, "Open client connections", &self.connections);
    }

    #[rustfmt::skip] // one line a metric reads as a table
    fn register_providers(&self, all: &mut Registry) {
        register(all, names::ATTEMPTS, "Attempts at a provider that ended, by target and outcome", &self.attempts);
        register(all, names::PROVIDER_ERRORS, "Attempts that failed at the provider, by kind", &self.provider_errors);
        register(all, names::FIRST_BYTE, "From an attempt's start to the answer's first byte", &self.first_byte);
        register(all, names::TOKENS, "Tokens used; input includes cache_read", &self.tokens);
        register(all, names::COST, "Charged, in billionths of a US dollar", &self.cost);
    }

    #[rustfmt::skip] // one line a metric reads as a table
    fn register_governance(&self, all: &mut Registry) {
        register(all, names::REDACTIONS, "Values that the data policy acted on", &self.redactions);
        register(all, names::BREAK_GLASS, "Calls with a key that was made for an emergency", &self.break_glass);
        register(all, names::SHADOW_DECISIONS, "Decisions that a bundle in shadow mode was asked for, by result", &self.shadow);
        register(all, names::POLICY_RELOADS, "Times that the policies were read again, by result", &self.policy_reloads);
        register(all, names::POLICY_INFO, "The digest of the policies in force", &self.policy_info);
        register(all, names::AUDIT_RECORDS, "Records written to the audit trail, by kind", &self.audit_records);
        register(all, names::AUDIT_DURABLE, "From a record's hand-over to its being durable", &self.audit_durable);
        register(all, names::AUDIT_HEALTHY, "1 while the audit trail promises durability", &self.audit_healthy);
    }
}

/// Under `name` as it shall read on the page: the encoder appends `_total` to counters itself.
fn register(to: &mut Registry, name: &str, help: &str, metric: &(impl Metric + Clone)) {
    to.register(name.trim_end_matches("_total"), help, metric.clone());
}
