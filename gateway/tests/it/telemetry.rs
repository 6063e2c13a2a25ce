//! What operators see: numbers, traces and logs, and no content in any of them.

use serde_json::json;

use crate::support::{
    Dialect, Request, Setup, Speech, Upstream, answer, holds, of_call, of_path, provider, stream,
    the, until,
};

fn well() -> Upstream {
    Upstream::start(|seen| {
        let dialect = of_path(seen.path());
        if seen.json()["stream"] == true {
            stream(dialect.streams(&["well"]))
        } else {
            answer(200, &[], dialect.answers("well").to_string())
        }
    })
}

fn setup(upstream: &Upstream, rest: &str) -> Setup {
    Setup::with(format!(
        "{rest}providers:\n{}",
        provider("up", &upstream.url(), "openai, anthropic", &["m"], "")
    ))
}

#[test]
fn metrics_come_in_the_format_that_a_scraper_asks_for() {
    let collector = Upstream::start(|_| answer(200, &[], ""));
    let upstream = well();
    let telemetry = format!(
        "telemetry: {{otlp: {{endpoint: \"{}\"}}}}\n",
        collector.url()
    );
    let gateway = setup(&upstream, &telemetry).start();
    let body = Dialect::OpenAi.says("up/m", "hello");
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&body);
    request
        .header("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .send(gateway.data);
    let page = |accept: &str| {
        let got = Request::get("/metrics")
            .header("accept", accept)
            .send(gateway.control);
        (got.header("content-type").unwrap().to_owned(), got.text())
    };
    let named = format!("# {{trace_id=\"{TRACE}\"}}");
    let (media, open) = until("the call is counted", || {
        let found = page("application/openmetrics-text;version=1.0.0,*/*;q=0.1");
        found.1.contains(&named).then_some(found)
    });
    assert!(media.starts_with("application/openmetrics-text"));
    assert!(open.ends_with("# EOF\n"));
    let (media, plain) = page("text/plain");
    assert!(media.starts_with("text/plain; version=0.0.4"));
    assert!(!plain.contains(&named) && !plain.contains("# EOF"));
    let of = r#"{gen_ai_operation_name="chat",gen_ai_provider_name="up",gen_ai_request_model="m"}"#;
    for line in [
        format!("gen_ai_client_operation_duration_seconds_count{of} 1"),
        format!("gen_ai_server_request_duration_seconds_count{of} 1"),
        "marshal_target_available{provider=\"up\",model=\"m\"} 1".to_owned(),
        "marshal_overhead_part_seconds_count{part=\"intent\"} 1".to_owned(),
    ] {
        assert!(plain.lines().any(|found| found == line), "{line}\n{plain}");
    }
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[test]
fn metrics_count_what_became_of_calls() {
    let upstream = well();
    let gateway = setup(&upstream, "").start();
    for dialect in [Dialect::OpenAi, Dialect::OpenAi, Dialect::Anthropic] {
        assert_eq!(
            gateway
                .ask(dialect, &dialect.says("up/m", "4 words that matter"))
                .status,
            200
        );
    }
    gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("up/none", "hello"));
    Request::post("/v1/messages").send(gateway.data);
    let counts = [
        (
            "marshal_requests_total{surface=\"chat_completions\",outcome=\"completed\"}",
            2.0,
        ),
        (
            "marshal_requests_total{surface=\"messages\",outcome=\"completed\"}",
            1.0,
        ),
        ("marshal_refusals_total{code=\"unknown_model\"}", 1.0),
        ("marshal_refusals_total{code=\"no_credential\"}", 1.0),
        (
            "marshal_call_duration_seconds_count{surface=\"chat_completions\"}",
            3.0,
        ),
    ];
    for (line, count) in counts {
        until(line, || (gateway.metric(line) >= count).then_some(()));
        assert_eq!(gateway.metric(line), count, "{line}");
    }
    let metrics = gateway.metrics();
    assert!(
        metrics.contains("up/m") || metrics.contains("provider=\"up\""),
        "{metrics}"
    );
    for secret in ["matter", &gateway.key] {
        assert!(!metrics.contains(secret), "{metrics}");
    }
}

#[test]
fn a_calls_trace_is_the_callers_trace() {
    let upstream = well();
    let gateway = setup(&upstream, "telemetry: {traceparent_to_providers: true}\n").start();
    let ask = |traceparent: &str| {
        let body = Dialect::OpenAi.says("up/m", "hello");
        Request::post("/v1/chat/completions")
            .key(&gateway.key)
            .header("traceparent", traceparent)
            .json(&body)
            .send(gateway.data)
    };
    let got = ask(&format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let records = of_call(&gateway.records(), &got.call());
    assert_eq!(the(&records, "intent")["trace_id"], TRACE);
    let sent = upstream.last();
    let sent = sent.header("traceparent").unwrap();
    assert!(
        sent.starts_with(&format!("00-{TRACE}-")) && !sent.contains("00f067aa0ba902b7"),
        "{sent}"
    );
    // What is no trace context starts a trace of its own.
    let got = ask("00-nonsense-01");
    let records = of_call(&gateway.records(), &got.call());
    let own = the(&records, "intent")["trace_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(own.len() == 32 && own != TRACE, "{own}");
}

#[test]
fn no_provider_gets_the_callers_trace_unless_it_is_switched_on() {
    let upstream = well();
    let gateway = setup(&upstream, "").start();
    let body = Dialect::OpenAi.says("up/m", "hello");
    let request = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&body);
    request
        .header("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .send(gateway.data);
    assert!(!holds(&upstream.last().raw, TRACE));
}

#[test]
fn spans_go_out_with_the_names_of_gen_ai_and_without_content() {
    let collector = Upstream::start(|_| answer(200, &[], "{}"));
    let upstream = well();
    let endpoint = collector.url();
    let mut gateway = setup(
        &upstream,
        &format!(
            "telemetry: {{otlp_endpoint: \"{}\"}}\n",
            endpoint.trim_end_matches("/v1")
        ),
    )
    .start();
    let mut body = Dialect::Anthropic.says("up/m", "words that stay here");
    body["stream"] = json!(true);
    let request = Request::post("/v1/messages").key(&gateway.key).json(&body);
    let got = request
        .header("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .send(gateway.data);
    assert_eq!(got.status, 200);
    let (call, key) = (got.call(), gateway.key.clone());
    // What is not sent yet is sent before it ends.
    gateway.stop();
    let sent: Vec<u8> = collector
        .seen()
        .iter()
        .flat_map(|seen| seen.raw.clone())
        .collect();
    assert_eq!(collector.last().path(), "/v1/traces");
    let trace: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&TRACE[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    assert!(
        memchr::memmem::find(&sent, &trace).is_some(),
        "the caller's trace id"
    );
    for name in [
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        &call,
    ] {
        assert!(holds(&sent, name), "{name} is missing");
    }
    for secret in ["words that stay here", key.as_str()] {
        assert!(!holds(&sent, secret), "{secret}");
    }
}

#[test]
fn a_log_for_machines_is_one_json_object_a_line() {
    let upstream = well();
    let gateway = setup(
        &upstream,
        "telemetry: {log_format: json, log_level: debug}\n",
    )
    .start();
    gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("up/none", "words that stay here"),
    );
    let log = until("something is logged", || {
        Some(gateway.log()).filter(|log| log.ends_with('\n'))
    });
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line)
            .unwrap_or_else(|_| panic!("not JSON: {line}"));
    }
    assert!(
        !log.contains("words that stay here") && !log.contains(&gateway.key),
        "{log}"
    );
}

#[test]
fn health_is_open_and_the_rest_of_the_control_plane_is_not() {
    let upstream = well();
    let gateway = setup(&upstream, "").start();
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            Request::get(path).send(gateway.control).status,
            200,
            "{path}"
        );
    }
    for path in ["/api/calls", "/api/keys", "/"] {
        let got = Request::get(path).send(gateway.control);
        assert!(
            got.status != 200 || got.text().contains("marshal login"),
            "{path}: {} {}",
            got.status,
            got.text()
        );
    }
}
