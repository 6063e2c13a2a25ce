//! Watching a stream that passes verbatim.
//!
//! Most events are only looked at by name; the first, those that begin an item and the last are parsed.
//! A text comes several times: piece by piece, and whole in the events that end it and in the finished
//! response. The pieces run on one channel; each whole text has a channel that ends with its event.

mod family;

use std::collections::BTreeMap;

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt, text_bytes,
};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Limits};
use memchr::memmem::Finder;

use family::{CLOSED_TEXTS, FAMILIES, Family, MOST_TEXTS, WHOLE, channel, channel_of, is_event};

use crate::words::{number, text};
use crate::{response, texts};

/// Watches one stream.
pub(crate) struct Tap {
    meta: AnswerMeta,
    started: bool,
    sequence: u64,
    /// The id and type of each item.
    items: BTreeMap<u64, (String, String)>,
    number: Finder<'static>,
    name: Finder<'static>,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self {
            meta: AnswerMeta::default(),
            started: false,
            sequence: 0,
            items: BTreeMap::new(),
            number: Finder::new(b"\"sequence_number\":"),
            name: Finder::new(b"\nevent:"),
        }
    }

    /// The event's name as its frame says it: a look, no parsing.
    fn framed<'a>(&self, raw: &'a [u8]) -> Option<&'a [u8]> {
        let rest = match raw.strip_prefix(b"event:") {
            Some(rest) => rest,
            None => raw.get(self.name.find(raw)? + 7..)?,
        };
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        rest.get(..end).map(<[u8]>::trim_ascii)
    }

    fn is(&self, event: &RawEvent, of: impl Fn(&[u8]) -> bool) -> bool {
        match self.framed(&event.raw) {
            Some(name) => of(name),
            None => read(event, |doc| {
                text(doc, doc.root(), "type").is_some_and(|kind| of(kind.as_bytes()))
            })
            .unwrap_or(false),
        }
    }

    fn sequence_of(&self, raw: &[u8]) -> Option<u64> {
        let at = self.number.find(raw)? + self.number.needle().len();
        let rest = raw.get(at..)?.trim_ascii_start();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        Some(
            digits
                .take(18)
                .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')),
        )
    }

    fn parsed(&mut self, doc: Doc<'_>) {
        let root = doc.root();
        let kind = text(doc, root, "type").unwrap_or_default();
        let response = doc.get(root, "response");
        match kind.as_str() {
            "response.output_item.added" => {
                if let Some(item) = doc.get(root, "item") {
                    let at = number(doc, root, "output_index").unwrap_or(0);
                    let said = |name| text(doc, item, name).unwrap_or_default();
                    self.items.insert(at, (said("id"), said("type")));
                }
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => {
                let Some(response) = response else { return };
                let said = response::meta(doc, response);
                let words = if said.finish_reasons.is_empty() {
                    vec![kind.trim_start_matches("response.").to_owned()]
                } else {
                    said.finish_reasons
                };
                let meta = &mut self.meta;
                meta.finish_reasons = words;
                meta.finished = kind != "response.failed";
                meta.usage = said.usage.or(meta.usage);
                meta.units = said.units;
                meta.id = said.id.or(meta.id.take());
                meta.model = said.model.or(meta.model.take());
                if meta.output_chars == 0 {
                    meta.output_chars = said.output_chars;
                }
            }
            _ => {
                if let Some(response) = response.filter(|_| !self.started) {
                    self.started = true;
                    self.meta.id = text(doc, response, "id");
                    self.meta.model = text(doc, response, "model");
                }
            }
        }
    }

    /// Texts that come whole, where the event is one that holds any.
    fn whole_texts(doc: Doc<'_>, kind: &str, out: &mut Vec<TextAt>) {
        let root = doc.root();
        if let Some(item) = doc.get(root, "item") {
            texts::item(doc, item, WHOLE, out);
        } else if let Some(part) = doc.get(root, "part") {
            texts::part(doc, part, WHOLE, out);
        } else if let Some(answer) = doc.get(root, "response") {
            texts::answer(doc, answer, WHOLE, out);
        } else if let Some(of) = FAMILIES.iter().find(|of| is_event(kind, of, ".done"))
            && let Some(node) = doc.get(root, of.whole)
        {
            let channel = Channel {
                choice: 0,
                part: WHOLE,
                kind: of.kind,
            };
            texts::single(doc, node, channel, of.json_text, out);
        }
    }
}

fn read<T>(event: &RawEvent, look: impl FnOnce(Doc<'_>) -> T) -> Option<T> {
    let data = event.data();
    let data = data.trim_ascii();
    let index = Index::parse(data, &Limits::default()).ok()?;
    Some(look(index.doc(data)))
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        let raw = &event.raw[..];
        if let Some(sequence) = self.sequence_of(raw) {
            self.sequence = sequence;
        }
        let worth = match self.framed(raw) {
            Some(name) if name.ends_with(b".delta") => {
                self.meta.output_chars += text_bytes(raw, &[b"delta"]);
                false
            }
            Some(name) => {
                !self.started
                    || matches!(
                        name,
                        b"response.output_item.added"
                            | b"response.completed"
                            | b"response.incomplete"
                            | b"response.failed"
                            | b"response.cancelled"
                    )
            }
            None => {
                let delta = self.is(event, |name| name.ends_with(b".delta"));
                if delta {
                    self.meta.output_chars += text_bytes(raw, &[b"delta"]);
                }
                !delta
            }
        };
        if worth {
            read(event, |doc| self.parsed(doc));
        }
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    /// A failure is no ending that counts: what follows it passes, and the stream ends with its connection.
    fn is_terminal(&self, event: &RawEvent) -> bool {
        self.is(event, |name| {
            matches!(
                name,
                b"response.completed" | b"response.incomplete" | b"response.cancelled"
            )
        })
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let kind = text(doc, doc.root(), "type").unwrap_or_default();
        match FAMILIES.iter().find(|of| is_event(&kind, of, ".delta")) {
            Some(of) => {
                if let Some(node) = doc.get(doc.root(), "delta") {
                    texts::single(doc, node, channel_of(doc, of), of.json_text, out);
                }
            }
            None => Self::whole_texts(doc, &kind, out),
        }
    }

    fn closes(&self, _event: &RawEvent, doc: Doc<'_>) -> Closes {
        let root = doc.root();
        let kind = text(doc, root, "type").unwrap_or_default();
        let mut ended = Vec::new();
        match kind.as_str() {
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled"
            | "error" => return Closes::All,
            "response.output_item.done" => {
                let item = number(doc, root, "output_index").unwrap_or(0);
                for at in 0..CLOSED_TEXTS {
                    ended.extend(
                        [
                            ChannelKind::Text,
                            ChannelKind::Refusal,
                            ChannelKind::Thinking,
                            ChannelKind::Reasoning,
                            ChannelKind::Arguments,
                        ]
                        .map(|kind| channel(item, u64::from(at), kind)),
                    );
                }
            }
            "response.content_part.done" | "response.reasoning_summary_part.done" => {
                let summary = kind.contains("summary");
                let of = FAMILIES.iter().filter(|of| {
                    of.kind != ChannelKind::Arguments && (of.index == "summary_index") == summary
                });
                ended.extend(of.map(|of| channel_of(doc, of)));
            }
            kind => {
                let of = FAMILIES.iter().find(|of| is_event(kind, of, ".done"));
                ended.extend(of.map(|of| channel_of(doc, of)));
            }
        }
        if !kind.ends_with(".delta") {
            let mut whole = Vec::new();
            Self::whole_texts(doc, &kind, &mut whole);
            ended.extend(whole.iter().map(|text| text.channel));
        }
        if ended.is_empty() {
            Closes::Nothing
        } else {
            Closes::Channels(ended)
        }
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let item = u64::from(channel.part / MOST_TEXTS);
        let (id, kind) = match self.items.get(&item) {
            Some((id, kind)) => (id.as_str(), kind.as_str()),
            None => ("", "function_call"),
        };
        let fits =
            |of: &&Family| of.kind == channel.kind && (of.item.is_empty() || of.item == kind);
        let of = FAMILIES.iter().find(fits).unwrap_or(&FAMILIES[4]);
        let name = format!("{}.delta", of.name);
        let mut data = Vec::with_capacity(160 + text.len());
        {
            let mut root = Object::new(&mut data);
            root.str("type", &name);
            root.u64("sequence_number", self.sequence);
            root.str("item_id", id);
            root.u64("output_index", item);
            if !of.index.is_empty() {
                root.u64(of.index, u64::from(channel.part % MOST_TEXTS));
            }
            root.str("delta", text);
            if of.name == "response.output_text" {
                drop(root.array("logprobs"));
            }
        }
        Payload {
            name: Some(name),
            data,
        }
    }
}
