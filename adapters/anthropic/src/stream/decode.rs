//! A stream of messages events, read.

use std::collections::{BTreeMap, BTreeSet};

use marshal_adapter_api::{
    ChatEvent, Delta, Finish, Json, Malformed, ProviderError, ProviderErrorKind, ReportedUsage,
    StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::error;
use crate::usage::Counters;
use crate::words::finish_of;

/// Reads events; what it must remember are the counters, which arrive in two reports.
#[derive(Default)]
pub(crate) struct Decoder {
    counters: Counters,
    /// How it ended: told at the end, for a later report replaces an earlier one.
    finish: Option<Finish>,
    over: bool,
    /// The parts of the blocks that run, by their index: some number every block the same.
    parts: BTreeMap<u32, u32>,
    next_part: u32,
    /// Blocks that only this dialect knows: all that comes for them is as opaque as they are.
    opaque: BTreeSet<u32>,
}

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        // Some gateways in front of this dialect end with the other dialect's marker.
        if self.over || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let index = index(data)?;
        self.read(index.doc(data), out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let finished = self.finished(out);
        out.push(if finished {
            ChatEvent::End
        } else {
            ChatEvent::Error(ProviderError {
                kind: ProviderErrorKind::Server,
                code: Some("stream_cut".to_owned()),
                message: "The stream ended before the answer did.".to_owned(),
            })
        });
    }
}

impl Decoder {
    /// Tells how it ended; false where it never said so.
    fn finished(&mut self, out: &mut Vec<ChatEvent>) -> bool {
        let finish = self
            .finish
            .take()
            .map(|finish| ChatEvent::Finish { choice: 0, finish });
        let said = finish.is_some();
        out.extend(finish);
        said
    }

    /// The part of a block that begins.
    fn begin(&mut self, index: u32) -> u32 {
        let part = self.next_part.max(index);
        self.next_part = part.saturating_add(1);
        self.parts.insert(index, part);
        part
    }

    fn read(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        let index = doc
            .get(root, "index")
            .and_then(|node| doc.u64(node))
            .and_then(|index| u32::try_from(index).ok())
            .unwrap_or(0);
        let part = self.parts.get(&index).copied().unwrap_or(index);
        match text(doc, root, "type").as_deref() {
            Some("message_start") => self.start(doc, out),
            Some("content_block_start") => {
                let part = self.begin(index);
                if let Some(block) = doc.get(root, "content_block")
                    && begin(doc, block, part, out)
                {
                    self.opaque.insert(part);
                }
            }
            Some("content_block_delta") => {
                if let Some(node) = doc.get(root, "delta") {
                    push(out, part, delta(doc, node, self.opaque.contains(&part)));
                }
            }
            Some("content_block_stop") => out.push(ChatEvent::PartEnd { choice: 0, part }),
            Some("message_delta") => self.message_delta(doc, out),
            Some("message_stop") => {
                self.over = true;
                self.finished(out);
                out.push(ChatEvent::End);
            }
            Some("error") => {
                self.over = true;
                let node = doc.get(root, "error").unwrap_or(root);
                out.push(ChatEvent::Error(
                    error::of_object(doc, node).or_words(doc.raw(node)),
                ));
            }
            _ => {} // ping, and what is newer than this
        }
    }

    fn start(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let Some(message) = doc.get(doc.root(), "message") else {
            return;
        };
        out.push(ChatEvent::Start {
            id: text(doc, message, "id"),
            model: text(doc, message, "model"),
            created: None,
        });
        self.usage(doc, message, out);
    }

    fn usage(&mut self, doc: Doc<'_>, node: NodeId, out: &mut Vec<ChatEvent>) {
        let Some(usage) = doc.get(node, "usage") else {
            return;
        };
        self.counters.read(doc, usage);
        if let Some(tokens) = self.counters.usage() {
            let source = Some(Json::of(doc, usage));
            out.push(ChatEvent::Usage(ReportedUsage { tokens, source }));
        }
    }

    fn message_delta(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        self.usage(doc, doc.root(), out);
        let Some(node) = doc.get(doc.root(), "delta") else {
            return;
        };
        if let Some(word) = text(doc, node, "stop_reason") {
            self.finish = Some(finish_of(&word, text(doc, node, "stop_sequence")));
        }
    }
}

fn text(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
}

fn push(out: &mut Vec<ChatEvent>, part: u32, delta: Delta) {
    out.push(ChatEvent::Delta {
        choice: 0,
        part,
        delta,
    });
}

/// Begins a block, and says whether only this dialect knows it.
fn begin(doc: Doc<'_>, block: NodeId, part: u32, out: &mut Vec<ChatEvent>) -> bool {
    let said = |name: &str| text(doc, block, name).unwrap_or_default();
    match said("type").as_str() {
        "text" => push(out, part, Delta::Text(said("text"))),
        "thinking" => {
            push(out, part, Delta::Thinking(said("thinking")));
            let seal = said("signature");
            if !seal.is_empty() {
                push(out, part, Delta::Signature(seal));
            }
        }
        "tool_use" => {
            let (id, name) = (said("id"), said("name"));
            push(out, part, Delta::ToolStart { id, name });
            if let Some(input) = doc.get(block, "input")
                && doc.kind(input) == Kind::Object
                && doc.len(input) > 0
            {
                let whole = Json::of(doc, input).as_str().to_owned();
                push(out, part, Delta::Arguments(whole));
            }
        }
        kind => {
            let kind = kind.to_owned();
            let value = Json::of(doc, block);
            push(out, part, Delta::Opaque { kind, value });
            return true;
        }
    }
    false
}

fn delta(doc: Doc<'_>, node: NodeId, opaque: bool) -> Delta {
    let said = |name: &str| text(doc, node, name).unwrap_or_default();
    match said("type").as_str() {
        kind if opaque => Delta::Opaque {
            kind: kind.to_owned(),
            value: Json::of(doc, node),
        },
        "text_delta" => Delta::Text(said("text")),
        "thinking_delta" => Delta::Thinking(said("thinking")),
        "signature_delta" => Delta::Signature(said("signature")),
        "input_json_delta" => Delta::Arguments(said("partial_json")),
        kind => Delta::Opaque {
            kind: kind.to_owned(),
            value: Json::of(doc, node),
        },
    }
}
