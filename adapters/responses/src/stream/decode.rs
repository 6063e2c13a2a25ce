//! A stream of response events, read.
//!
//! Providers leave events out: some send only the whole texts, some only the finished response. Each event
//! that holds a whole text adds what was not said before, so any of them is enough.

use std::collections::{BTreeMap, HashMap};

use marshal_adapter_api::{
    ChatEvent, Delta, Json, Malformed, Part, ProviderError, ProviderErrorKind, StreamDecoder, index,
};
use marshal_wire::frame::RawEvent;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{ANNOTATION, COMPACTION};
use crate::items::{BETWEEN_THOUGHTS, CUSTOM_CALL, input_object};
use crate::response::beside;
use crate::words::{finish_of, finish_word, is, number, text};
use crate::{error, seal, usage};

/// Reads events; what it must remember is how much of each item was said.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    over: bool,
    calls: bool,
    thinks: bool,
    next_part: u32,
    items: BTreeMap<u64, Item>,
}

/// One item, by its `output_index`.
#[derive(Default)]
struct Item {
    kind: String,
    /// What was said of each text.
    said: HashMap<Place, String>,
    /// The part of each run of texts, and which of them was said last.
    parts: HashMap<Run, (u32, Place)>,
    /// The part that was begun last.
    open: Option<u32>,
    done: bool,
}

/// Where in its item a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Summary(u64),
    Content(u64),
    Call,
}

/// Texts that are one part: those of a summary, of thoughts, or one alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Run {
    Summary,
    Thoughts,
    Alone(Place),
}

impl Run {
    const fn of(place: Place, delta: &Delta) -> Self {
        match (place, delta) {
            (Place::Summary(_), _) => Self::Summary,
            (Place::Content(_), Delta::Thinking(_)) => Self::Thoughts,
            _ => Self::Alone(place),
        }
    }
}

/// A piece of a text, or all of it.
enum Text {
    More(String),
    Whole(String),
}

impl StreamDecoder for Decoder {
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed> {
        let data = event.data();
        let data = data.trim_ascii();
        if self.over || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let index = index(data)?;
        let doc = index.doc(data);
        // Where the type is left out, the event's name says it.
        let kind =
            text(doc, doc.root(), "type").or_else(|| event.name().map(|name| name.into_owned()));
        self.read(doc, kind.as_deref().unwrap_or_default(), out);
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<ChatEvent>) {
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
    fn read(&mut self, doc: Doc<'_>, kind: &str, out: &mut Vec<ChatEvent>) {
        let root = doc.root();
        let at = number(doc, root, "output_index").unwrap_or(0);
        let content = || Place::Content(number(doc, root, "content_index").unwrap_or(0));
        let summary = || Place::Summary(number(doc, root, "summary_index").unwrap_or(0));
        let more = || text(doc, root, "delta").map(Text::More);
        let whole = |name: &str| text(doc, root, name).map(Text::Whole);
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.start(doc, doc.get(root, "response"), out);
            }
            "response.output_item.added" => {
                if let Some(item) = doc.get(root, "item") {
                    self.added(doc, item, at, out);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = doc.get(root, "item") {
                    self.done(doc, item, at, out);
                }
            }
            "response.output_text.delta" => self.say(at, content(), more(), Delta::Text, out),
            "response.output_text.done" => self.say(at, content(), whole("text"), Delta::Text, out),
            "response.refusal.delta" => self.say(at, content(), more(), Delta::Refusal, out),
            "response.refusal.done" => {
                self.say(at, content(), whole("refusal"), Delta::Refusal, out);
            }
            "response.reasoning_summary_text.delta" => {
                self.say(at, summary(), more(), Delta::Thinking, out);
            }
            "response.reasoning_summary_text.done" => {
                self.say(at, summary(), whole("text"), Delta::Thinking, out);
            }
            "response.reasoning_text.delta" => {
                self.say(at, content(), more(), Delta::Thinking, out);
            }
            "response.reasoning_text.done" => {
                self.say(at, content(), whole("text"), Delta::Thinking, out);
            }
            "response.function_call_arguments.delta" => self.arguments(at, more(), out),
            "response.function_call_arguments.done" => self.arguments(at, whole("arguments"), out),
            ANNOTATION => self.annotation(doc, at, content(), out),
            "response.completed" | "response.incomplete" | "response.cancelled" => {
                let response = doc.get(root, "response").unwrap_or(root);
                self.completed(doc, response, kind, out);
            }
            "response.failed" => {
                let response = doc.get(root, "response").unwrap_or(root);
                self.failed(doc, response, out);
            }
            "error" => self.fail(error::of_event(doc), out),
            _ => {}
        }
    }

    fn start(&mut self, doc: Doc<'_>, response: Option<NodeId>, out: &mut Vec<ChatEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            let said = |name| response.and_then(|node| text(doc, node, name));
            out.push(ChatEvent::Start {
                id: said("id"),
                model: said("model"),
                created: response.and_then(|node| number(doc, node, "created_at")),
            });
        }
    }

    fn push(&mut self, part: u32, delta: Delta, out: &mut Vec<ChatEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            out.push(ChatEvent::Start {
                id: None,
                model: None,
                created: None,
            });
        }
        self.thinks |= matches!(delta, Delta::Thinking(_));
        out.push(ChatEvent::Delta {
            choice: 0,
            part,
            delta,
        });
    }

    /// Begins the next part; the one that its item said last is over.
    fn begin(&mut self, at: u64, run: Option<(Run, Place)>, out: &mut Vec<ChatEvent>) -> u32 {
        let part = self.next_part;
        self.next_part += 1;
        let item = self.items.entry(at).or_default();
        if let Some(before) = item.open.replace(part) {
            out.push(ChatEvent::PartEnd {
                choice: 0,
                part: before,
            });
        }
        if let Some((run, place)) = run {
            item.parts.insert(run, (part, place));
        }
        part
    }

    fn say(
        &mut self,
        at: u64,
        place: Place,
        text: Option<Text>,
        delta: fn(String) -> Delta,
        out: &mut Vec<ChatEvent>,
    ) {
        let Some(text) = text else { return };
        let run = Run::of(place, &delta(String::new()));
        let item = self.items.entry(at).or_default();
        if item.done {
            return;
        }
        if item.kind.is_empty() {
            let thinks = matches!(run, Run::Summary | Run::Thoughts);
            item.kind = if thinks { "reasoning" } else { "message" }.to_owned();
        }
        let said = item.said.entry(place).or_default();
        let Some(text) = unsaid(text, said) else {
            return;
        };
        said.push_str(&text);
        let part = match item.parts.get_mut(&run) {
            Some((part, last)) => {
                let (part, another) = (*part, *last != place);
                *last = place;
                if another {
                    self.push(part, delta(BETWEEN_THOUGHTS.to_owned()), out);
                }
                part
            }
            None => self.begin(at, Some((run, place)), out),
        };
        self.push(part, delta(text), out);
    }

    /// Arguments of a call whose beginning was not seen wait for the whole item.
    fn arguments(&mut self, at: u64, text: Option<Text>, out: &mut Vec<ChatEvent>) {
        let Some(item) = self.items.get_mut(&at) else {
            return;
        };
        let known = item.parts.get(&Run::Alone(Place::Call));
        let (Some(&(part, _)), Some(text)) = (known, text) else {
            return;
        };
        if item.done || item.kind != "function_call" {
            return;
        }
        let said = item.said.entry(Place::Call).or_default();
        if let Some(text) = unsaid(text, said) {
            said.push_str(&text);
            self.push(part, Delta::Arguments(text), out);
        }
    }

    fn annotation(&mut self, doc: Doc<'_>, at: u64, place: Place, out: &mut Vec<ChatEvent>) {
        let item = self.items.get(&at).filter(|item| !item.done);
        let part = item
            .and_then(|item| item.parts.get(&Run::Alone(place)))
            .map(|(part, _)| *part);
        if let (Some(part), Some(node)) = (part, doc.get(doc.root(), "annotation")) {
            let delta = Delta::Opaque {
                kind: ANNOTATION.to_owned(),
                value: Json::of(doc, node),
            };
            self.push(part, delta, out);
        }
    }

    fn added(&mut self, doc: Doc<'_>, item: NodeId, at: u64, out: &mut Vec<ChatEvent>) {
        let kind = text(doc, item, "type").unwrap_or_default();
        let known = self.items.entry(at).or_default();
        if known.kind.is_empty() {
            known.kind.clone_from(&kind);
        }
        if matches!(kind.as_str(), "function_call" | CUSTOM_CALL) {
            self.call(doc, item, at, out);
        }
    }

    /// Begins a call that was not begun before.
    fn call(&mut self, doc: Doc<'_>, item: NodeId, at: u64, out: &mut Vec<ChatEvent>) {
        let call = (Run::Alone(Place::Call), Place::Call);
        let known = self
            .items
            .get(&at)
            .is_some_and(|item| item.done || item.parts.contains_key(&call.0));
        let Some(name) = text(doc, item, "name").filter(|_| !known) else {
            return;
        };
        self.calls = true;
        let id = text(doc, item, "call_id").unwrap_or_default();
        let part = self.begin(at, Some(call), out);
        self.push(part, Delta::ToolStart { id, name }, out);
    }

    /// Says what was not said of an item, and ends it.
    fn done(&mut self, doc: Doc<'_>, node: NodeId, at: u64, out: &mut Vec<ChatEvent>) {
        let kind = text(doc, node, "type").unwrap_or_default();
        let item = self.items.entry(at).or_default();
        if item.done {
            return;
        }
        item.kind.clone_from(&kind);
        match kind.as_str() {
            "message" => self.content(doc, node, at, out),
            "reasoning" => {
                let entries = doc.get(node, "summary").into_iter();
                for (number, entry) in (0..).zip(entries.flat_map(|list| doc.children(list))) {
                    let whole = text(doc, entry, "text").map(Text::Whole);
                    self.say(at, Place::Summary(number), whole, Delta::Thinking, out);
                }
                self.content(doc, node, at, out);
                self.sealed(doc, node, at, out);
            }
            "function_call" => {
                self.call(doc, node, at, out);
                let whole = doc.get(node, "arguments").map(|node| match doc.str(node) {
                    Some(text) => text.into_owned(),
                    None => String::from_utf8_lossy(doc.raw(node)).into_owned(),
                });
                self.arguments(at, whole.map(Text::Whole), out);
            }
            CUSTOM_CALL => {
                self.call(doc, node, at, out);
                let part = self.items.get(&at).and_then(|item| item.open);
                if let (Some(part), Some(input)) = (part, text(doc, node, "input")) {
                    self.push(part, Delta::Arguments(input_object(&input)), out);
                }
            }
            _ => {
                let part = self.begin(at, None, out);
                let kind = match kind.as_str() {
                    "compaction" => COMPACTION.to_owned(),
                    _ => kind,
                };
                let value = Json::of(doc, node);
                self.push(part, Delta::Opaque { kind, value }, out);
            }
        }
        if let Some(item) = self.items.get_mut(&at) {
            item.done = true;
            if let Some(part) = item.open.take() {
                out.push(ChatEvent::PartEnd { choice: 0, part });
            }
        }
    }

    fn content(&mut self, doc: Doc<'_>, item: NodeId, at: u64, out: &mut Vec<ChatEvent>) {
        let parts = doc.get(item, "content").into_iter();
        for (number, part) in (0..).zip(parts.flat_map(|list| doc.children(list))) {
            let place = Place::Content(number);
            let whole = |name| text(doc, part, name).map(Text::Whole);
            if is(doc, part, "type", "refusal") {
                self.say(at, place, whole("refusal"), Delta::Refusal, out);
            } else if is(doc, part, "type", "reasoning_text") {
                self.say(at, place, whole("text"), Delta::Thinking, out);
            } else {
                self.say(at, place, whole("text"), Delta::Text, out);
            }
        }
    }

    /// The seal stands on the last of an item's thoughts.
    fn sealed(&mut self, doc: Doc<'_>, item: NodeId, at: u64, out: &mut Vec<ChatEvent>) {
        let encrypted = text(doc, item, "encrypted_content").filter(|text| !text.is_empty());
        let Some(encrypted) = encrypted else { return };
        let part = match self.items.get(&at).and_then(|item| item.open) {
            Some(part) => part,
            None => self.begin(at, None, out),
        };
        self.push(part, Delta::Signature(seal::of_answer(&encrypted)), out);
    }

    fn completed(&mut self, doc: Doc<'_>, response: NodeId, kind: &str, out: &mut Vec<ChatEvent>) {
        self.start(doc, Some(response), out);
        if let Some(Part::Thinking { text, .. }) = beside(doc, response)
            && !self.thinks
        {
            let part = self.next_part;
            self.next_part += 1;
            self.push(part, Delta::Thinking(text), out);
            out.push(ChatEvent::PartEnd { choice: 0, part });
        }
        self.rest(doc, response, out);
        for item in self.items.values_mut() {
            if let Some(part) = item.open.take() {
                out.push(ChatEvent::PartEnd { choice: 0, part });
            }
        }
        if let Some(usage) = usage::of_answer(doc, response) {
            out.push(ChatEvent::Usage(usage));
        }
        let word = finish_word(doc, response)
            .unwrap_or_else(|| kind.trim_start_matches("response.").to_owned());
        out.push(ChatEvent::Finish {
            choice: 0,
            finish: finish_of(word, self.calls),
        });
        out.push(ChatEvent::End);
        self.over = true;
    }

    /// Says what no event said. Items are told apart by kind and order, for ids and numbers may differ.
    fn rest(&mut self, doc: Doc<'_>, response: NodeId, out: &mut Vec<ChatEvent>) {
        let mut seen: HashMap<String, Vec<u64>> = HashMap::new();
        for (&at, item) in self.items.iter().rev() {
            seen.entry(item.kind.clone()).or_default().push(at);
        }
        let items = doc.get(response, "output").into_iter();
        for item in items.flat_map(|list| doc.children(list)) {
            if doc.kind(item) != Kind::Object {
                continue;
            }
            let kind = text(doc, item, "type").unwrap_or_default();
            let at = seen.get_mut(&kind).and_then(Vec::pop);
            let at = at.unwrap_or_else(|| self.items.keys().next_back().map_or(0, |last| last + 1));
            self.done(doc, item, at, out);
        }
    }

    fn failed(&mut self, doc: Doc<'_>, response: NodeId, out: &mut Vec<ChatEvent>) {
        if let Some(usage) = usage::of_answer(doc, response) {
            self.start(doc, Some(response), out);
            out.push(ChatEvent::Usage(usage));
        }
        self.fail(error::of_failed(doc, response), out);
    }

    fn fail(&mut self, error: ProviderError, out: &mut Vec<ChatEvent>) {
        self.over = true;
        out.push(ChatEvent::Error(error));
    }
}

/// What of a text was not said yet, where that is anything. A whole text that begins otherwise than what was said
/// adds nothing to it.
fn unsaid(text: Text, said: &str) -> Option<String> {
    let text = match text {
        Text::More(text) => text,
        Text::Whole(text) => text.strip_prefix(said)?.to_owned(),
    };
    (!text.is_empty()).then_some(text)
}
