//! The mock's answers, built once: each a valid body or stream of its dialect, with usage.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::dialect::Dialect;

const ID: &str = "mock0123456789abcdefghij";
const MODEL: &str = "mock-model";
const INPUT_TOKENS: u64 = 250;
/// About 50 tokens: with the JSON around it a whole answer is about 600 bytes.
const TEXT: &str = "Here is a short answer of ordinary length. It has a few sentences of plain prose, \
as most answers do, and it says nothing that a rule could object to. It ends here, so that the whole \
reply stays close to the size of a typical small completion.";

/// What `GET /models` answers.
pub(super) const MODELS: &str = r#"{"object":"list","data":[{"id":"mock-model","object":"model","created":1700000000,"owned_by":"mock"}]}"#;

/// One dialect's answers.
pub(super) struct Answers {
    pub(super) whole: Bytes,
    events: Arc<[Bytes]>,
    /// OpenAI sends usage in a stream only to those who ask for it.
    events_with_usage: Arc<[Bytes]>,
}

impl Answers {
    pub(super) fn openai(chunks: usize) -> Self {
        Self {
            whole: bytes(&openai_whole()),
            events: openai_events(chunks, false),
            events_with_usage: openai_events(chunks, true),
        }
    }

    pub(super) fn anthropic(chunks: usize) -> Self {
        let events = anthropic_events(chunks);
        Self {
            whole: bytes(&anthropic_whole()),
            events: Arc::clone(&events),
            events_with_usage: events,
        }
    }

    /// The stream that `request` asks for: one text event a piece, then one piece with the ending.
    pub(super) fn events(&self, request: &[u8]) -> &Arc<[Bytes]> {
        let asked = [&br#""include_usage":true"#[..], br#""include_usage": true"#]
            .iter()
            .any(|mark| memchr::memmem::find(request, mark).is_some());
        if asked {
            &self.events_with_usage
        } else {
            &self.events
        }
    }
}

/// An error answer of a provider.
pub(super) fn error(dialect: Dialect, status: u16) -> Bytes {
    let kind = match (dialect, status) {
        (_, 401) => "authentication_error",
        (_, 404) => "not_found_error",
        (_, 429) => "rate_limit_error",
        (Dialect::Anthropic, 529) => "overloaded_error",
        (_, 400..=499) => "invalid_request_error",
        (Dialect::Anthropic, _) => "api_error",
        (Dialect::Openai, _) => "server_error",
    };
    let message = format!("the mock was told to answer {status}");
    bytes(&match dialect {
        Dialect::Openai => {
            json!({"error": {"message": message, "type": kind, "param": null, "code": kind}})
        }
        Dialect::Anthropic => {
            json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": format!("req_{ID}")})
        }
    })
}

fn openai_whole() -> Value {
    json!({
        "id": format!("chatcmpl-{ID}"), "object": "chat.completion", "created": 1_700_000_000, "model": MODEL,
        "choices": [{
            "index": 0, "message": {"role": "assistant", "content": TEXT, "refusal": null},
            "logprobs": null, "finish_reason": "stop"
        }],
        "usage": openai_usage(50),
        "service_tier": "default", "system_fingerprint": "fp_mock"
    })
}

fn openai_usage(output: u64) -> Value {
    json!({
        "prompt_tokens": INPUT_TOKENS, "completion_tokens": output, "total_tokens": INPUT_TOKENS + output,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}
    })
}

fn openai_chunk(delta: &Value, finish: &Value) -> Value {
    json!({
        "id": format!("chatcmpl-{ID}"), "object": "chat.completion.chunk", "created": 1_700_000_000, "model": MODEL,
        "system_fingerprint": "fp_mock",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]
    })
}

fn openai_events(chunks: usize, usage: bool) -> Arc<[Bytes]> {
    let mut events: Vec<Bytes> = (0..chunks)
        .map(|at| {
            let delta = if at == 0 {
                json!({"role": "assistant", "content": word(at)})
            } else {
                json!({"content": word(at)})
            };
            Bytes::from(data(&openai_chunk(&delta, &Value::Null)))
        })
        .collect();
    let mut end = data(&openai_chunk(&json!({}), &json!("stop")));
    if usage {
        let mut last = openai_chunk(&json!({}), &Value::Null);
        last["choices"] = json!([]);
        last["usage"] = openai_usage(u64::try_from(chunks).unwrap_or(u64::MAX));
        end.push_str(&data(&last));
    }
    end.push_str("data: [DONE]\n\n");
    events.push(Bytes::from(end));
    events.into()
}

fn anthropic_whole() -> Value {
    json!({
        "id": format!("msg_{ID}"), "type": "message", "role": "assistant", "model": MODEL,
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {
            "input_tokens": INPUT_TOKENS, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": 50, "service_tier": "standard"
        }
    })
}

fn anthropic_events(chunks: usize) -> Arc<[Bytes]> {
    let mut start = anthropic_whole();
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    start["usage"]["output_tokens"] = json!(1);
    let opening = [
        named("message_start", &json!({"type": "message_start", "message": start})),
        named(
            "content_block_start",
            &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
        named("ping", &json!({"type": "ping"})),
    ]
    .concat();
    let mut events: Vec<Bytes> = (0..chunks)
        .map(|at| {
            let delta = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word(at)}});
            let event = named("content_block_delta", &delta);
            Bytes::from(if at == 0 { opening.clone() + &event } else { event })
        })
        .collect();
    let ending = [
        named(
            "content_block_stop",
            &json!({"type": "content_block_stop", "index": 0}),
        ),
        named(
            "message_delta",
            &json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": chunks}}),
        ),
        named("message_stop", &json!({"type": "message_stop"})),
    ];
    events.push(Bytes::from(ending.concat()));
    events.into()
}

fn word(at: usize) -> &'static str {
    const WORDS: [&str; 8] = [
        "Here", " is", " one", " more", " word", " of", " the", " answer.",
    ];
    WORDS[at % WORDS.len()]
}

fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn named(name: &str, value: &Value) -> String {
    format!("event: {name}\ndata: {value}\n\n")
}

fn bytes(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(events: &[Bytes]) -> Vec<String> {
        let text = String::from_utf8(events.concat()).unwrap();
        assert!(text.ends_with("\n\n"));
        text.split("\n\n")
            .filter(|event| !event.is_empty())
            .map(|event| {
                event
                    .lines()
                    .find_map(|line| line.strip_prefix("data: "))
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn whole_answers_are_of_the_promised_size_and_carry_usage() {
        for (answers, usage) in [
            (Answers::openai(3), "prompt_tokens"),
            (Answers::anthropic(3), "input_tokens"),
        ] {
            let value: Value = serde_json::from_slice(&answers.whole).unwrap();
            assert_eq!(value["usage"][usage], 250);
            assert!(
                (450..800).contains(&answers.whole.len()),
                "{}",
                answers.whole.len()
            );
        }
    }

    #[test]
    fn an_openai_stream_has_its_chunks_a_finish_and_done() {
        let answers = Answers::openai(60);
        let events = payloads(answers.events(br#"{"stream":true}"#));
        assert_eq!(events.len(), 62);
        assert_eq!(events[61], "[DONE]");
        let first: Value = serde_json::from_str(&events[0]).unwrap();
        assert_eq!(first["choices"][0]["delta"]["role"], "assistant");
        let finish: Value = serde_json::from_str(&events[60]).unwrap();
        assert_eq!(finish["choices"][0]["finish_reason"], "stop");
    }

    #[test]
    fn an_openai_stream_tells_usage_only_when_asked() {
        let answers = Answers::openai(2);
        let asked = br#"{"stream":true,"stream_options":{"include_usage":true}}"#;
        let events = payloads(answers.events(asked));
        let usage: Value = serde_json::from_str(&events[3]).unwrap();
        assert_eq!(usage["usage"]["completion_tokens"], 2);
        assert_eq!(usage["choices"], json!([]));
        assert!(
            payloads(answers.events(b"{}"))
                .iter()
                .all(|event| !event.contains("usage"))
        );
    }

    #[test]
    fn an_anthropic_stream_opens_and_closes_its_block() {
        let answers = Answers::anthropic(2);
        let kinds: Vec<String> = payloads(answers.events(b"{}"))
            .iter()
            .map(|event| {
                let value: Value = serde_json::from_str(event).unwrap();
                value["type"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "message_start",
                "content_block_start",
                "ping",
                "content_block_delta",
                "content_block_delta",
                "content_block_stop",
                "message_delta",
                "message_stop"
            ]
        );
    }
}
