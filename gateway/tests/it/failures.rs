//! A provider that fails after it said 200: the caller is told in its own words, the trail holds the provider's.

use serde_json::{Value, json};

use crate::support::{
    Answer, Gateway, Request, Setup, Upstream, of_call, open_stream, provider, the,
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
fn the_providers_words_for_a_failure_midway_are_in_the_trail() {
    for (dialect, event, code, words) in midway() {
        let upstream = Upstream::start(move |_| {
            let mut acts = open_stream([event.clone()]);
            acts.push(crate::support::end());
            acts
        });
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
                    &ending["provider_message"]
                ),
                (&json!("upstream_broken"), code, &json!(words)),
                "{dialect} to {client}: {ending}"
            );
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
    for absent in ["provider_code", "provider_message"] {
        assert!(ending.get(absent).is_none(), "{ending}");
    }
}
