//! Watching a stream that passes verbatim.
//!
//! Only the first event and the last are parsed; all others are searched for a word or two.

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt, text_bytes,
};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Limits};
use memchr::memmem::Finder;

use crate::response::{call_text, content_texts, push};
use crate::stream::{call_of, delta_message, index_of};
use crate::usage;
use crate::words::text;

/// The members of a delta that hold generated text.
const GENERATED: [&[u8]; 4] = [b"text", b"thinking", b"tool_plan", b"arguments"];

/// Watches one stream.
pub(crate) struct Tap {
    meta: AnswerMeta,
    started: bool,
    over: bool,
    last: Finder<'static>,
    citation: Finder<'static>,
    delta: Finder<'static>,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self {
            meta: AnswerMeta::default(),
            started: false,
            over: false,
            last: Finder::new(b"message-end"),
            citation: Finder::new(b"citation-start"),
            delta: Finder::new(b"\"delta\""),
        }
    }

    fn read(&mut self, data: &[u8]) {
        let Ok(index) = Index::parse(data, &Limits::default()) else {
            return;
        };
        let doc = index.doc(data);
        let root = doc.root();
        match text(doc, root, "type").as_deref() {
            Some("message-start") => {
                self.meta.id = text(doc, root, "id");
                self.started = true;
            }
            Some("message-end") => {
                self.over = true;
                self.meta.finished = true;
                if let Some(delta) = doc.get(root, "delta") {
                    self.meta.finish_reasons =
                        text(doc, delta, "finish_reason").into_iter().collect();
                    // Two of the words by which an answer ends say that it failed.
                    self.meta.finished = !self
                        .meta
                        .finish_reasons
                        .iter()
                        .any(|word| matches!(word.as_str(), "ERROR" | "TIMEOUT"));
                    self.meta.usage = usage::of_answer(doc, delta).map(|usage| usage.tokens);
                    self.meta.units = usage::units(doc, delta);
                }
            }
            _ => {}
        }
    }
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        if self.over {
            return; // whatever follows is no part of this answer
        }
        let raw = &event.raw[..];
        if !self.started || self.last.find(raw).is_some() {
            self.read(event.data().trim_ascii());
        }
        // A citation repeats text that was generated before.
        if self.citation.find(raw).is_none()
            && let Some(at) = self.delta.find(raw)
        {
            let delta = raw.get(at + 7..).unwrap_or_default();
            self.meta.output_chars += text_bytes(delta, &GENERATED);
        }
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, event: &RawEvent) -> bool {
        // The marker's event is short; the word inside of a long one is somebody's text.
        event.raw.len() < 4_096 && self.last.find(&event.raw).is_some() && {
            let data = event.data();
            let data = data.trim_ascii();
            Index::parse(data, &Limits::default()).is_ok_and(|index| {
                let doc = index.doc(data);
                text(doc, doc.root(), "type").as_deref() == Some("message-end")
            })
        }
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let Some(message) = delta_message(doc) else {
            return;
        };
        let part = index_of(doc);
        if let Some(plan) = doc.get(message, "tool_plan") {
            push(doc, plan, 0, ChannelKind::Reasoning, out);
        }
        if let Some(content) = doc.get(message, "content") {
            content_texts(doc, content, part, out);
        }
        if let Some(call) = call_of(doc, message) {
            call_text(doc, call, part, out);
        }
    }

    fn closes(&self, _event: &RawEvent, doc: Doc<'_>) -> Closes {
        let kind = doc
            .get(doc.root(), "type")
            .and_then(|node| doc.str(node))
            .unwrap_or_default();
        let channel = |part, kind| Channel {
            choice: 0,
            part,
            kind,
        };
        match kind.as_ref() {
            "content-end" => Closes::Channels(vec![
                channel(index_of(doc), ChannelKind::Thinking),
                channel(index_of(doc), ChannelKind::Text),
            ]),
            "tool-call-end" => {
                Closes::Channels(vec![channel(index_of(doc), ChannelKind::Arguments)])
            }
            // What comes after the plan ends it.
            "content-start" | "tool-call-start" => {
                Closes::Channels(vec![channel(0, ChannelKind::Reasoning)])
            }
            "message-end" | "error" => Closes::All,
            "" => Closes::All, // only an error has no type
            _ => Closes::Nothing,
        }
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let kind = match channel.kind {
            ChannelKind::Text
            | ChannelKind::Refusal
            | ChannelKind::Other
            | ChannelKind::Thinking => "content-delta",
            ChannelKind::Reasoning => "tool-plan-delta",
            ChannelKind::Arguments => "tool-call-delta",
        };
        let mut body = Vec::with_capacity(128 + text.len());
        {
            let mut root = Object::new(&mut body);
            root.str("type", kind);
            if channel.kind != ChannelKind::Reasoning {
                root.u64("index", u64::from(channel.part));
            }
            let mut delta = root.object("delta");
            let mut message = delta.object("message");
            match channel.kind {
                ChannelKind::Text | ChannelKind::Refusal | ChannelKind::Other => {
                    message.object("content").str("text", text);
                }
                ChannelKind::Thinking => message.object("content").str("thinking", text),
                ChannelKind::Reasoning => message.str("tool_plan", text),
                ChannelKind::Arguments => {
                    let mut call = message.object("tool_calls");
                    call.object("function").str("arguments", text);
                }
            }
        }
        Payload {
            name: Some(kind.to_owned()),
            data: body,
        }
    }
}
