//! The recordings, and what an answer says.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, Assembler, ChatEvent, ChatResponse, FinishReason, Named, Part, StreamDecoder,
    StreamShape,
};
use marshal_types::Dialect;
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use serde_json::Value;

pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) request: Option<Vec<u8>>,
    pub(crate) status: u16,
    pub(crate) answer: Vec<u8>,
    pub(crate) framed: bool,
}

impl Recording {
    pub(crate) fn model(&self) -> String {
        let model = self.path.split('/').nth(2).unwrap_or_default();
        model.replace("%3A", ":").replace("%2F", "/")
    }
    pub(crate) fn stream(&self) -> bool {
        self.path.ends_with("/converse-stream")
    }
}

pub(crate) fn recordings() -> Vec<Recording> {
    of(&[
        "bedrock/bedrock.converse",
        "bedrock/bedrock.converse-stream",
    ])
}

/// Nothing where the recordings are not at hand.
pub(crate) fn of(apis: &[&str]) -> Vec<Recording> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("MARSHAL_SHARED").unwrap_or_else(|_| default.to_owned());
    let folder = PathBuf::from(shared).join("cassettes");
    let mut all = Vec::new();
    for api in apis {
        let Ok(text) = fs::read_to_string(folder.join(format!("{api}.jsonl"))) else {
            println!("skipped: no {api} recordings in MARSHAL_SHARED");
            continue;
        };
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let body = value["response_body"].as_str().map(str::to_owned);
            let body = body.unwrap_or_else(|| value["response_body"].to_string());
            let framed = value["response_encoding"] == "base64";
            all.push(Recording {
                id: value["id"].as_str().unwrap().to_owned(),
                path: value["url_path"].as_str().unwrap().to_owned(),
                request: value["request_body"]
                    .is_object()
                    .then(|| value["request_body"].to_string().into_bytes()),
                status: u16::try_from(value["status"].as_u64().unwrap()).unwrap(),
                answer: if framed {
                    base64(&body)
                } else {
                    body.into_bytes()
                },
                framed,
            });
        }
    }
    all
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

pub(crate) fn named<'a>(model: &'a str, stream: bool) -> Named<'a> {
    Named {
        model: Some(model),
        stream: Some(stream),
    }
}

pub(crate) fn split(framing: Framing, bytes: &[u8], cut: usize) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(framing, 1 << 22);
    let mut events = Vec::new();
    for chunk in [&bytes[..cut], &bytes[cut..]] {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next().unwrap() {
            events.push(event);
        }
    }
    events.extend(std::iter::from_fn(|| splitter.finish()));
    events
}

pub(crate) fn decode(mut decoder: Box<dyn StreamDecoder>, events: &[RawEvent]) -> Vec<ChatEvent> {
    let mut out = Vec::new();
    for event in events {
        decoder.event(event, &mut out).unwrap();
    }
    decoder.end(&mut out);
    out
}

pub(crate) fn encode(adapter: &dyn Adapter, events: &[ChatEvent]) -> Vec<u8> {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "m".to_owned(),
        created: 0,
    });
    let mut out = Vec::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    out
}

pub(crate) fn assemble(events: &[ChatEvent], origin: Dialect) -> ChatResponse {
    let mut all = Assembler::new();
    events.iter().for_each(|event| all.push(event));
    assert!(all.error().is_none(), "{:?}", all.error());
    all.finish(origin)
}

/// What the first choice says, in words that every dialect shares.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) thinking: String,
    pub(crate) calls: Vec<(String, String, Value)>,
    pub(crate) finish: &'static str,
    pub(crate) usage: Option<(u64, u64, u64)>,
}

pub(crate) fn said(response: &ChatResponse) -> Said {
    let choice = &response.choices[0];
    let (mut text, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
    for part in &choice.message.parts {
        match part {
            Part::Text { text: more, .. } | Part::Refusal { text: more, .. } => text.push_str(more),
            Part::Thinking { text: more, .. } => thinking.push_str(more),
            Part::ToolCall {
                id,
                name,
                arguments,
                ..
            } => {
                let source = if arguments.trim().is_empty() {
                    "{}"
                } else {
                    arguments
                };
                let value = match serde_json::from_str(source) {
                    Ok(value @ Value::Object(_)) => value,
                    _ => serde_json::json!({ "arguments": source }), // cut short
                };
                calls.push((id.clone(), name.clone(), value));
            }
            _ => {}
        }
    }
    let finish = match choice.finish.as_ref().map(|finish| finish.reason) {
        Some(FinishReason::Length | FinishReason::ContextFull) => "length",
        Some(FinishReason::Refusal) => "refusal",
        _ if !calls.is_empty() => "tools",
        Some(FinishReason::ToolCalls) => "tools",
        Some(_) => "stop",
        None => "",
    };
    let usage = response.usage.as_ref().map(|usage| {
        let tokens = usage.tokens;
        (tokens.input.0, tokens.output.0, tokens.cache_read.0)
    });
    Said {
        text,
        thinking,
        calls,
        finish,
        usage,
    }
}
