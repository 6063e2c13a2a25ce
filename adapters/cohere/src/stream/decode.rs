//! A stream of chat events, read.

use std::collections::{BTreeMap, BTreeSet};

use marshal_adapter_api::{
    ChatEvent, Delta, Json, Malformed, ProviderError, ProviderErrorKind, StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{call_of, delta_message, index_of};
use crate::error;
use crate::usage;
use crate::words::{finish_of, text};

/// Reads events. Contents and tool calls are numbered apart here, and thoughts may stand in a plan of their own:
/// what must be remembered is which part each of them is.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    over: bool,
    next_part: u32,
    parts: BTreeMap<(Kinds, u32), u32>,
    /// Calls of which arguments came.
    argued: BTreeSet<u32>,
    /// The part that a citation belongs to.
    text: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kinds {
    Plan,
    Thinking,
    Text,
    Tool,
}

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        if self.over || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let index = index(data)?;
        self.read(index.doc(data), out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
        // The last event says everything that ends an answer, so a stream without it was cut.
        if !std::mem::replace(&mut self.over, true) {
            out.push(ChatEvent::Error(ProviderError {
                kind: ProviderErrorKind::Server,
                code: Some("stream_cut".to_owned()),
                message: "The stream ended before the answer did.".to_owned(),
            }));
        }
    }
}

impl Decoder {
    fn read(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        let kind = text(doc, root, "type");
        let message = delta_message(doc);
        match (kind.as_deref(), message) {
            (Some("message-start"), _) => self.start(text(doc, root, "id"), out),
            (Some("message-end"), _) => self.finish(doc, out),
            (Some("content-start" | "content-delta"), Some(message)) => {
                self.content(doc, message, out);
            }
            (Some("content-end"), _) => {
                for kind in [Kinds::Thinking, Kinds::Text] {
                    self.end_part(kind, index_of(doc), out);
                }
            }
            (Some("tool-plan-delta"), Some(message)) => {
                let plan = text(doc, message, "tool_plan");
                self.say(Kinds::Plan, 0, plan.map(Delta::Thinking), out);
            }
            (Some("tool-call-start" | "tool-call-delta"), Some(message)) => {
                self.call(doc, message, out);
            }
            (Some("tool-call-end"), _) => self.end_part(Kinds::Tool, index_of(doc), out),
            (Some("citation-start"), Some(message)) => self.citation(doc, message, out),
            (Some("error") | None, _) => self.failed(doc, out),
            _ => {} // what is newer than this
        }
    }

    fn start(&mut self, id: Option<String>, out: &mut Vec<ChatEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            out.push(ChatEvent::Start {
                id,
                model: None,
                created: None,
            });
        }
    }

    /// Adds to a part, which begins with its first delta. What comes after a plan ends it.
    fn say(&mut self, kind: Kinds, index: u32, delta: Option<Delta>, out: &mut Vec<ChatEvent>) {
        let Some(delta) = delta.filter(|delta| !is_empty(delta)) else {
            return;
        };
        self.start(None, out);
        if kind != Kinds::Plan {
            self.end_part(Kinds::Plan, 0, out);
        }
        let next = &mut self.next_part;
        let part = *self.parts.entry((kind, index)).or_insert_with(|| {
            *next += 1;
            *next - 1
        });
        if kind == Kinds::Text {
            self.text = Some(part);
        }
        out.push(ChatEvent::Delta {
            choice: 0,
            part,
            delta,
        });
    }

    fn end_part(&mut self, kind: Kinds, index: u32, out: &mut Vec<ChatEvent>) {
        if kind == Kinds::Tool {
            self.argued.remove(&index);
        }
        if let Some(part) = self.parts.remove(&(kind, index)) {
            out.push(ChatEvent::PartEnd { choice: 0, part });
        }
    }

    fn content(&mut self, doc: Doc<'_>, message: NodeId, out: &mut Vec<ChatEvent>) {
        let Some(content) = doc.get(message, "content") else {
            return;
        };
        let at = index_of(doc);
        let thoughts = text(doc, content, "thinking").map(Delta::Thinking);
        self.say(Kinds::Thinking, at, thoughts, out);
        let said = text(doc, content, "text").map(Delta::Text);
        self.say(Kinds::Text, at, said, out);
    }

    fn call(&mut self, doc: Doc<'_>, message: NodeId, out: &mut Vec<ChatEvent>) {
        let Some(call) = call_of(doc, message) else {
            return;
        };
        let at = index_of(doc);
        let function = doc.get(call, "function").unwrap_or(call);
        if let Some(name) = text(doc, function, "name") {
            let id = text(doc, call, "id").unwrap_or_default();
            let begins = !self.parts.contains_key(&(Kinds::Tool, at));
            let delta = begins.then_some(Delta::ToolStart { id, name });
            self.say(Kinds::Tool, at, delta, out);
        }
        // `null`, where arguments begin, is how none at all are sometimes written.
        let begun = self.argued.contains(&at);
        let arguments = text(doc, function, "arguments")
            .filter(|text| !text.is_empty() && (begun || text != "null"));
        if arguments.is_some() {
            self.argued.insert(at);
            self.say(Kinds::Tool, at, arguments.map(Delta::Arguments), out);
        }
    }

    /// A citation comes amid the text that it is about, and is kept with it.
    fn citation(&self, doc: Doc<'_>, message: NodeId, out: &mut Vec<ChatEvent>) {
        if let Some(part) = self.text
            && let Some(value) = doc.get(message, "citations")
        {
            out.push(ChatEvent::Delta {
                choice: 0,
                part,
                delta: Delta::Opaque {
                    kind: super::encode::CITATION.to_owned(),
                    value: Json::of(doc, value),
                },
            });
        }
    }

    fn finish(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        self.start(None, out);
        self.over = true;
        let mut open: Vec<u32> = std::mem::take(&mut self.parts).into_values().collect();
        open.sort_unstable();
        for part in open {
            out.push(ChatEvent::PartEnd { choice: 0, part });
        }
        let delta = doc.get(doc.root(), "delta").unwrap_or(doc.root());
        let usage = usage::of_answer(doc, delta);
        let word = text(doc, delta, "finish_reason").unwrap_or_default();
        let kind = match word.as_str() {
            "ERROR" => Some(ProviderErrorKind::Server),
            "TIMEOUT" => Some(ProviderErrorKind::Timeout),
            _ => None,
        };
        if let Some(kind) = kind {
            out.extend(usage.map(ChatEvent::Usage));
            out.push(ChatEvent::Error(ProviderError {
                kind,
                code: Some(word),
                message: text(doc, delta, "error").unwrap_or_default(),
            }));
            return;
        }
        out.push(ChatEvent::Finish {
            choice: 0,
            finish: finish_of(&word),
        });
        out.extend(usage.map(ChatEvent::Usage));
        out.push(ChatEvent::End);
    }

    fn failed(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        if doc.kind(doc.root()) == Kind::Object
            && let Some(error) = error::of_event(doc, doc.root())
        {
            self.over = true;
            out.push(ChatEvent::Error(error));
        }
    }
}

fn is_empty(delta: &Delta) -> bool {
    match delta {
        Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) => text.is_empty(),
        _ => false,
    }
}
