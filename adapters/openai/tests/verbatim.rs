//! What a client and an operator notice of the OpenAI dialect by itself.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChannelKind, ChatEvent, Closes, Json, Malformed, MediaSource, Medium, Named, Part,
    ProviderErrorKind, StreamTap, index,
};
use marshal_openai::OpenAi;
use marshal_types::Dialect;
use marshal_wire::frame::RawEvent;
use marshal_wire::json::Edits;
use serde_json::{Value, json};

fn facts(body: &Value) -> Result<marshal_adapter_api::ChatFacts, Malformed> {
    let bytes = body.to_string().into_bytes();
    let index = index(&bytes).unwrap();
    OpenAi.facts(index.doc(&bytes), Named::default())
}

fn event(data: &str) -> RawEvent {
    RawEvent::new(Bytes::from(format!("data: {data}\n\n")))
}

fn complaint(body: &Value) -> (String, String) {
    let malformed = facts(body).unwrap_err();
    (malformed.param.unwrap_or_default(), malformed.message)
}

#[test]
fn facts_say_what_a_model_must_be_able_to_do() {
    let facts = facts(&json!({
        "model": "m", "stream": true, "max_tokens": 5, "max_completion_tokens": 7, "n": 2,
        "reasoning_effort": "low", "tools": [{"type": "function", "function": {"name": "f"}}],
        "response_format": {"type": "json_schema", "json_schema": {}},
        "messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
            {"type": "input_audio", "input_audio": {}}, {"type": "file", "file": {}}]}],
        "unknown": {"passes": true}
    }))
    .unwrap();
    assert!(facts.stream && facts.needs.tools && facts.needs.vision && facts.needs.audio);
    assert!(facts.needs.json_schema && facts.needs.thinking && facts.needs.documents);
    assert_eq!((facts.max_output, facts.choices), (Some(7), 2));
}

#[test]
fn a_wrong_type_is_refused_with_its_path() {
    let hello = json!([{"role": "user", "content": "hi"}]);
    for (body, param) in [
        (json!({"messages": hello}), "model"),
        (json!({"model": "", "messages": hello}), "model"),
        (json!({"model": 3, "messages": hello}), "model"),
        (json!({"model": "m"}), "messages"),
        (json!({"model": "m", "messages": []}), "messages"),
        (json!({"model": "m", "messages": "hi"}), "messages"),
        (json!({"model": "m", "messages": ["hi"]}), "messages[0]"),
        (
            json!({"model": "m", "messages": [{"content": "hi"}]}),
            "messages[0].role",
        ),
        (
            json!({"model": "m", "messages": [{"role": 1}]}),
            "messages[0].role",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": 1}]}),
            "messages[0].content",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [1]}]}),
            "messages[0].content[0]",
        ),
        (
            json!({"model": "m", "messages": [{"role": "user", "content": [{}]}]}),
            "messages[0].content[0].type",
        ),
        (
            json!({"model": "m", "stream": "yes", "messages": hello}),
            "stream",
        ),
        (
            json!({"model": "m", "max_tokens": "9", "messages": hello}),
            "max_tokens",
        ),
        (json!({"model": "m", "n": 0, "messages": hello}), "n"),
        (
            json!({"model": "m", "tools": {}, "messages": hello}),
            "tools",
        ),
    ] {
        let (at, message) = complaint(&body);
        assert_eq!(at, param, "{body}");
        assert!(message.contains(param), "{message}");
    }
}

#[test]
fn only_the_model_changes_on_the_verbatim_path() {
    let body =
        br#"{ "a":1e2,  "model" : "old", "messages":[ {"role":"user","content":"model"} ] }"#;
    let index = index(body).unwrap();
    let mut edits = Edits::new();
    OpenAi.set_model(index.doc(body), "new", &mut edits);
    let wanted =
        br#"{ "a":1e2,  "model" : "new", "messages":[ {"role":"user","content":"model"} ] }"#;
    assert_eq!(edits.apply(body), wanted);
}

fn watch(chunks: &[&str]) -> Box<dyn StreamTap> {
    let mut tap = OpenAi.stream_tap();
    for chunk in chunks {
        tap.observe(&event(chunk));
    }
    tap
}

#[test]
fn usage_of_a_verbatim_stream_is_counted() {
    let tap = watch(&[
        r#"{"id":"c1","model":"gpt","created":5,"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}],"usage":null}"#,
        r#"{"id":"c1","model":"gpt","created":5,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
        r#"{"id":"c1","model":"gpt","created":5,"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3}}}"#,
        "[DONE]",
    ]);
    let meta = tap.meta();
    let usage = meta.usage.unwrap();
    assert_eq!(
        (usage.input.0, usage.output.0, usage.cache_read.0),
        (9, 4, 3)
    );
    assert_eq!(
        (meta.id.as_deref(), meta.model.as_deref()),
        (Some("c1"), Some("gpt"))
    );
    assert_eq!(meta.finish_reasons, ["stop"]);
    assert_eq!(meta.output_chars, 5);
    assert!(meta.finished && tap.is_terminal(&event("[DONE]")));
}

#[test]
fn a_local_servers_timings_count_as_usage_where_there_is_none() {
    let tap = watch(&[
        r#"{"model":"q","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null,"timings":{"prompt_n":10,"cache_n":90,"predicted_n":7,"predicted_ms":1.5}}"#,
    ]);
    let usage = tap.meta().usage.unwrap();
    assert_eq!(
        (usage.input.0, usage.output.0, usage.cache_read.0),
        (100, 7, 90)
    );
}

#[test]
fn a_text_that_speaks_of_usage_is_not_usage() {
    let tap = watch(&[
        r#"{"id":"a","model":"m","choices":[{"index":0,"delta":{"content":"\"usage\":{\"prompt_tokens\":1}, \"finish_reason\":\"stop\""}}]}"#,
    ]);
    assert_eq!(tap.meta().usage, None);
    assert!(!tap.meta().finished);
}

#[test]
fn running_texts_are_found_and_closed() {
    let tap = watch(&[r#"{"id":"a","model":"m","created":7,"choices":[{"index":0,"delta":{}}]}"#]);
    let chunk = r#"{"choices":[{"index":1,"delta":{"reasoning":"r","content":"c","tool_calls":[{"index":2,"function":{"name":"f","arguments":"{\"a"}}]},"finish_reason":null}]}"#;
    let raw = event(chunk);
    let index = index(chunk.as_bytes()).unwrap();
    let doc = index.doc(chunk.as_bytes());
    let mut texts = Vec::new();
    tap.texts(&raw, doc, &mut texts);
    let kinds: Vec<_> = texts
        .iter()
        .map(|text| (text.channel.kind, text.channel.part))
        .collect();
    assert_eq!(
        kinds,
        [
            (ChannelKind::Reasoning, 0),
            (ChannelKind::Text, 0),
            (ChannelKind::Arguments, 2)
        ]
    );
    assert!(texts[2].json_text && !texts[1].json_text);
    let Closes::Channels(closed) = tap.closes(&raw, doc) else {
        panic!("a new tool call closes what came before it");
    };
    assert!(closed.contains(&texts[0].channel) && closed.contains(&texts[1].channel));
    assert!(!closed.contains(&texts[2].channel));

    let more = tap.text_event(&texts[2].channel, "\"}");
    let data: Value = serde_json::from_slice(&more.data).unwrap();
    let call = &data["choices"][0]["delta"]["tool_calls"][0];
    assert_eq!((&data["id"], &data["created"]), (&json!("a"), &json!(7)));
    assert_eq!(call, &json!({"index": 2, "function": {"arguments": "\"}"}}));
}

#[test]
fn a_stream_that_breaks_off_is_an_error_and_not_an_end() {
    let mut decoder = OpenAi.stream_decoder();
    let mut out = Vec::new();
    let chunk = r#"{"id":"a","model":"m","choices":[{"index":0,"delta":{"content":"Hel"}}]}"#;
    decoder.event(&event(chunk), &mut out).unwrap();
    decoder.end(&mut out);
    assert!(matches!(out.last(), Some(ChatEvent::Error(_))));
}

#[test]
fn errors_are_understood_whatever_their_form() {
    let kind = |status, body: &str| OpenAi.decode_error(status, body.as_bytes());
    let quota = kind(
        429,
        r#"{"error":{"message":"Out of quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
    );
    assert_eq!(quota.kind, ProviderErrorKind::RateLimited);
    assert_eq!(quota.code.as_deref(), Some("insufficient_quota"));
    assert_eq!(
        kind(503, "<html>busy</html>").kind,
        ProviderErrorKind::Overloaded
    );
    assert_eq!(kind(422, r#"{"detail":"no"}"#).message, "no");
    assert_eq!(kind(500, "").kind, ProviderErrorKind::Server);
}

#[test]
fn a_deployment_in_the_address_names_the_model() {
    let body = json!({"messages": [{"role": "user", "content": "Hi"}]}).to_string();
    let named = Named {
        model: Some("gpt-4o"),
        stream: None,
    };
    let index = index(body.as_bytes()).unwrap();
    let facts = OpenAi.facts(index.doc(body.as_bytes()), named).unwrap();
    assert_eq!((facts.model.as_str(), facts.stream), ("gpt-4o", false));
    let request = OpenAi.decode_request(body.as_bytes(), named).unwrap();
    assert_eq!(request.model, "gpt-4o");
}

#[test]
fn sound_is_read_and_written_as_it_was() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "input_audio", "input_audio": "https://a/b.mp3"}]}]});
    let request = OpenAi
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    let parts = &request.messages[0].parts;
    assert!(matches!(
        &parts[0],
        Part::Media { medium: Medium::Audio, source: MediaSource::Base64 { media_type, .. }, .. } if media_type == "audio/wav"
    ));
    assert!(matches!(&parts[1], Part::Opaque { .. }));
    let written = OpenAi.encode_request(&request, "m", 1).unwrap();
    let written: Value = serde_json::from_slice(&written.body).unwrap();
    assert_eq!(written, body);
}

#[test]
fn what_another_dialect_keeps_aside_and_means_the_same_is_said_here() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}).to_string();
    let mut request = OpenAi
        .decode_request(body.as_bytes(), Named::default())
        .unwrap();
    request.origin = Dialect::Responses;
    request.service_tier = Some("flex".to_owned());
    for (name, value) in [
        ("store", "true"),
        ("text.verbosity", "\"low\""),
        ("top_logprobs", "3"),
        ("truncation", "\"auto\""),
    ] {
        request.extra.keep(name, Json::from_source(value));
    }
    let written = OpenAi.encode_request(&request, "m", 1).unwrap();
    assert_eq!(written.dropped, ["truncation"]);
    let written: Value = serde_json::from_slice(&written.body).unwrap();
    for (name, value) in [
        ("store", json!(true)),
        ("verbosity", json!("low")),
        ("top_logprobs", json!(3)),
        ("logprobs", json!(true)),
        ("service_tier", json!("flex")),
    ] {
        assert_eq!(written[name], value, "{name}");
    }
}

#[test]
fn sound_that_is_neither_wav_nor_mp3_is_refused_and_not_left_out() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "ogg"}}]}]});
    let mut request = OpenAi
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap();
    request.origin = Dialect::Gemini;
    let refused = OpenAi.encode_request(&request, "m", 1).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("messages[0].content[0]"));
}
