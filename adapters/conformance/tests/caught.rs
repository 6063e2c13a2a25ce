//! The checks themselves: what is wrong is caught.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, ChatEvent, Delta, Finish, FinishReason, ReportedUsage, StreamShape,
};
use marshal_conformance::{
    Holds, Plain, Recording, Route, Said, holds, in_order, kind, route, spoken,
};
use marshal_types::{Dialect, Surface, Tokens, Usage};
use marshal_wire::frame::Splitter;
use serde_json::{Value, json};

fn events() -> Vec<ChatEvent> {
    let delta = |part, delta| ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    };
    let tokens = Usage {
        input: Tokens(9),
        output: Tokens(3),
        ..Usage::default()
    };
    vec![
        ChatEvent::Start {
            id: Some("a".to_owned()),
            model: Some("m".to_owned()),
            created: Some(1),
        },
        delta(0, Delta::Text("Hello".to_owned())),
        delta(0, Delta::Text(" you".to_owned())),
        ChatEvent::PartEnd { choice: 0, part: 0 },
        delta(
            1,
            Delta::ToolStart {
                id: "t".to_owned(),
                name: "f".to_owned(),
            },
        ),
        delta(1, Delta::Arguments("{\"n\":1}".to_owned())),
        ChatEvent::PartEnd { choice: 0, part: 1 },
        ChatEvent::Finish {
            choice: 0,
            finish: Finish {
                reason: FinishReason::ToolCalls,
                word: "tool_calls".to_owned(),
                stop_sequence: None,
            },
        },
        ChatEvent::Usage(ReportedUsage {
            tokens,
            source: None,
        }),
        ChatEvent::End,
    ]
}

fn written(adapter: &dyn Adapter) -> Vec<Plain> {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "m".to_owned(),
        created: 1,
    });
    let mut bytes = Vec::new();
    for event in events() {
        encoder.event(&event, &mut bytes);
    }
    encoder.end(&mut bytes);
    let mut splitter = Splitter::new(adapter.framing(), 1 << 20);
    splitter.push(Bytes::from(bytes));
    let mut all = Vec::new();
    while let Some(event) = splitter.next().unwrap() {
        let data = event.data().into_owned();
        let data = serde_json::from_slice(&data).unwrap_or_else(|_| Value::from("[DONE]"));
        let name = event.name().map(std::borrow::Cow::into_owned);
        all.push(Plain { name, data });
    }
    all
}

#[test]
fn a_stream_out_of_order_is_caught_in_every_dialect() {
    for &dialect in Dialect::ALL {
        let good = written(spoken(dialect).unwrap());
        assert_eq!(in_order(dialect, &good, true), Ok(()), "{dialect}");
        // Only a line of Ollama's, and a part of Gemini's, may stand anywhere before the end.
        let mut late = good.clone();
        let last = late.len() - 1;
        late.swap(last, 0);
        assert!(in_order(dialect, &late, true).is_err(), "{dialect}");
        assert!(in_order(dialect, &[], true).is_err(), "{dialect}");
        let cut = &good[..good.len() / 2];
        assert!(in_order(dialect, cut, true).is_err(), "{dialect}");
    }
}

#[test]
fn what_is_said_otherwise_is_caught() {
    let answer = |text: &str, finish: &str, input: u64| {
        let body = json!({"choices": [{"finish_reason": finish, "message": {"role": "assistant", "content": text,
            "tool_calls": [{"id": "t", "function": {"name": "f", "arguments": "{\"n\":1}"}}]}}],
            "usage": {"prompt_tokens": input, "completion_tokens": 2}});
        Said::of_answer(Dialect::OpenAi, &body)
    };
    let wanted = answer("Hi", "tool_calls", 9);
    assert_eq!(wanted.says(&wanted, Holds::ALL), Ok(()));
    for other in [
        answer("Hi!", "tool_calls", 9),
        answer("Hi", "length", 9),
        answer("Hi", "tool_calls", 8),
    ] {
        for &dialect in Dialect::ALL {
            assert!(other.says(&wanted, holds(dialect)).is_err(), "{dialect}");
        }
    }
}

fn recorded(api: &str, method: &str, path: &str, body: &Value) -> Recording {
    serde_json::from_value(json!({
        "id": "x", "provider": "p", "api": api, "method": method, "url_path": path, "request_body": body,
        "status": 200, "response_body": "{}", "response_encoding": "text", "stream": false
    }))
    .unwrap()
}

#[test]
fn every_kind_of_call_finds_its_door() {
    let null = Value::Null;
    let messages = json!({"messages": []});
    for (api, path, body, dialect) in [
        (
            "somebody.chat",
            "/v1/chat/completions",
            &null,
            Dialect::OpenAi,
        ),
        ("cohere.chat", "/v2/chat", &null, Dialect::Cohere),
        ("ollama.chat", "/api/chat", &null, Dialect::Ollama),
        (
            "azure.responses",
            "/openai/v1/responses",
            &null,
            Dialect::Responses,
        ),
        (
            "anthropic.messages",
            "/v1/messages?beta=true",
            &null,
            Dialect::Anthropic,
        ),
        (
            "vertex.anthropic.rawPredict",
            "/v1/projects/p/locations/l/publishers/anthropic/models/c:rawPredict",
            &null,
            Dialect::Anthropic,
        ),
        (
            "bedrock.invoke",
            "/model/us.anthropic.c/invoke",
            &messages,
            Dialect::Anthropic,
        ),
        (
            "bedrock.converse",
            "/model/m/converse",
            &null,
            Dialect::Bedrock,
        ),
        (
            "gemini.generateContent",
            "/v1beta/models/g:generateContent",
            &null,
            Dialect::Gemini,
        ),
    ] {
        let Route::Chat(chat) = route(&recorded(api, "POST", path, body)) else {
            panic!("{api} is a conversation");
        };
        assert_eq!(chat.dialect, dialect, "{api}");
    }
    for (api, path, surface) in [
        ("voyage.embeddings", "/v1/embeddings", Surface::Embeddings),
        (
            "bedrock.invoke",
            "/model/amazon.titan/invoke",
            Surface::Invoke,
        ),
        (
            "gemini.countTokens",
            "/v1beta/models/g:countTokens",
            Surface::GeminiCountTokens,
        ),
    ] {
        let Route::Task(task) = route(&recorded(api, "POST", path, &null)) else {
            panic!("{api} is a task");
        };
        assert_eq!(task.surface, surface, "{api}");
    }
    for (api, path) in [
        ("openai.assistants", "/v1/threads"),
        ("gemini.interactions", "/v1beta/interactions"),
        ("cohere.v1.chat", "/v1/chat"),
    ] {
        assert_eq!(
            kind(&recorded(api, "POST", path, &null)),
            "passthrough",
            "{api}"
        );
    }
}
