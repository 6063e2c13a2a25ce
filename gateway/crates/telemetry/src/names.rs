//! Names of the metrics on `/metrics`: `<namespace>_<noun>_<unit>[_total]`, seconds and bytes.

/// Calls that ended, by surface and outcome.
pub const REQUESTS: &str = "marshal_requests_total";
/// Calls that ended with a code, by code.
pub const REFUSALS: &str = "marshal_refusals_total";
/// Attempts at a provider that ended, by target and outcome.
pub const ATTEMPTS: &str = "marshal_attempts_total";
/// From the first byte of a call to the last byte of its answer, by surface.
pub const CALL_DURATION: &str = "marshal_call_duration_seconds";
/// The part of a call that is Marshal's own.
pub const OVERHEAD: &str = "marshal_overhead_seconds";
/// The same, by part.
pub const OVERHEAD_PART: &str = "marshal_overhead_part_seconds";
/// From an attempt's start to its end.
pub const ATTEMPT_DURATION: &str = "marshal_attempt_duration_seconds";
/// From an attempt's start to the first byte of the provider's answer.
pub const FIRST_BYTE: &str = "marshal_first_byte_seconds";
/// Tokens used, by target and direction.
pub const TOKENS: &str = "marshal_tokens_total";
/// Billionths of a US dollar charged, by target.
pub const COST: &str = "marshal_cost_nano_usd_total";
/// Values that the data policy acted on, by entity and action.
pub const REDACTIONS: &str = "marshal_redactions_total";
/// Times that the policy bundle was read again, by result.
pub const POLICY_RELOADS: &str = "marshal_policy_reloads_total";
/// One, labelled with the digest of the bundle in force.
pub const POLICY_INFO: &str = "marshal_policy_info";
/// Decisions that a bundle in shadow mode was asked for, by whether it would have decided the same.
pub const SHADOW_DECISIONS: &str = "marshal_shadow_decisions_total";
/// Calls with a key that was made for an emergency.
pub const BREAK_GLASS: &str = "marshal_break_glass_calls_total";
/// Records written to the audit trail, by kind.
pub const AUDIT_RECORDS: &str = "marshal_audit_records_total";
/// From a record's hand-over to its being durable.
pub const AUDIT_DURABLE: &str = "marshal_audit_durable_seconds";
/// One while the audit trail promises durability, zero while no call may go out.
pub const AUDIT_HEALTHY: &str = "marshal_audit_healthy";
/// Records that an export's destination acknowledged, by export.
pub const AUDIT_EXPORTED: &str = "marshal_audit_exported_records_total";
/// Batches that an export's destination did not acknowledge, and times that an export could not go on, by export.
pub const AUDIT_EXPORT_FAILURES: &str = "marshal_audit_export_failures_total";
/// The age of the oldest record that an export's destination has not acknowledged, by export.
pub const AUDIT_EXPORT_LAG: &str = "marshal_audit_export_lag_seconds";
/// Calls under way.
pub const INFLIGHT_CALLS: &str = "marshal_inflight_calls";
/// Calls that may be under way at once.
pub const CALLS_LIMIT: &str = "marshal_calls_limit";
/// Attempts under way, by target.
pub const INFLIGHT_ATTEMPTS: &str = "marshal_inflight_attempts";
/// One while calls are sent to a target.
pub const TARGET_AVAILABLE: &str = "marshal_target_available";
/// Open client connections.
pub const CONNECTIONS: &str = "marshal_connections";
/// Attempts that failed at the provider, by kind of failure.
pub const PROVIDER_ERRORS: &str = "marshal_provider_errors_total";
/// Spans that reached no collector.
pub const SPANS_DROPPED: &str = "marshal_otlp_spans_dropped_total";
/// Spans that wait for the collector.
pub const SPANS_WAITING: &str = "marshal_otlp_spans_waiting";
/// One, labelled with the version that runs.
pub const BUILD_INFO: &str = "marshal_build_info";
