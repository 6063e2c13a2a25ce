//! Every metric, registered under its name with its help.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use marshal_types::semconv::Conventions;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use super::gen_ai::GenAi;
use super::histogram::{Bounds, FIRST_BYTES, Histogram, OWN_WORK, WHOLE_CALLS};
use super::labels;
use crate::names;

/// A gauge of seconds.
pub(super) type Seconds = Gauge<f64, AtomicU64>;

#[derive(Debug)]
pub(super) struct Families {
    pub(super) requests: Family<labels::Request, Counter>,
    pub(super) refusals: Family<labels::OfCode, Counter>,
    pub(super) attempts: Family<labels::Attempt, Counter>,
    pub(super) call_duration: Family<labels::OfSurface, Histogram, Bounds>,
    pub(super) overhead: Histogram,
    pub(super) overhead_parts: Family<labels::OfPart, Histogram, Bounds>,
    pub(super) attempt_duration: Family<labels::OfTarget, Histogram, Bounds>,
    pub(super) first_byte: Family<labels::OfTarget, Histogram, Bounds>,
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
    pub(super) audit_exported: Family<labels::OfExport, Counter>,
    pub(super) audit_export_failures: Family<labels::OfExport, Counter>,
    pub(super) audit_export_lag: Family<labels::OfExport, Seconds>,
    pub(super) inflight_calls: Gauge,
    pub(super) calls_limit: Gauge,
    pub(super) connections: Gauge,
    pub(super) inflight_attempts: Family<labels::OfTarget, Gauge>,
    pub(super) target_available: Family<labels::OfTarget, Gauge>,
    pub(super) provider_errors: Family<labels::ProviderError, Counter>,
    pub(super) spans_dropped: Counter,
    pub(super) spans_waiting: Gauge,
    pub(super) gen_ai: Arc<GenAi>,
}

impl Families {
    pub(super) fn new(conventions: Conventions) -> Self {
        Self {
            requests: Family::default(),
            refusals: Family::default(),
            attempts: Family::default(),
            call_duration: Family::new_with_constructor(WHOLE_CALLS),
            overhead: Histogram::new(OWN_WORK),
            overhead_parts: Family::new_with_constructor(OWN_WORK),
            attempt_duration: Family::new_with_constructor(WHOLE_CALLS),
            first_byte: Family::new_with_constructor(FIRST_BYTES),
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
            audit_exported: Family::default(),
            audit_export_failures: Family::default(),
            audit_export_lag: Family::default(),
            inflight_calls: Gauge::default(),
            calls_limit: Gauge::default(),
            connections: Gauge::default(),
            inflight_attempts: Family::default(),
            target_available: Family::default(),
            provider_errors: Family::default(),
            spans_dropped: Counter::default(),
            spans_waiting: Gauge::default(),
            gen_ai: Arc::new(GenAi::new(conventions)),
        }
    }

    /// A registry of all of them.
    pub(super) fn registry(&self, version: &'static str) -> Registry {
        let mut all = Registry::default();
        self.register_calls(&mut all);
        self.register_providers(&mut all);
        self.register_governance(&mut all);
        self.register_export(&mut all);
        self.gen_ai.register(&mut all);
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
        register(all, names::OVERHEAD_PART, "What of a call is Marshal's own, by part", &self.overhead_parts);
        register(all, names::CALLS_LIMIT, "Calls that may be under way at once", &self.calls_limit);
        register(all, names::INFLIGHT_CALLS, "Calls under way", &self.inflight_calls);
        register(all, names::CONNECTIONS, "Open client connections", &self.connections);
    }

    #[rustfmt::skip] // one line a metric reads as a table
    fn register_providers(&self, all: &mut Registry) {
        register(all, names::ATTEMPTS, "Attempts at a provider that ended, by target and outcome", &self.attempts);
        register(all, names::PROVIDER_ERRORS, "Attempts that failed at the provider, by kind", &self.provider_errors);
        register(all, names::ATTEMPT_DURATION, "From an attempt's start to its end", &self.attempt_duration);
        register(all, names::FIRST_BYTE, "From an attempt's start to the answer's first byte", &self.first_byte);
        register(all, names::INFLIGHT_ATTEMPTS, "Attempts under way, by target", &self.inflight_attempts);
        register(all, names::TARGET_AVAILABLE, "1 while calls are sent to a target", &self.target_available);
        register(all, names::TOKENS, "Tokens used; input includes cache_read", &self.tokens);
        register(all, names::COST, "Charged, in billionths of a US dollar", &self.cost);
    }

    #[rustfmt::skip] // one line a metric reads as a table
    fn register_export(&self, all: &mut Registry) {
        register(all, names::SPANS_DROPPED, "Spans that reached no collector", &self.spans_dropped);
        register(all, names::SPANS_WAITING, "Spans that wait for the collector", &self.spans_waiting);
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
        register(all, names::AUDIT_EXPORTED, "Records of the audit trail that were exported, by export", &self.audit_exported);
        register(all, names::AUDIT_EXPORT_FAILURES, "Failures to export the audit trail, by export", &self.audit_export_failures);
        register(all, names::AUDIT_EXPORT_LAG, "The age of the oldest record that is not exported, by export", &self.audit_export_lag);
    }
}

/// Under `name` as it shall read on the page: the encoder appends `_total` to counters itself.
pub(super) fn register(to: &mut Registry, name: &str, help: &str, metric: &(impl Metric + Clone)) {
    to.register(name.trim_end_matches("_total"), help, metric.clone());
}
