//! A stream of chunks, read.

use std::collections::{BTreeMap, BTreeSet};

use marshal_adapter_api::{
    ChatEvent, Delta, Json, Malformed, ProviderError, ProviderErrorKind, StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::error;
use crate::request::{canonical_seal, is_known_seal};
use crate::response::tool_index;
use crate::usage;
use crate::words::finish_of;

/// Reads chunks; what it must remember is which part each kind of text belongs to.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    over: bool,
    choices: BTreeMap<u32, Running>,
}

#[derive(Default)]
struct Running {
    next_part: u32,
    /// The part that plain text would go on in.
    open: Option<(u32, Kinds)>,
    /// Tool calls by the provider's index: their part, id.
    tools: BTreeMap<u32, (u32, String)>,
    finished: bool,
    /// Which of [`ASIDE`] came.
    aside: BTreeSet<&'static str>,
}

/// Members of a delta that only this dialect knows.
const ASIDE: [&str; 2] = ["audio", "annotations"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    Text,
    Thinking,
    Refusal,
    Tool,
}

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        if self.over || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.over = true;
            out.push(ChatEvent::End);
            return Ok(());
        }
        let index = index(data)?;
        let doc = index.doc(data);
        self.chunk(doc, out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let done = !self.choices.is_empty() && self.choices.values().all(|choice| choice.finished);
        out.push(if done {
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
    fn chunk(&mut self, doc: Doc<'_>, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        if let Some(failure) = doc.get(root, "error")
            && doc.kind(failure) != Kind::Null
        {
            self.over = true;
            out.push(ChatEvent::Error(
                error::of_object(doc, failure, None).or_words(doc.raw(failure)),
            ));
            return;
        }
        let choices = doc.get(root, "choices");
        // Azure opens with a chunk of filter results that names no model and has no choices.
        let named = text(doc, root, "model").is_some_and(|model| !model.is_empty());
        if !self.started && (named || choices.is_some_and(|list| doc.len(list) > 0)) {
            self.started = true;
            out.push(ChatEvent::Start {
                id: text(doc, root, "id"),
                model: text(doc, root, "model"),
                created: doc.get(root, "created").and_then(|node| doc.u64(node)),
            });
        }
        let each = choices.into_iter().flat_map(|list| doc.children(list));
        for (at, choice) in (0..).zip(each) {
            self.choice(doc, choice, at, out);
        }
        if let Some(usage) = usage::of_answer(doc, root) {
            out.push(ChatEvent::Usage(usage));
        }
    }

    fn choice(&mut self, doc: Doc<'_>, node: NodeId, at: u32, out: &mut Vec<ChatEvent>) {
        let number = tool_index(doc, node).unwrap_or(at);
        let running = self.choices.entry(number).or_default();
        let mut to = Sink {
            choice: number,
            running,
            out,
        };
        if let Some(delta) = doc.get(node, "delta") {
            to.delta(doc, delta);
        }
        let word = text(doc, node, "finish_reason").filter(|word| !word.is_empty());
        if let Some(word) = word
            && !to.running.finished
        {
            to.close();
            to.running.finished = true;
            out.push(ChatEvent::Finish {
                choice: number,
                finish: finish_of(&word),
            });
        }
    }
}

fn text(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
}

/// Where the deltas of one choice go.
struct Sink<'a> {
    choice: u32,
    running: &'a mut Running,
    out: &'a mut Vec<ChatEvent>,
}

impl Sink<'_> {
    fn delta(&mut self, doc: Doc<'_>, delta: NodeId) {
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
            for call in doc.children(calls) {
                self.tool(doc, call);
            }
        }
        if let Some(call) = doc.get(delta, "function_call") {
            self.function(doc, call, 0, String::new());
        }
        for kind in ASIDE {
            if let Some(node) = doc.get(delta, kind)
                && !doc.is_empty(node)
                && self.running.aside.insert(kind)
            {
                // The first is enough: no other dialect can say it, and each will report it.
                let part = self.running.next_part;
                self.running.next_part += 1;
                let value = Json::of(doc, node);
                let kind = kind.to_owned();
                self.push(part, Delta::Opaque { kind, value });
            }
        }
    }

    /// A seal, as OpenRouter and our own encoder pass it on; the text came before.
    fn seals(&mut self, doc: Doc<'_>, details: NodeId) {
        for detail in doc.children(details) {
            let format = text(doc, detail, "format").unwrap_or_default();
            let seal = text(doc, detail, "signature").filter(|seal| !seal.is_empty());
            if let Some(seal) = seal.filter(|_| is_known_seal(&format)) {
                let thinking = matches!(self.running.open, Some((_, Kinds::Thinking)));
                if !thinking {
                    let alone = text(doc, detail, "text").filter(|text| !text.is_empty());
                    self.say(Kinds::Thinking, alone, Delta::Thinking);
                }
                let seal = canonical_seal(&format, seal);
                self.say(Kinds::Thinking, Some(seal), Delta::Signature);
            }
        }
    }

    /// Mistral's lists of content, with thinking as a list inside.
    fn list(&mut self, doc: Doc<'_>, list: NodeId) {
        for part in doc.children(list) {
            if let Some(thoughts) = doc.get(part, "thinking") {
                for thought in doc.children(thoughts) {
                    self.say(Kinds::Thinking, text(doc, thought, "text"), Delta::Thinking);
                }
            }
            self.say(Kinds::Text, text(doc, part, "text"), Delta::Text);
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

    fn push(&mut self, part: u32, delta: Delta) {
        self.out.push(ChatEvent::Delta {
            choice: self.choice,
            part,
            delta,
        });
    }

    /// Opens the next part. A tool call stays open: its arguments may come between others'.
    fn open(&mut self, kind: Kinds) -> u32 {
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

    fn close(&mut self) {
        let mut parts: Vec<u32> = self.running.tools.values().map(|(part, _)| *part).collect();
        if let Some((part, kind)) = self.running.open.take()
            && kind != Kinds::Tool
        {
            parts.push(part);
        }
        parts.sort_unstable();
        for part in parts {
            self.end_part(part);
        }
    }

    fn tool(&mut self, doc: Doc<'_>, call: NodeId) {
        let id = text(doc, call, "id").unwrap_or_default();
        // Without an index, a new id is a new call and no id goes on with the last one.
        let index = tool_index(doc, call).unwrap_or_else(|| {
            let last = self.running.tools.iter().next_back();
            match last {
                None => 0,
                Some((&last, (_, known))) if id.is_empty() || *known == id => last,
                Some((&last, _)) => last + 1,
            }
        });
        // Some providers give every call index 0 and tell them apart by id alone.
        let index = match self.running.tools.get(&index) {
            Some((_, known)) if !id.is_empty() && *known != id => {
                let by_id = self
                    .running
                    .tools
                    .iter()
                    .find(|(_, (_, known))| *known == id);
                by_id.map_or_else(
                    || {
                        self.running
                            .tools
                            .keys()
                            .next_back()
                            .map_or(0, |last| last + 1)
                    },
                    |(&at, _)| at,
                )
            }
            _ => index,
        };
        if let Some(function) = doc.get(call, "function") {
            self.function(doc, function, index, id);
        }
    }

    fn function(&mut self, doc: Doc<'_>, function: NodeId, index: u32, id: String) {
        let part = match self.running.tools.get(&index) {
            Some((part, _)) => *part,
            None => {
                let part = self.open(Kinds::Tool);
                self.running.tools.insert(index, (part, id.clone()));
                let name = text(doc, function, "name").unwrap_or_default();
                self.push(part, Delta::ToolStart { id, name });
                part
            }
        };
        let Some(node) = doc.get(function, "arguments") else {
            return;
        };
        let fragment = match doc.kind(node) {
            Kind::Null => return,
            Kind::String => doc.str(node).unwrap_or_default().into_owned(),
            _ => String::from_utf8_lossy(doc.raw(node)).into_owned(),
        };
        if !fragment.is_empty() {
            self.push(part, Delta::Arguments(fragment));
        }
    }
}
