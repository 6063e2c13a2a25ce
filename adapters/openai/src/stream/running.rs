//! One choice of a stream, while it runs.

use marshal_adapter_api::{ChatEvent, Delta, Finish, Json};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::calls::Calls;
use super::decode::text;
use crate::request::{canonical_seal, is_known_seal};

/// What must be remembered of a choice.
#[derive(Default)]
pub(super) struct Running {
    next_part: u32,
    /// The part that plain text would go on in.
    open: Option<(u32, Kinds)>,
    pub(super) calls: Calls,
    /// How it ended, once it said so.
    pub(super) finish: Option<Finish>,
    /// What is said beside the parts, the last of each name: told at the end, for it would cut the text.
    beside: Vec<(String, Json)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    Text,
    Thinking,
    Refusal,
    Tool,
}

/// Members of a delta that are understood.
const DELTA: [&str; 8] = [
    "role",
    "content",
    "refusal",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "tool_calls",
    "function_call",
];

/// Where the deltas of one choice go.
pub(super) struct Sink<'a> {
    pub(super) choice: u32,
    pub(super) running: &'a mut Running,
    pub(super) out: &'a mut Vec<ChatEvent>,
}

impl Sink<'_> {
    pub(super) fn delta(&mut self, doc: Doc<'_>, delta: NodeId) {
        let thinking = text(doc, delta, "reasoning_content")
            .filter(|text| !text.is_empty())
            .or_else(|| text(doc, delta, "reasoning"));
        self.say(Kinds::Thinking, thinking, Delta::Thinking);
        if let Some(details) = doc.get(delta, "reasoning_details") {
            self.seals(doc, details);
        }
        match doc.get(delta, "content") {
            Some(list) if doc.kind(list) == Kind::Array => self.list(doc, list),
            _ => self.say(Kinds::Text, text(doc, delta, "content"), Delta::Text),
        }
        self.say(Kinds::Refusal, text(doc, delta, "refusal"), Delta::Refusal);
        if let Some(calls) = doc.get(delta, "tool_calls") {
            let alone = doc.len(calls) < 2;
            for (at, call) in (0..).zip(doc.children(calls)) {
                self.tool(doc, call, (!alone).then_some(at));
            }
        }
        if let Some(call) = doc.get(delta, "function_call") {
            self.function(doc, call);
        }
        self.keep(doc, delta, "delta", &DELTA);
    }

    /// Keeps members of the chunk, the choice or the delta that say something and that nobody understands.
    pub(super) fn keep(&mut self, doc: Doc<'_>, node: NodeId, of: &str, understood: &[&str]) {
        for child in doc.children(node) {
            let value = Json::of(doc, child);
            if let Some(name) = doc.key(child)
                && !understood.contains(&name.as_ref())
                && !value.is_empty()
            {
                self.beside(&format!("{of}.{name}"), value);
            }
        }
    }

    /// A seal, as OpenRouter and our own encoder pass it on; the text came before.
    fn seals(&mut self, doc: Doc<'_>, details: NodeId) {
        for detail in doc.children(details) {
            let format = text(doc, detail, "format").unwrap_or_default();
            let seal = text(doc, detail, "signature").filter(|seal| !seal.is_empty());
            let said = text(doc, detail, "text").filter(|text| !text.is_empty());
            match seal {
                Some(seal) if is_known_seal(&format) => {
                    let thinking = matches!(self.running.open, Some((_, Kinds::Thinking)));
                    if !thinking {
                        self.say(Kinds::Thinking, said, Delta::Thinking);
                    }
                    let seal = canonical_seal(&format, seal);
                    self.say(Kinds::Thinking, Some(seal), Delta::Signature);
                }
                // Its text stands in `reasoning` too.
                None if said.is_some() => {}
                _ => self.beside("delta.reasoning_details", Json::of(doc, detail)),
            }
        }
    }

    /// Mistral's lists of content, with thinking as a list inside.
    fn list(&mut self, doc: Doc<'_>, list: NodeId) {
        for part in doc.children(list) {
            let thoughts = doc.get(part, "thinking");
            for thought in thoughts.into_iter().flat_map(|list| doc.children(list)) {
                self.say(Kinds::Thinking, text(doc, thought, "text"), Delta::Thinking);
            }
            let said = text(doc, part, "text");
            if thoughts.is_none() && said.is_none() {
                let kind = text(doc, part, "type");
                let kind = kind.as_deref().unwrap_or_default();
                self.beside(&format!("delta.content.{kind}"), Json::of(doc, part));
            }
            self.say(Kinds::Text, said, Delta::Text);
        }
    }

    fn say(&mut self, kind: Kinds, text: Option<String>, delta: fn(String) -> Delta) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        let part = match self.running.open {
            Some((part, open)) if open == kind => part,
            _ => self.open(kind),
        };
        self.push(part, delta(text));
    }

    /// Keeps what is said beside the parts until the choice ends.
    pub(super) fn beside(&mut self, name: &str, value: Json) {
        match self.running.beside.iter_mut().find(|(of, _)| of == name) {
            Some((_, before)) => *before = value,
            None => self.running.beside.push((name.to_owned(), value)),
        }
    }

    pub(super) fn push(&mut self, part: u32, delta: Delta) {
        self.out.push(ChatEvent::Delta {
            choice: self.choice,
            part,
            delta,
        });
    }

    /// Opens the next part. A tool call stays open: its arguments may come between others'.
    pub(super) fn open(&mut self, kind: Kinds) -> u32 {
        if let Some((part, open)) = self.running.open
            && open != Kinds::Tool
        {
            self.end_part(part);
        }
        let part = self.running.next_part;
        self.running.next_part += 1;
        self.running.open = Some((part, kind));
        part
    }

    fn end_part(&mut self, part: u32) {
        self.out.push(ChatEvent::PartEnd {
            choice: self.choice,
            part,
        });
    }

    /// Ends what is open, tells what was said beside the parts, and how the choice ended where it said so.
    pub(super) fn finish(&mut self) {
        self.start_waiting();
        let mut parts = self.running.calls.parts();
        if let Some((part, kind)) = self.running.open.take()
            && kind != Kinds::Tool
        {
            parts.push(part);
        }
        parts.sort_unstable();
        parts.into_iter().for_each(|part| self.end_part(part));
        for (kind, value) in std::mem::take(&mut self.running.beside) {
            let part = self.running.next_part;
            self.running.next_part += 1;
            self.push(part, Delta::Opaque { kind, value });
            self.end_part(part);
        }
        if let Some(finish) = self.running.finish.take() {
            self.out.push(ChatEvent::Finish {
                choice: self.choice,
                finish,
            });
        }
    }
}
