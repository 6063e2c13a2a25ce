use marshal_types::semconv::Conventions;
use marshal_types::{Tokens, Usage};

use super::*;
use crate::operation::Operation;
use crate::outcome::AttemptOutcome;
use crate::trace::TraceContext;

const CHAT: &str = r#"gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="nova""#;

fn target(metrics: &Metrics) -> TargetMetrics {
    let name = TargetName {
        provider: "mine".into(),
        model: "nova".into(),
    };
    metrics.provider_is(&name.provider, "bedrock");
    metrics.admit_targets([&name]);
    metrics.target(&name)
}

fn usage() -> Usage {
    Usage {
        input: Tokens(100),
        output: Tokens(21),
        cache_read: Tokens(60),
        cache_write: Tokens(5),
        reasoning: Tokens(7),
        estimated: false,
    }
}

/// One streamed call with one attempt, and one that failed.
fn ask(metrics: &Metrics, trace: Option<TraceId>) {
    let target = target(metrics);
    let chat = target.operation(Operation::Chat).unwrap();
    chat.first_chunk(Duration::from_millis(300), trace);
    chat.next_chunk(Duration::from_millis(20));
    let took = Duration::from_secs(1);
    chat.attempted(AttemptOutcome::Completed, took, Some(&usage()), trace);
    chat.served(CallOutcome::Completed, took, trace);
    chat.streamed(Duration::from_millis(310), took, Tokens(21));
    let failed = AttemptOutcome::Failed(Code::UpstreamTimeout);
    chat.attempted(failed, Duration::from_secs(30), None, None);
}

#[track_caller]
fn assert_lines(page: &str, lines: &[String]) {
    for line in lines {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
}

#[test]
fn an_operation_is_on_the_page_under_the_conventions_names() {
    let metrics = Metrics::new("0.1.0");
    ask(&metrics, None);
    let page = metrics.encode();
    let used = |name, count| {
        format!(
            "gen_ai_client_inference_usage_{name}_total{{{CHAT},gen_ai_token_modality=\"unknown\"}} {count}"
        )
    };
    assert_lines(
        &page,
        &[
            used("input_tokens", 100),
            used("output_tokens", 21),
            used("cache_read_input_tokens", 60),
            used("cache_write_input_tokens", 5),
            used("reasoning_output_tokens", 7),
            format!("gen_ai_client_inference_operation_input_tokens_sum{{{CHAT}}} 100.0"),
            format!("gen_ai_client_inference_operation_output_tokens_count{{{CHAT}}} 1"),
            format!("gen_ai_client_operation_duration_seconds_sum{{{CHAT}}} 1.0"),
            format!(
                "gen_ai_client_operation_duration_seconds_sum{{{CHAT},error_type=\"upstream_timeout\"}} 30.0"
            ),
            format!("gen_ai_client_operation_time_to_first_chunk_seconds_sum{{{CHAT}}} 0.3"),
            format!("gen_ai_client_operation_time_per_output_chunk_seconds_sum{{{CHAT}}} 0.02"),
            format!("gen_ai_server_request_duration_seconds_count{{{CHAT}}} 1"),
            format!("gen_ai_server_time_to_first_token_seconds_sum{{{CHAT}}} 0.31"),
            format!("gen_ai_server_time_per_output_token_seconds_sum{{{CHAT}}} 0.05"),
        ],
    );
    assert!(!page.contains("gen_ai_client_token_usage"));
}

#[test]
fn legacy_names_are_those_of_1_37() {
    let metrics = Metrics::following("0.1.0", Conventions::Legacy);
    ask(&metrics, None);
    let page = metrics.encode();
    let labels = CHAT.replace(
        ",gen_ai_request",
        ",gen_ai_system=\"aws.bedrock\",gen_ai_request",
    );
    let tokens = |kind, sum| {
        format!("gen_ai_client_token_usage_sum{{{labels},gen_ai_token_type=\"{kind}\"}} {sum}")
    };
    assert_lines(&page, &[tokens("input", "100.0"), tokens("output", "21.0")]);
    for later in [
        "gen_ai_client_inference",
        "time_to_first_chunk",
        "time_per_output_chunk",
        "modality",
    ] {
        assert!(!page.contains(later), "{later}");
    }
}

#[test]
fn tokens_that_no_provider_counted_are_not_the_conventions_tokens() {
    let metrics = Metrics::new("0.1.0");
    let target = target(&metrics);
    let guess = Usage {
        estimated: true,
        ..usage()
    };
    let chat = target.operation(Operation::Chat).unwrap();
    let took = Duration::from_secs(1);
    chat.attempted(AttemptOutcome::Completed, took, Some(&guess), None);
    let page = metrics.encode();
    assert_lines(
        &page,
        &[
            format!(
                "gen_ai_client_inference_usage_input_tokens_total{{{CHAT},gen_ai_token_modality=\"unknown\"}} 0"
            ),
            format!("gen_ai_client_inference_operation_input_tokens_count{{{CHAT}}} 0"),
        ],
    );
}

#[test]
fn what_asks_no_model_is_no_operation_of_the_conventions() {
    let metrics = Metrics::new("0.1.0");
    assert!(target(&metrics).operation(Operation::Files).is_none());
}

#[test]
fn a_bucket_names_its_newest_trace_in_open_metrics_alone() {
    let metrics = Metrics::new("0.1.0");
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = TraceContext::parse(header).unwrap().trace_id;
    ask(&metrics, Some(trace));
    metrics.overhead(Duration::from_micros(7), Some(trace));
    let page = metrics.encode();
    let with = |bucket: &str, rest: &str| {
        let line = page.lines().find(|line| line.starts_with(bucket));
        let line = line.unwrap_or_else(|| panic!("{bucket}\n{page}"));
        assert!(line.contains(rest), "{line}");
    };
    let named = "# {trace_id=\"0af7651916cd43dd8448eb211c80319c\"}";
    let second = format!("gen_ai_client_operation_duration_seconds_bucket{{le=\"1.28\",{CHAT}}} 1");
    with(&second, &format!(" 1 {named} 1 "));
    let tokens =
        format!("gen_ai_client_inference_operation_input_tokens_bucket{{le=\"256.0\",{CHAT}}} 1");
    with(&tokens, &format!(" 1 {named} 100 "));
    with(
        "marshal_overhead_seconds_bucket{le=\"0.00001\"} 1",
        &format!(" 1 {named} 0.000007 "),
    );
    let buckets = page.lines().filter(|line| line.contains(named));
    assert!(buckets.clone().all(|line| line.contains("_bucket{")));
    let (media, plain) = metrics.page(None);
    assert!(media.starts_with("text/plain") && !plain.contains("trace_id"));
    let (media, open) = metrics.page(Some("application/openmetrics-text"));
    assert!(media.starts_with("application/openmetrics-text") && open.ends_with("# EOF\n"));
}

#[test]
fn the_parts_of_overhead_and_what_is_full_are_on_the_page() {
    let metrics = Metrics::new("0.1.0");
    let target = target(&metrics);
    metrics.overhead_part(Part::Inspect, Duration::from_micros(40));
    metrics.calls_limit(4_000);
    target.available(true);
    let attempt = target.attempt_started();
    let of = r#"{provider="mine",model="nova"}"#;
    let lines = [
        r#"marshal_overhead_part_seconds_sum{part="inspect"} 0.00004"#.to_owned(),
        "marshal_calls_limit 4000".to_owned(),
        format!("marshal_target_available{of} 1"),
        format!("marshal_inflight_attempts{of} 1"),
    ];
    assert_lines(&metrics.encode(), &lines);
    drop(attempt);
    let lines = [format!("marshal_inflight_attempts{of} 0")];
    assert_lines(&metrics.encode(), &lines);
}
