//! Watching a stream that passes verbatim.
//!
//! Only the events that begin and end a message hold usage; all others are searched for a word or two.

use std::borrow::Cow;

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt, text_bytes,
};
use marshal_wire::frame::{Framing, Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};
use memchr::memmem::Finder;

use crate::response::block_texts;
use crate::usage::Counters;

/// The members of a delta that hold generated text.
const GENERATED: [&[u8]; 3] = [b"text", b"thinking", b"partial_json"];

/// Watches one stream.
pub(crate) struct Tap {
    meta: AnswerMeta,
    counters: Counters,
    usage: Finder<'static>,
    delta: Finder<'static>,
    stop: Finder<'static>,
    over: bool,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self {
            meta: AnswerMeta::default(),
            counters: Counters::default(),
            usage: Finder::new(b"\"usage\""),
            delta: Finder::new(b"\"delta\""),
            stop: Finder::new(b"message_stop"),
            over: false,
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
                .map(std::borrow::Cow::into_owned)
        };
        let message = doc.get(root, "message");
        if let Some(message) = message {
            self.meta.id = text(message, "id");
            self.meta.model = text(message, "model");
        }
        if let Some(usage) = doc.get(message.unwrap_or(root), "usage") {
            self.counters.read(doc, usage);
            self.meta.usage = self.counters.usage();
        }
        if let Some(delta) = doc.get(root, "delta")
            && let Some(word) = text(delta, "stop_reason")
        {
            self.meta.finish_reasons = vec![word];
            self.meta.finished = true;
        }
    }
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        if self.over {
            return; // whatever follows is no part of this answer
        }
        let raw = visible(event);
        let raw = &raw[..];
        if self.usage.find(raw).is_some() {
            self.read(event.data().trim_ascii());
        } else if let Some(at) = self.delta.find(raw) {
            let delta = raw.get(at + 7..).unwrap_or_default();
            self.meta.output_chars += text_bytes(delta, &GENERATED);
        } else if self.is_terminal(event) {
            self.meta.finished = true;
            self.over = true;
        }
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, event: &RawEvent) -> bool {
        // The marker's event is short; the word inside of a long one is somebody's text.
        let raw = visible(event);
        raw.len() < 512
            && self.stop.find(&raw).is_some()
            && is_of_type(&event.data(), "message_stop")
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let root = doc.root();
        let part = part_of(doc);
        if let Some(block) = doc.get(root, "content_block") {
            block_texts(doc, block, part, out);
        }
        let Some(delta) = doc.get(root, "delta") else {
            return;
        };
        for (name, kind) in [
            ("text", ChannelKind::Text),
            ("thinking", ChannelKind::Thinking),
            ("partial_json", ChannelKind::Arguments),
        ] {
            if let Some(node) = doc.get(delta, name)
                && doc.kind(node) == Kind::String
            {
                out.push(TextAt {
                    channel: Channel {
                        choice: 0,
                        part,
                        kind,
                    },
                    node,
                    json_text: kind == ChannelKind::Arguments,
                });
            }
        }
    }

    fn closes(&self, _event: &RawEvent, doc: Doc<'_>) -> Closes {
        let kind = doc
            .get(doc.root(), "type")
            .and_then(|node| doc.str(node))
            .unwrap_or_default();
        match kind.as_ref() {
            "content_block_stop" => {
                let part = part_of(doc);
                let kinds = [
                    ChannelKind::Text,
                    ChannelKind::Thinking,
                    ChannelKind::Arguments,
                ];
                Closes::Channels(
                    kinds
                        .map(|kind| Channel {
                            choice: 0,
                            part,
                            kind,
                        })
                        .to_vec(),
                )
            }
            "message_delta" | "message_stop" | "error" => Closes::All,
            _ => Closes::Nothing,
        }
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let (kind, name) = match channel.kind {
            ChannelKind::Text | ChannelKind::Refusal | ChannelKind::Other => ("text_delta", "text"),
            ChannelKind::Thinking | ChannelKind::Reasoning => ("thinking_delta", "thinking"),
            ChannelKind::Arguments => ("input_json_delta", "partial_json"),
        };
        let mut body = Vec::with_capacity(96 + text.len());
        {
            let mut root = Object::new(&mut body);
            root.str("type", "content_block_delta");
            root.u64("index", u64::from(channel.part));
            let mut delta = root.object("delta");
            delta.str("type", kind);
            delta.str(name, text);
        }
        Payload {
            name: Some("content_block_delta".to_owned()),
            data: body,
        }
    }
}

/// The bytes in which words can be found: Amazon wraps its chunks.
fn visible(event: &RawEvent) -> Cow<'_, [u8]> {
    match event.framing {
        Framing::Chunks => event.data(),
        _ => Cow::Borrowed(&event.raw),
    }
}

fn part_of(doc: Doc<'_>) -> u32 {
    doc.get(doc.root(), "index")
        .and_then(|node| doc.u64(node))
        .and_then(|index| u32::try_from(index).ok())
        .unwrap_or(0)
}

fn is_of_type(data: &[u8], wanted: &str) -> bool {
    let data = data.trim_ascii();
    Index::parse(data, &Limits::default()).is_ok_and(|index| {
        let doc = index.doc(data);
        doc.get(doc.root(), "type")
            .and_then(|node| doc.str(node))
            .is_some_and(|kind| kind == wanted)
    })
}
