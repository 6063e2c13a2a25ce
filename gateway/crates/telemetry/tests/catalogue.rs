//! The catalogue of metrics in the docs is whole.

use marshal_telemetry::names;

#[test]
fn every_metric_stands_in_the_docs() {
    let all = [
        names::REQUESTS,
        names::REFUSALS,
        names::ATTEMPTS,
        names::CALL_DURATION,
        names::OVERHEAD,
        names::OVERHEAD_PART,
        names::CALLS_LIMIT,
        names::INFLIGHT_ATTEMPTS,
        names::TARGET_AVAILABLE,
        names::SPANS_WAITING,
        names::ATTEMPT_DURATION,
        names::FIRST_BYTE,
        names::TOKENS,
        names::COST,
        names::REDACTIONS,
        names::POLICY_RELOADS,
        names::POLICY_INFO,
        names::AUDIT_RECORDS,
        names::AUDIT_DURABLE,
        names::AUDIT_HEALTHY,
        names::AUDIT_EXPORTED,
        names::AUDIT_EXPORT_FAILURES,
        names::AUDIT_EXPORT_LAG,
        names::INFLIGHT_CALLS,
        names::CONNECTIONS,
        names::PROVIDER_ERRORS,
        names::SPANS_DROPPED,
        names::BUILD_INFO,
        names::BREAK_GLASS,
        names::SHADOW_DECISIONS,
    ];
    let page = include_str!("../../../../docs/metrics.md");
    for name in all {
        assert!(
            page.contains(&format!("\n| `{name}` |")),
            "docs/metrics.md has no row for {name}"
        );
    }
    let rows = page.lines().filter(|line| line.starts_with("| `marshal_"));
    assert_eq!(
        rows.count(),
        all.len(),
        "docs/metrics.md has a metric too many"
    );
}
