//! Recordings, and what canonical answers say.

use std::path::PathBuf;

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, Assembler, ChatEvent, ChatResponse, FinishReason, Part, StreamShape,
};
use marshal_types::{Dialect, Usage};
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use serde_json::Value;

/// The recordings of one interface; none, with a word why, where the folder of recordings is not there.
pub(crate) fn recordings(path: &str) -> Vec<Value> {
    let folder = std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let file = folder.join("cassettes").join(path);
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: no recordings at {}", file.display());
        return Vec::new();
    };
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What an answer says, whatever the dialect.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) thinking: String,
    pub(crate) calls: Vec<(String, String, Value)>,
    pub(crate) finish: &'static str,
    pub(crate) usage: Option<(u64, u64)>,
}

pub(crate) fn said(response: &ChatResponse) -> Said {
    let mut said = Said {
        text: String::new(),
        thinking: String::new(),
        calls: Vec::new(),
        finish: "",
        usage: response.usage.as_ref().map(|usage| counts(&usage.tokens)),
    };
    let choice = &response.choices[0];
    for part in &choice.message.parts {
        match part {
            Part::Text { text, .. } => said.text.push_str(text),
            Part::Thinking { text, .. } => said.thinking.push_str(text),
            Part::ToolCall {
                id,
                name,
                arguments,
                ..
            } => {
                let arguments = if arguments.is_empty() {
                    "{}"
                } else {
                    arguments
                };
                said.calls.push((
                    id.clone(),
                    name.clone(),
                    serde_json::from_str(arguments).unwrap(),
                ));
            }
            _ => {}
        }
    }
    said.finish = match choice.finish.as_ref().map(|finish| finish.reason) {
        None => "",
        Some(FinishReason::Length | FinishReason::ContextFull) => "length",
        Some(FinishReason::ToolCalls) => "tools",
        Some(_) if !said.calls.is_empty() => "tools",
        Some(_) => "stop",
    };
    said
}

pub(crate) fn counts(usage: &Usage) -> (u64, u64) {
    (usage.input.0, usage.output.0)
}

/// The events of a stream, whose bytes come in pieces of `size`.
pub(crate) fn split(framing: Framing, bytes: &[u8], size: usize) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(framing, 1 << 24);
    let mut events = Vec::new();
    for chunk in bytes.chunks(size) {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next().unwrap() {
            events.push(event);
        }
    }
    while let Some(event) = splitter.finish() {
        events.push(event);
    }
    events
}

pub(crate) fn read(adapter: &dyn Adapter, bytes: &[u8]) -> Vec<ChatEvent> {
    read_cut(adapter, bytes, bytes.len().max(1))
}

pub(crate) fn read_cut(adapter: &dyn Adapter, bytes: &[u8], size: usize) -> Vec<ChatEvent> {
    let mut decoder = adapter.stream_decoder();
    let mut out = Vec::new();
    for event in split(adapter.framing(), bytes, size) {
        decoder.event(&event, &mut out).unwrap();
    }
    decoder.end(&mut out);
    out
}

pub(crate) fn write(adapter: &dyn Adapter, events: &[ChatEvent]) -> Vec<u8> {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "model".to_owned(),
        created: 1,
    });
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event, &mut bytes);
    }
    encoder.end(&mut bytes);
    bytes
}

/// The answer that a stream makes; the stream must have ended well.
pub(crate) fn whole(events: &[ChatEvent]) -> ChatResponse {
    let mut assembler = Assembler::new();
    events.iter().for_each(|event| assembler.push(event));
    assert!(assembler.ended(), "the stream ended: {events:?}");
    assembler.finish(Dialect::OpenAi)
}

/// Parts start in ascending order, and nothing comes for a part that ended.
pub(crate) fn assert_ordered(events: &[ChatEvent]) {
    let (mut next, mut ended) = (0, Vec::new());
    assert!(matches!(events.first(), Some(ChatEvent::Start { .. })));
    for event in events {
        match event {
            ChatEvent::Delta { part, .. } => {
                assert!(*part <= next && !ended.contains(part), "{event:?}");
                next = next.max(*part + 1);
            }
            ChatEvent::PartEnd { part, .. } => ended.push(*part),
            _ => {}
        }
    }
}
