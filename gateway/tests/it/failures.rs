//! A provider that fails after it said 200: the caller is told in its own words, the trail holds the provider's.

mod words;

use serde_json::{Value, json};

use crate::support::{
    Answer, Gateway, Request, Setup, Speech, Upstream, answer, of_call, of_path, provider, stream,
    the,
};

/// Each dialect with what it reports within a stream: the provider's code and its words.
fn midway() -> [(&'static str, String, &'static str, &'static str); 5] {
    let sse = |name: &str, data: Value| match name {
        "" => format!("data: {data}\n\n"),
        name => format!("event: {name}\ndata: {data}\n\n"),
    };
    [
        (
            "openai",
            sse(
                "",
                json!({"error": {"message": "Flow of words is over", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}),
            ),
            "rate_limit_exceeded",
            "Flow of words is over",
        ),
        (
            "anthropic",
            sse(
                "error",
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded, alas"}}),
            ),
            "overloaded_error",
            "Overloaded, alas",
        ),
        (
            "responses",
            sse(
                "response.failed",
                json!({"type": "response.failed", "sequence_number": 4, "response": {
                    "id": "r1", "object": "response", "status": "failed", "output": [],
                    "error": {"code": "server_error", "message": "It tripped"}}}),
            ),
            "server_error",
            "It tripped",
        ),
        (
            "gemini",
            sse(
                "",
                json!({"error": {"code": 503, "status": "UNAVAILABLE", "message": "No machine is free"}}),
            ),
            "UNAVAILABLE",
            "No machine is free",
        ),
        (
            "cohere",
            sse(
                "message-end",
                json!({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "Out of breath"}}),
            ),
            "ERROR",
            "Out of breath",
        ),
    ]
}

/// What a client of each dialect asks this model of this provider, streamed.
pub(crate) fn question(dialect: &str, model: &str, stream: bool) -> Request {
    let said = json!([{"role": "user", "content": "hello"}]);
    let chat = json!({"model": model, "max_tokens": 64, "stream": stream, "messages": said});
    let escaped = model.replace('/', "%2F");
    match dialect {
        "openai" => Request::post("/v1/chat/completions").json(&chat),
        "anthropic" => Request::post("/v1/messages").json(&chat),
        "responses" => Request::post("/v1/responses")
            .json(&json!({"model": model, "input": "hello", "stream": stream})),
        "gemini" => Request::post(&format!(
            "/v1beta/models/{escaped}:{}",
            if stream {
                "streamGenerateContent?alt=sse"
            } else {
                "generateContent"
            }
        ))
        .json(&json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]})),
        "bedrock" => Request::post(&format!(
            "/bedrock/model/{escaped}/{}",
            if stream {
                "converse-stream"
            } else {
                "converse"
            }
        ))
        .json(&json!({"messages": [{"role": "user", "content": [{"text": "hello"}]}]})),
        "cohere" => Request::post("/v2/chat")
            .json(&json!({"model": model, "stream": stream, "messages": said})),
        "ollama" => Request::post("/api/chat")
            .json(&json!({"model": model, "stream": stream, "messages": said})),
        other => panic!("no such dialect: {other}"),
    }
}

pub(crate) fn ask(gateway: &Gateway, dialect: &str, model: &str, stream: bool) -> Answer {
    question(dialect, model, stream)
        .key(&gateway.key)
        .send(gateway.data)
}

#[test]
fn the_providers_code_for_a_failure_midway_is_in_the_trail_and_its_words_are_not() {
    for (dialect, event, code, words) in midway() {
        let upstream = Upstream::start(move |_| stream([event.clone()]));
        let config = provider("p", &upstream.url(), dialect, &["m"], "");
        let gateway = Setup::with(format!("providers:\n{config}")).start();
        // The provider's own dialect, which passes untouched, and another one.
        for client in [
            dialect,
            if dialect == "openai" {
                "anthropic"
            } else {
                "openai"
            },
        ] {
            let got = ask(&gateway, client, "p/m", true);
            assert_eq!(got.status, 200, "{dialect} to {client}: {}", got.text());
            if client != dialect {
                assert!(!got.text().contains(words), "{}", got.text());
            }
            let records = of_call(&gateway.records(), &got.call());
            let ending = the(&records, "complete");
            assert_eq!(
                (
                    &ending["outcome"],
                    ending["provider_code"].as_str().unwrap_or_default(),
                ),
                (&json!("upstream_broken"), code),
                "{dialect} to {client}: {ending}"
            );
            assert!(!format!("{records:?}").contains(words), "{records:?}");
        }
        assert_eq!(gateway.verify()["ok"], true);
    }
}

#[test]
fn an_answer_without_a_failure_names_none() {
    let gateway = Setup::bare().start();
    let got = ask(&gateway, "openai", "demo/demo-chat", true);
    let records = of_call(&gateway.records(), &got.call());
    let ending = the(&records, "complete");
    assert!(ending.get("provider_code").is_none(), "{ending}");
}

/// What a provider of a dialect answers under a good status: the code that it means, and the status that it should have had.
fn under_a_good_status() -> [(&'static str, Value, &'static str, u16, &'static str); 10] {
    let words = "Alas, it tripped";
    let openrouter = json!({"error": {"message": words, "code": 502}, "user_id": "u"});
    let choice = json!({"error": {"message": words, "code": 429}, "finish_reason": "error", "index": 0,
        "message": {"role": "assistant", "content": ""}});
    let anthropic =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": words}});
    let amazon = json!({"Output": {"__type": "com.amazon.coral.service#ThrottlingException", "message": words}, "Version": "1.0"});
    let amazon_bare = json!({"__type": "InternalServerException", "message": words});
    let failed = json!({"id": "r1", "object": "response", "status": "failed", "model": "m", "output": [],
        "error": {"code": "server_error", "message": words}, "usage": null});
    let gemini = json!({"error": {"code": 503, "status": "UNAVAILABLE", "message": words}});
    [
        ("openai", openrouter, "upstream_failed", 502, "502"),
        (
            "openai",
            json!({"id": "c", "choices": [choice]}),
            "upstream_rate_limited",
            429,
            "429",
        ),
        (
            "anthropic",
            anthropic,
            "upstream_overloaded",
            503,
            "overloaded_error",
        ),
        (
            "bedrock",
            amazon,
            "upstream_rate_limited",
            429,
            "ThrottlingException",
        ),
        (
            "bedrock",
            amazon_bare,
            "upstream_failed",
            502,
            "InternalServerException",
        ),
        ("responses", failed, "upstream_failed", 502, "server_error"),
        (
            "gemini",
            gemini.clone(),
            "upstream_overloaded",
            503,
            "UNAVAILABLE",
        ),
        (
            "gemini",
            json!([gemini]),
            "upstream_overloaded",
            503,
            "UNAVAILABLE",
        ),
        (
            "cohere",
            json!({"message": words}),
            "upstream_failed",
            502,
            "",
        ),
        (
            "ollama",
            json!({"error": words}),
            "upstream_failed",
            502,
            "",
        ),
    ]
}

/// A provider `p` that answers 200 with this, and one that answers well; `either` asks one after the other.
fn with_fallback(dialect: &str, body: &Value) -> (Gateway, [Upstream; 2]) {
    let body = body.to_string();
    let fails = Upstream::start(move |_| answer(200, &[], &body));
    let well =
        Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()));
    let config = format!(
        "providers:\n{}{}models:\n  either: {{candidates: [p/m, well/m]}}\n",
        provider("p", &fails.url(), dialect, &["m"], ""),
        provider("well", &well.url(), "openai, anthropic", &["m"], "")
    );
    (Setup::with(config).start(), [fails, well])
}

#[test]
fn a_failure_under_a_good_status_is_answered_by_the_next_target() {
    for (dialect, body, code, _, provider_code) in under_a_good_status() {
        for client in ["openai", "anthropic"] {
            let (gateway, _upstreams) = with_fallback(dialect, &body);
            let got = ask(&gateway, client, "either", false);
            assert_eq!(
                (got.status, got.header("x-marshal-provider")),
                (200, Some("well")),
                "{dialect} to {client}: {}",
                got.text()
            );
            let records = of_call(&gateway.records(), &got.call());
            let abort = the(&records, "abort");
            assert_eq!(
                (
                    &abort["code"],
                    abort["provider_code"].as_str().unwrap_or_default(),
                ),
                (&json!(code), provider_code),
                "{dialect}: {abort}"
            );
        }
    }
}

#[test]
fn a_failure_under_a_good_status_is_an_error_in_the_callers_dialect() {
    for (dialect, body, code, status, _) in under_a_good_status() {
        let (gateway, _upstreams) = with_fallback(dialect, &body);
        let client = if dialect == "openai" {
            "anthropic"
        } else {
            "openai"
        };
        let got = ask(&gateway, client, "p/m", false);
        assert_eq!(
            (
                got.status,
                got.header("x-marshal-code"),
                got.code().as_str()
            ),
            (status, Some(code), code),
            "{dialect}: {}",
            got.text()
        );
        assert!(!got.text().contains("Alas"), "{}", got.text());
        let records = of_call(&gateway.records(), &got.call());
        assert_eq!(
            the(&records, "abort")["status"],
            200,
            "what the provider sent"
        );
    }
}

#[test]
fn a_failure_under_a_good_status_passes_in_its_own_dialect_and_is_no_success() {
    for (dialect, body, code, _, provider_code) in under_a_good_status() {
        let (gateway, _upstreams) = with_fallback(dialect, &body);
        let got = ask(&gateway, dialect, "p/m", false);
        assert_eq!(
            (got.status, got.header("x-marshal-code"), got.text()),
            (200, Some(code), body.to_string()),
            "{dialect}"
        );
        let records = of_call(&gateway.records(), &got.call());
        let ending = the(&records, "complete");
        assert_eq!(
            (
                &ending["outcome"],
                ending["provider_code"].as_str().unwrap_or_default(),
                &ending["usage"]["input"]
            ),
            (&json!("upstream_error"), provider_code, &json!(0)),
            "{dialect}: {ending}"
        );
    }
}

#[test]
fn a_provider_that_keeps_failing_under_a_good_status_is_left_alone() {
    let (_, body, ..) = &under_a_good_status()[0];
    let (gateway, [fails, _well]) = with_fallback("openai", body);
    for _ in 0..12 {
        assert_eq!(ask(&gateway, "openai", "either", false).status, 200);
    }
    assert!(fails.count() < 12, "it was asked {} times", fails.count());
}

#[test]
fn an_answer_that_speaks_of_errors_is_an_answer() {
    let words = r#"{"error": {"message": "not mine", "code": 500}}"#;
    let own = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "error": null,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}});
    let (gateway, _upstreams) = with_fallback("openai", &own);
    for client in ["openai", "anthropic"] {
        let got = ask(&gateway, client, "either", false);
        assert_eq!(
            (got.status, got.header("x-marshal-provider")),
            (200, Some("p")),
            "{}",
            got.text()
        );
        let records = of_call(&gateway.records(), &got.call());
        assert_eq!(the(&records, "complete")["outcome"], "ok");
    }
}
