//! Watching a stream that passes verbatim.
//!
//! Most events are only searched for a few words; only the first, those with usage and those that
//! finish a choice are parsed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt, text_bytes,
};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Limits, NodeId};
use memchr::memmem::Finder;

use crate::response::{said, tool_index};
use crate::usage;

/// The members of a delta that hold generated text.
const GENERATED: [&[u8]; 6] = [
    b"content",
    b"reasoning_content",
    b"reasoning",
    b"refusal",
    b"arguments",
    b"text",
];

/// Watches one stream.
pub(crate) struct Tap {
    meta: AnswerMeta,
    created: u64,
    started: bool,
    usage: Finder<'static>,
    timings: Finder<'static>,
    finish: Finder<'static>,
    delta: Finder<'static>,
    /// Members that the dialect does not know, by their channels' parts: what is held of them goes out under their names.
    others: Mutex<BTreeMap<u32, String>>,
}

/// As many unknown members of a stream are looked at; a stream with more is no conversation.
const MOST_OTHERS: usize = 64;

impl Tap {
    pub(crate) fn new() -> Self {
        Self {
            meta: AnswerMeta::default(),
            created: 0,
            started: false,
            usage: Finder::new(b"\"usage\""),
            timings: Finder::new(b"\"timings\""),
            finish: Finder::new(b"\"finish_reason\""),
            delta: Finder::new(b"\"delta\""),
            others: Mutex::default(),
        }
    }

    fn others(&self) -> MutexGuard<'_, BTreeMap<u32, String>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the name of a member that the dialect does not know. False where there are too many.
    fn remembers(&self, doc: Doc<'_>, text: &TextAt) -> bool {
        if text.channel.kind != ChannelKind::Other {
            return true;
        }
        let mut others = self.others();
        if others.contains_key(&text.channel.part) {
            return true;
        }
        match doc.key(text.node).filter(|_| others.len() < MOST_OTHERS) {
            Some(name) => others
                .insert(text.channel.part, name.into_owned())
                .is_none(),
            None => false,
        }
    }

    fn read(&mut self, data: &[u8]) {
        let Ok(index) = Index::parse(data, &Limits::default()) else {
            return;
        };
        let doc = index.doc(data);
        let root = doc.root();
        let text = |node: NodeId, name: &str| {
            doc.get(node, name)
                .and_then(|node| doc.str(node))
                .filter(|text| !text.is_empty())
                .map(std::borrow::Cow::into_owned)
        };
        if !self.started {
            self.meta.id = text(root, "id");
            self.meta.model = text(root, "model");
            self.created = doc
                .get(root, "created")
                .and_then(|node| doc.u64(node))
                .unwrap_or(0);
            self.started = self.meta.model.is_some();
        }
        if let Some(usage) = usage::of_answer(doc, root) {
            self.meta.usage = Some(usage.tokens);
        }
        if let Some(choices) = doc.get(root, "choices") {
            for choice in doc.children(choices) {
                if let Some(word) = text(choice, "finish_reason") {
                    self.meta.finish_reasons.push(word);
                    self.meta.finished = true;
                }
            }
        }
    }
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        let raw = &event.raw[..];
        let worth = !self.started
            || has_value(raw, &self.usage)
            || has_value(raw, &self.finish)
            || has_value(raw, &self.timings);
        if worth {
            let data = event.data();
            let data = data.trim_ascii();
            if data.first() == Some(&b'{') {
                self.read(data);
            }
        }
        if let Some(at) = self.delta.find(raw) {
            self.meta.output_chars += text_bytes(raw.get(at + 7..).unwrap_or_default(), &GENERATED);
        }
        self.meta.finished |= self.is_terminal(event);
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, event: &RawEvent) -> bool {
        event.raw.len() < 64 && event.data().trim_ascii() == b"[DONE]"
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let Some(choices) = doc.get(doc.root(), "choices") else {
            return;
        };
        for (at, choice) in (0..).zip(doc.children(choices)) {
            if let Some(delta) = doc.get(choice, "delta") {
                said(doc, delta, tool_index(doc, choice).unwrap_or(at), out);
            }
        }
        out.retain(|text| self.remembers(doc, text));
    }

    fn closes(&self, event: &RawEvent, doc: Doc<'_>) -> Closes {
        if self.is_terminal(event) || doc.get(doc.root(), "error").is_some() {
            return Closes::All;
        }
        let Some(choices) = doc.get(doc.root(), "choices") else {
            return Closes::Nothing;
        };
        let mut ended = Vec::new();
        for (at, choice) in (0..).zip(doc.children(choices)) {
            let number = tool_index(doc, choice).unwrap_or(at);
            if closed(doc, choice, number, &mut ended) {
                ended.extend(self.others().keys().map(|part| Channel {
                    choice: number,
                    part: *part,
                    kind: ChannelKind::Other,
                }));
            }
        }
        if ended.is_empty() {
            Closes::Nothing
        } else {
            Closes::Channels(ended)
        }
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let mut body = Vec::with_capacity(192 + text.len());
        {
            let mut root = Object::new(&mut body);
            root.str("id", self.meta.id.as_deref().unwrap_or_default());
            root.str("object", "chat.completion.chunk");
            root.u64("created", self.created);
            root.str("model", self.meta.model.as_deref().unwrap_or_default());
            let mut choices = root.array("choices");
            let mut choice = choices.object();
            choice.u64("index", u64::from(channel.choice));
            let other = self.others().get(&channel.part).cloned();
            write_delta(channel, text, other.as_deref(), &mut choice.object("delta"));
            choice.null("finish_reason");
        }
        Payload {
            name: None,
            data: body,
        }
    }
}

fn write_delta(channel: &Channel, text: &str, other: Option<&str>, delta: &mut Object<'_>) {
    match channel.kind {
        ChannelKind::Text => delta.str("content", text),
        ChannelKind::Refusal => delta.str("refusal", text),
        ChannelKind::Thinking => delta.str("reasoning_content", text),
        ChannelKind::Reasoning => delta.str("reasoning", text),
        ChannelKind::Other => delta.str(other.unwrap_or("content"), text),
        ChannelKind::Arguments => {
            let mut calls = delta.array("tool_calls");
            let mut call = calls.object();
            call.u64("index", u64::from(channel.part));
            call.object("function").str("arguments", text);
        }
    }
}

/// Most channels that a choice can have at once: more tool calls than any provider makes.
const MOST_TOOLS: u32 = 128;

/// What a chunk ends of one choice: everything at its finish; before a tool call, all that came before it.
/// Says whether it is the choice's finish.
fn closed(doc: Doc<'_>, choice: NodeId, number: u32, ended: &mut Vec<Channel>) -> bool {
    let channel = |part, kind| Channel {
        choice: number,
        part,
        kind,
    };
    let delta = doc.get(choice, "delta");
    let calls = delta.and_then(|delta| doc.get(delta, "tool_calls"));
    // A name comes once, with the call's beginning; a call without an index comes whole.
    let begins = calls
        .into_iter()
        .flat_map(|calls| (1..).zip(doc.children(calls)))
        .filter_map(|(behind, call)| {
            let name = doc.get(doc.get(call, "function")?, "name")?;
            doc.str(name).filter(|name| !name.is_empty())?;
            Some(tool_index(doc, call).unwrap_or(behind))
        })
        .max();
    let finished = doc
        .get(choice, "finish_reason")
        .and_then(|node| doc.str(node))
        .is_some_and(|word| !word.is_empty());
    let tools = if finished {
        MOST_TOOLS
    } else if let Some(index) = begins {
        index.min(MOST_TOOLS)
    } else {
        // The answer itself ends the thinking before it.
        let answers = delta
            .and_then(|delta| doc.get(delta, "content"))
            .and_then(|content| doc.str(content))
            .is_some_and(|text| !text.is_empty());
        if answers {
            ended.push(channel(0, ChannelKind::Thinking));
            ended.push(channel(0, ChannelKind::Reasoning));
        }
        return false;
    };
    for kind in [
        ChannelKind::Thinking,
        ChannelKind::Reasoning,
        ChannelKind::Text,
        ChannelKind::Refusal,
    ] {
        ended.push(channel(0, kind));
    }
    ended.extend((0..tools).map(|part| channel(part, ChannelKind::Arguments)));
    finished
}

/// True where the word stands as a member's name whose value is not `null`.
fn has_value(raw: &[u8], word: &Finder<'_>) -> bool {
    let mut from = 0;
    while let Some(at) = raw.get(from..).and_then(|rest| word.find(rest)) {
        let end = from + at + word.needle().len();
        let rest = raw.get(end..).unwrap_or_default().trim_ascii_start();
        if let Some(value) = rest.strip_prefix(b":")
            && !value.trim_ascii_start().starts_with(b"null")
        {
            return true;
        }
        from = end;
    }
    false
}
