//! Streams, read and written.

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChatEvent, Delta, Finish, FinishReason, ProviderError, ProviderErrorKind,
    ReportedUsage, StreamShape,
};
use marshal_gemini::Gemini;
use marshal_types::{Tokens, Usage};
use marshal_wire::frame::{Framing, RawEvent};
use serde_json::{Value, json};

fn decode(chunks: &[Value]) -> Vec<ChatEvent> {
    let mut decoder = Gemini.stream_decoder();
    let mut out = Vec::new();
    for chunk in chunks {
        let raw = RawEvent::framed(Framing::Ndjson, Bytes::from(format!("{chunk}\n")));
        decoder.event(&raw, &mut out).unwrap();
    }
    decoder.end(&mut out);
    out
}

fn chunk(part: Value) -> Value {
    json!({"candidates": [{"content": {"parts": [part], "role": "model"}, "index": 0}],
        "modelVersion": "g", "responseId": "r"})
}

fn finish(word: &str) -> Value {
    json!({"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": word}],
        "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 1, "totalTokenCount": 3}})
}

fn delta(part: u32, delta: Delta) -> ChatEvent {
    ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    }
}

#[test]
fn parts_begin_and_end_as_text_thought_and_calls_change() {
    let events = decode(&[
        chunk(json!({"text": "hm", "thought": true})),
        chunk(json!({"text": "a"})),
        chunk(json!({"text": "b"})),
        chunk(
            json!({"functionCall": {"name": "f", "args": {"x": 1}, "id": "c1"}, "thoughtSignature": "s"}),
        ),
        finish("STOP"),
    ]);
    let end = |part| ChatEvent::PartEnd { choice: 0, part };
    assert_eq!(
        events[1..10],
        [
            delta(0, Delta::Thinking("hm".to_owned())),
            end(0),
            delta(1, Delta::Text("a".to_owned())),
            delta(1, Delta::Text("b".to_owned())),
            end(1),
            delta(
                2,
                Delta::ToolStart {
                    id: "c1".to_owned(),
                    name: "f".to_owned()
                }
            ),
            delta(2, Delta::Signature("s".to_owned())),
            delta(2, Delta::Arguments("{\"x\":1}".to_owned())),
            end(2),
        ]
    );
    assert!(matches!(events[10], ChatEvent::Usage(_)));
    assert_eq!(
        events[11],
        ChatEvent::Finish {
            choice: 0,
            finish: Finish {
                reason: FinishReason::ToolCalls,
                word: "STOP".to_owned(),
                stop_sequence: None
            }
        }
    );
    assert_eq!(events.last(), Some(&ChatEvent::End));
}

#[test]
fn arguments_in_pieces_go_out_whole() {
    let call = |call: Value| chunk(json!({"functionCall": call}));
    let events = decode(&[
        call(json!({"name": "f", "willContinue": true})),
        call(
            json!({"partialArgs": [{"jsonPath": "$.a", "stringValue": "x", "willContinue": true}], "willContinue": true}),
        ),
        call(
            json!({"partialArgs": [{"jsonPath": "$.a", "stringValue": "y"}], "willContinue": true}),
        ),
        call(json!({})),
        call(json!({"name": "g"})),
        finish("STOP"),
    ]);
    let arguments: Vec<&ChatEvent> = events
        .iter()
        .filter(|event| {
            matches!(
                event,
                ChatEvent::Delta {
                    delta: Delta::Arguments(_),
                    ..
                }
            )
        })
        .collect();
    assert_eq!(
        arguments,
        [&delta(0, Delta::Arguments("{\"a\":\"xy\"}".to_owned()))]
    );
}

#[test]
fn what_stands_beside_the_parts_is_told_before_the_finish() {
    let mut grounded = chunk(json!({"text": "a"}));
    grounded["candidates"][0]["groundingMetadata"] = json!({"x": 1});
    let mut late = json!({"candidates": [{"index": 0}]});
    late["candidates"][0]["citationMetadata"] = json!({"x": 1});
    let events = decode(&[grounded, chunk(json!({"text": "b"})), finish("STOP"), late]);
    let kinds = events.iter().filter(|event| {
        matches!(
            event,
            ChatEvent::Delta {
                delta: Delta::Opaque { .. },
                ..
            }
        )
    });
    assert_eq!(kinds.count(), 2);
    let at = |wanted: &dyn Fn(&ChatEvent) -> bool| events.iter().position(wanted).unwrap();
    let told = at(
        &|event| matches!(event, ChatEvent::Delta { delta: Delta::Opaque { kind, .. }, .. } if kind == "groundingMetadata"),
    );
    let b = at(&|event| *event == delta(0, Delta::Text("b".to_owned())));
    assert!(b < told && told < at(&|event| matches!(event, ChatEvent::Finish { .. })));
}

#[test]
fn a_stream_that_breaks_off_or_fails_never_looks_finished() {
    for (chunks, kind) in [
        (vec![], ProviderErrorKind::Server),
        (vec![chunk(json!({"text": "a"}))], ProviderErrorKind::Server),
        (
            vec![
                json!({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}),
                finish("STOP"),
            ],
            ProviderErrorKind::Overloaded,
        ),
        (
            vec![
                json!([{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}}]),
            ],
            ProviderErrorKind::RateLimited,
        ),
    ] {
        let events = decode(&chunks);
        assert!(
            matches!(events.last(), Some(ChatEvent::Error(error)) if error.kind == kind),
            "{events:?}"
        );
    }
}

#[test]
fn a_blocked_prompt_ends_its_stream_as_a_refusal() {
    let events =
        decode(&[json!({"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "g"})]);
    assert!(matches!(
        &events[1],
        ChatEvent::Finish { finish, .. } if finish.reason == FinishReason::Refusal && finish.word == "SAFETY"
    ));
    assert_eq!(events.last(), Some(&ChatEvent::End));
}

fn encode(events: &[ChatEvent]) -> (Vec<Value>, Vec<String>) {
    let mut encoder = Gemini.stream_encoder(StreamShape {
        include_usage: true,
        model: "seen".to_owned(),
        created: 1,
    });
    let mut out = Vec::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    encoder.end(&mut out);
    let text = String::from_utf8(out).unwrap();
    let chunks = text
        .split("\n\n")
        .filter(|event| !event.is_empty())
        .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
        .collect();
    (chunks, encoder.dropped().to_vec())
}

fn start() -> ChatEvent {
    ChatEvent::Start {
        id: Some("r".to_owned()),
        model: Some("gpt".to_owned()),
        created: None,
    }
}

#[test]
fn a_gemini_client_gets_text_at_once_calls_whole_and_usage_with_the_finish() {
    let finish = ChatEvent::Finish {
        choice: 0,
        finish: Finish {
            reason: FinishReason::ToolCalls,
            word: "tool_calls".to_owned(),
            stop_sequence: None,
        },
    };
    let usage = ChatEvent::Usage(ReportedUsage {
        tokens: Usage {
            input: Tokens(3),
            output: Tokens(5),
            ..Usage::default()
        },
        source: None,
    });
    let (chunks, dropped) = encode(&[
        start(),
        delta(0, Delta::Thinking("hm".to_owned())),
        delta(0, Delta::Signature("seal".to_owned())),
        ChatEvent::PartEnd { choice: 0, part: 0 },
        delta(1, Delta::Text("a".to_owned())),
        delta(
            2,
            Delta::ToolStart {
                id: "c".to_owned(),
                name: "f".to_owned(),
            },
        ),
        delta(2, Delta::Arguments("{\"x\"".to_owned())),
        delta(2, Delta::Arguments(":1}".to_owned())),
        delta(
            3,
            Delta::Opaque {
                kind: "server_tool_use".to_owned(),
                value: marshal_adapter_api::Json::string("x"),
            },
        ),
        finish,
        usage,
        ChatEvent::End,
    ]);
    assert_eq!(dropped, ["content[3] (server_tool_use)"]);
    let parts: Vec<&Value> = chunks
        .iter()
        .map(|chunk| &chunk["candidates"][0]["content"]["parts"][0])
        .collect();
    assert_eq!(parts[0], &json!({"text": "hm", "thought": true}));
    assert_eq!(parts[1]["thought"], true);
    assert!(parts[1]["thoughtSignature"].is_string());
    assert_eq!(parts[2], &json!({"text": "a"}));
    assert_eq!(
        parts[3],
        &json!({"functionCall": {"id": "c", "name": "f", "args": {"x": 1}}})
    );
    assert_eq!(
        chunks[4],
        json!({"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5, "totalTokenCount": 8},
            "modelVersion": "seen", "responseId": "r"})
    );
    assert_eq!(chunks.len(), 5);
}

#[test]
fn a_failure_reaches_a_gemini_client_without_the_providers_words() {
    let (chunks, _) = encode(&[
        start(),
        delta(0, Delta::Text("a".to_owned())),
        ChatEvent::Error(ProviderError {
            kind: ProviderErrorKind::Overloaded,
            code: None,
            message: "secret words".to_owned(),
        }),
        ChatEvent::End,
    ]);
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[1]["error"]["status"], "UNAVAILABLE");
    assert!(!chunks[1].to_string().contains("secret"));
}

#[test]
fn an_answer_that_does_not_say_how_it_ended_is_finished_all_the_same() {
    let (chunks, dropped) = encode(&[
        start(),
        delta(0, Delta::Text("a".to_owned())),
        ChatEvent::End,
    ]);
    assert_eq!(chunks[1]["candidates"][0]["finishReason"], "STOP");
    assert_eq!(dropped, ["finish_reason"]);
    let (chunks, _) = encode(&[start(), delta(0, Delta::Text("a".to_owned()))]);
    assert_eq!(chunks.len(), 1);
}
