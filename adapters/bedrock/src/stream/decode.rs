//! A stream of Converse events, read.

use marshal_adapter_api::{
    ChatEvent, Delta, Json, Malformed, ProviderError, ProviderErrorKind, StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{DELTA, REDACTED, START};
use crate::error;
use crate::request::redacted;
use crate::response::stop_sequence;
use crate::usage;
use crate::words::finish_of;

/// What a running part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Text,
    Thinking,
    Tool,
    /// A block that only this dialect knows, from its start on.
    Unknown,
    Other,
}

/// Reads events. The answer is over once both its stop reason and its metadata came, in either order.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    open: Vec<(u64, Is, u32)>,
    next: u32,
    finished: bool,
    metadata: bool,
    over: bool,
}

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        if self.over {
            return Ok(());
        }
        let Some(name) = event.name() else {
            return Ok(());
        };
        let data = event.data();
        if event.is_exception() || name.ends_with("Exception") {
            let index = index(&data).ok();
            let doc = index.as_ref().map(|index| index.doc(&data));
            self.over = true;
            out.push(ChatEvent::Error(error::of_event(&name, doc)));
            return Ok(());
        }
        if !KNOWN.contains(&name.as_ref()) {
            return Ok(()); // newer than this
        }
        let index = index(&data)?;
        self.read(&name, index.doc(&data), out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        out.push(if self.finished {
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

const KNOWN: [&str; 6] = [
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
];

impl Decoder {
    fn read(&mut self, name: &str, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        self.start(out);
        let block = doc
            .get(root, "contentBlockIndex")
            .and_then(|node| doc.u64(node))
            .unwrap_or(0);
        match name {
            "contentBlockStart" => {
                if let Some(start) = doc.get(root, "start") {
                    self.begin(doc, start, block, out);
                }
            }
            "contentBlockDelta" => {
                if let Some(delta) = doc.get(root, "delta") {
                    self.delta(doc, delta, block, out);
                }
            }
            "contentBlockStop" => {
                for part in self.close(block) {
                    out.push(ChatEvent::PartEnd { choice: 0, part });
                }
            }
            "messageStop" => {
                let word = doc.get(root, "stopReason").and_then(|node| doc.str(node));
                let finish = finish_of(&word.unwrap_or_default(), stop_sequence(doc));
                out.push(ChatEvent::Finish { choice: 0, finish });
                self.finished = true;
            }
            "metadata" => {
                out.extend(usage::of_answer(doc).map(ChatEvent::Usage));
                self.metadata = true;
            }
            _ => {}
        }
        if self.finished && self.metadata {
            self.over = true;
            out.push(ChatEvent::End);
        }
    }

    fn start(&mut self, out: &mut Vec<ChatEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            out.push(ChatEvent::Start {
                id: None,
                model: None,
                created: None,
            });
        }
    }

    /// The part that holds such text of a block; a new one where there is none.
    fn part(&mut self, block: u64, is: Is) -> u32 {
        let known = self
            .open
            .iter()
            .find(|open| (open.0, open.1) == (block, is));
        if let Some((_, _, part)) = known {
            return *part;
        }
        let part = self.next;
        self.next += 1;
        self.open.push((block, is, part));
        part
    }

    fn close(&mut self, block: u64) -> Vec<u32> {
        let (closed, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|open: &(u64, Is, u32)| open.0 == block);
        self.open = open;
        closed.into_iter().map(|(_, _, part)| part).collect()
    }

    fn is(&self, block: u64, is: Is) -> bool {
        self.open.iter().any(|open| (open.0, open.1) == (block, is))
    }

    fn push(&mut self, block: u64, is: Is, delta: Delta, out: &mut Vec<ChatEvent>) {
        let part = self.part(block, is);
        out.push(ChatEvent::Delta {
            choice: 0,
            part,
            delta,
        });
    }

    /// A block begins. Tools that the provider runs itself are not the client's to call.
    fn begin(&mut self, doc: Doc<'_>, start: NodeId, block: u64, out: &mut Vec<ChatEvent>) {
        if doc.is_empty(start) {
            return;
        }
        let tool = doc.get(start, "toolUse");
        let text = |name: &str| {
            tool.and_then(|tool| doc.get(tool, name))
                .and_then(|node| doc.str(node))
                .map(std::borrow::Cow::into_owned)
        };
        let ours = text("type").is_none_or(|kind| kind == "tool_use");
        if tool.is_some() && ours {
            let id = text("toolUseId").unwrap_or_default();
            let name = text("name").unwrap_or_default();
            self.push(block, Is::Tool, Delta::ToolStart { id, name }, out);
        } else {
            let (kind, value) = (START.to_owned(), Json::of(doc, start));
            self.push(block, Is::Unknown, Delta::Opaque { kind, value }, out);
        }
    }

    fn opaque(
        &mut self,
        doc: Doc<'_>,
        delta: NodeId,
        (block, is): (u64, Is),
        out: &mut Vec<ChatEvent>,
    ) {
        let (kind, value) = (DELTA.to_owned(), Json::of(doc, delta));
        self.push(block, is, Delta::Opaque { kind, value }, out);
    }

    fn delta(&mut self, doc: Doc<'_>, delta: NodeId, block: u64, out: &mut Vec<ChatEvent>) {
        let text = |node: NodeId, name: &str| {
            doc.get(node, name)
                .and_then(|node| doc.str(node))
                .map(std::borrow::Cow::into_owned)
        };
        if self.is(block, Is::Unknown) {
            self.opaque(doc, delta, (block, Is::Unknown), out);
        } else if let Some(more) = text(delta, "text") {
            self.push(block, Is::Text, Delta::Text(more), out);
        } else if let Some(tool) = doc.get(delta, "toolUse") {
            let more = text(tool, "input").unwrap_or_default();
            self.push(block, Is::Tool, Delta::Arguments(more), out);
        } else if let Some(thought) = doc.get(delta, "reasoningContent") {
            self.thought(doc, delta, thought, block, out);
        } else if doc.get(delta, "citation").is_some() {
            // It belongs to the text of its block, which may come behind it.
            if !self.is(block, Is::Text) {
                self.push(block, Is::Text, Delta::Text(String::new()), out);
            }
            self.opaque(doc, delta, (block, Is::Text), out);
        } else if doc.kind(delta) == Kind::Object && !doc.is_empty(delta) {
            self.opaque(doc, delta, (block, Is::Other), out);
        }
    }

    fn thought(
        &mut self,
        doc: Doc<'_>,
        delta: NodeId,
        thought: NodeId,
        block: u64,
        out: &mut Vec<ChatEvent>,
    ) {
        let text = |name: &str| doc.get(thought, name).and_then(|node| doc.str(node));
        if let Some(data) = text("redactedContent") {
            match redacted(&data) {
                Some(value) => {
                    let kind = REDACTED.to_owned();
                    self.push(block, Is::Other, Delta::Opaque { kind, value }, out);
                }
                None => self.opaque(doc, delta, (block, Is::Other), out),
            }
            return;
        }
        if let Some(more) = text("text") {
            self.push(block, Is::Thinking, Delta::Thinking(more.into_owned()), out);
        }
        if let Some(seal) = text("signature") {
            self.push(
                block,
                Is::Thinking,
                Delta::Signature(seal.into_owned()),
                out,
            );
        }
    }
}
