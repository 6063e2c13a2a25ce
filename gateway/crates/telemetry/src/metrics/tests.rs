use super::*;
use crate::outcome::AttemptOutcome;
use marshal_types::{NanoUsd, Tokens, Usage};
use std::sync::Arc;

fn target(provider: &str, model: &str) -> TargetName {
    TargetName {
        provider: provider.into(),
        model: model.into(),
    }
}

#[track_caller]
fn assert_line(page: &str, line: &str) {
    assert!(page.lines().any(|found| found == line), "{line}\n{page}");
}

#[test]
fn a_call_is_on_the_page_with_its_outcome_its_code_and_its_duration() {
    let metrics = Metrics::new("0.1.0");
    let ended = CallOutcome::of(Code::BudgetSpent);
    metrics.call_ended(
        Some(Surface::Messages),
        ended,
        Duration::from_millis(15),
        None,
    );
    metrics.call_ended(None, CallOutcome::Completed, Duration::from_secs(900), None);
    metrics.overhead(Duration::from_micros(25), None);
    let page = metrics.encode();
    for line in [
        r#"marshal_requests_total{surface="messages",outcome="refused"} 1"#,
        r#"marshal_requests_total{surface="none",outcome="completed"} 1"#,
        r#"marshal_refusals_total{code="budget_spent"} 1"#,
        r#"marshal_refusals_total{code="internal"} 0"#,
        r#"marshal_call_duration_seconds_bucket{le="0.01",surface="messages"} 0"#,
        r#"marshal_call_duration_seconds_bucket{le="0.02",surface="messages"} 1"#,
        r#"marshal_call_duration_seconds_sum{surface="messages"} 0.015"#,
        r#"marshal_call_duration_seconds_bucket{le="327.68",surface="none"} 0"#,
        r#"marshal_call_duration_seconds_bucket{le="+Inf",surface="none"} 1"#,
        r#"marshal_overhead_seconds_bucket{le="0.000025"} 1"#,
        "marshal_overhead_seconds_count 1",
        r#"marshal_build_info{version="0.1.0"} 1"#,
        "# TYPE marshal_call_duration_seconds histogram",
        "# TYPE marshal_requests counter",
        "# EOF",
    ] {
        assert_line(&page, line);
    }
}

#[test]
fn an_attempt_is_counted_for_its_target_with_tokens_and_cost() {
    let metrics = Metrics::new("0.1.0");
    let name = target("openai", "gpt-4o");
    metrics.admit_targets([&name]);
    let handles = metrics.target(&name);
    handles.attempt_ended(AttemptOutcome::Completed, Duration::from_secs(2), None);
    handles.attempt_ended(
        AttemptOutcome::Failed(Code::UpstreamRateLimited),
        Duration::from_secs(2),
        None,
    );
    handles.first_byte(Duration::from_millis(200), None);
    handles.used(&Usage {
        input: Tokens(100),
        output: Tokens(7),
        cache_read: Tokens(60),
        ..Usage::default()
    });
    handles.charged(NanoUsd(320_000));
    let page = metrics.encode();
    for line in [
        r#"marshal_attempts_total{provider="openai",model="gpt-4o",outcome="completed"} 1"#,
        r#"marshal_attempts_total{provider="openai",model="gpt-4o",outcome="failed"} 1"#,
        r#"marshal_provider_errors_total{provider="openai",model="gpt-4o",kind="rate_limited"} 1"#,
        r#"marshal_provider_errors_total{provider="openai",model="gpt-4o",kind="timeout"} 0"#,
        r#"marshal_first_byte_seconds_bucket{le="0.25",provider="openai",model="gpt-4o"} 1"#,
        r#"marshal_attempt_duration_seconds_count{provider="openai",model="gpt-4o"} 2"#,
        r#"marshal_tokens_total{provider="openai",model="gpt-4o",direction="input"} 100"#,
        r#"marshal_tokens_total{provider="openai",model="gpt-4o",direction="output"} 7"#,
        r#"marshal_tokens_total{provider="openai",model="gpt-4o",direction="cache_read"} 60"#,
        r#"marshal_cost_nano_usd_total{provider="openai",model="gpt-4o"} 320000"#,
    ] {
        assert_line(&page, line);
    }
}

#[test]
fn a_name_that_no_one_configured_cannot_become_a_label() {
    let metrics = Metrics::new("0.1.0");
    for number in 0..50 {
        let name = target("openai", &format!("my secret {number}"));
        metrics.target(&name).attempt_ended(
            AttemptOutcome::Completed,
            Duration::from_secs(2),
            None,
        );
    }
    let page = metrics.encode();
    assert!(!page.contains("my secret"));
    let line = r#"marshal_attempts_total{provider="other",model="other",outcome="completed"} 50"#;
    assert_line(&page, line);
}

#[test]
fn targets_and_entities_past_the_cap_share_one_label() {
    let metrics = Metrics::new("0.1.0");
    let names: Vec<_> = (0..MAX_TARGETS + 5)
        .map(|number| target("p", &format!("m{number}")))
        .collect();
    metrics.admit_targets(&names);
    metrics.admit_targets(&names);
    for name in &names {
        metrics.target(name).charged(NanoUsd(1));
    }
    for number in 0..MAX_ENTITIES + 3 {
        metrics.redacted(&format!("e{number}"), "mask", 2);
    }
    let page = metrics.encode();
    let costs = page
        .lines()
        .filter(|line| line.starts_with("marshal_cost_nano_usd_total"));
    assert_eq!(costs.count(), MAX_TARGETS + 1);
    assert_line(
        &page,
        r#"marshal_cost_nano_usd_total{provider="other",model="other"} 5"#,
    );
    assert_line(
        &page,
        r#"marshal_redactions_total{entity="e255",action="mask"} 2"#,
    );
    assert_line(
        &page,
        r#"marshal_redactions_total{entity="other",action="mask"} 6"#,
    );
}

#[test]
fn one_policy_is_in_force_at_a_time() {
    let metrics = Metrics::new("0.1.0");
    metrics.policy_in_force(&Digest([1; 32]));
    metrics.policy_in_force(&Digest([2; 32]));
    metrics.policy_in_force(&Digest([2; 32]));
    metrics.policy_reloaded(PolicyReload::Refused);
    let page = metrics.encode();
    assert!(!page.contains(&"01".repeat(32)));
    assert_line(
        &page,
        &format!(r#"marshal_policy_info{{digest="{}"}} 1"#, "02".repeat(32)),
    );
    assert_line(&page, r#"marshal_policy_reloads_total{result="refused"} 1"#);
}

#[test]
fn what_is_under_way_is_counted_until_it_is_dropped() {
    let metrics = Metrics::new("0.1.0");
    let calls = [metrics.call_started(), metrics.call_started()];
    let connection = metrics.connection_opened();
    metrics.audit_healthy(true);
    metrics.audit_record("intent");
    metrics.audit_durable(Duration::from_millis(2));
    let page = metrics.encode();
    assert_line(&page, "marshal_inflight_calls 2");
    assert_line(&page, "marshal_connections 1");
    assert_line(&page, "marshal_audit_healthy 1");
    assert_line(&page, r#"marshal_audit_records_total{kind="intent"} 1"#);
    assert_line(&page, "marshal_audit_durable_seconds_sum 0.002");
    drop((calls, connection));
    assert_line(&metrics.encode(), "marshal_inflight_calls 0");
}

#[test]
fn counting_from_many_threads_loses_nothing() {
    let metrics = Arc::new(Metrics::new("0.1.0"));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let metrics = Arc::clone(&metrics);
            std::thread::spawn(move || {
                for _ in 0..1_000 {
                    metrics.overhead(Duration::from_micros(5), None);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_line(&metrics.encode(), "marshal_overhead_seconds_count 4000");
}

#[test]
fn an_export_is_on_the_page_from_the_start() {
    let metrics = Metrics::new("0.1.0");
    let export = metrics.export("siem");
    let page = metrics.encode();
    assert_line(
        &page,
        r#"marshal_audit_exported_records_total{export="siem"} 0"#,
    );
    export.exported(3);
    export.failed();
    export.lag(Duration::from_millis(1_500));
    let page = metrics.encode();
    for line in [
        r#"marshal_audit_exported_records_total{export="siem"} 3"#,
        r#"marshal_audit_export_failures_total{export="siem"} 1"#,
        r#"marshal_audit_export_lag_seconds{export="siem"} 1.5"#,
    ] {
        assert_line(&page, line);
    }
}
