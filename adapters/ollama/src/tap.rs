//! Watching a stream that passes verbatim.
//!
//! Only the first line, those with calls and the last are parsed; all others are searched for a word or two.

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt, text_bytes,
};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Limits};
use memchr::memmem::Finder;

use crate::response::{self, call_index, channel, chars};
use crate::words::{is_true, text};

/// The members of a message that hold generated text.
const GENERATED: [&[u8]; 2] = [b"content", b"thinking"];

/// Watches one stream.
pub(crate) struct Tap {
    meta: AnswerMeta,
    created_at: String,
    started: bool,
    over: bool,
    done: Finder<'static>,
    calls: Finder<'static>,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self {
            meta: AnswerMeta::default(),
            created_at: String::new(),
            started: false,
            over: false,
            done: Finder::new(b"\"done\""),
            calls: Finder::new(b"\"tool_calls\""),
        }
    }

    fn read(&mut self, data: &[u8]) {
        let Ok(index) = Index::parse(data, &Limits::default()) else {
            return;
        };
        let doc = index.doc(data);
        let root = doc.root();
        if !self.started {
            self.meta.model = text(doc, root, "model");
            self.created_at = text(doc, root, "created_at").unwrap_or_default();
            self.started = self.meta.model.is_some();
        }
        let mut found = Vec::new();
        response::texts(doc, &mut found);
        self.meta.output_chars += chars(doc, &found);
        if is_true(doc, root, "done") {
            self.over = true;
            self.meta.finished = true;
            self.meta.finish_reasons = text(doc, root, "done_reason").into_iter().collect();
            self.meta.usage = response::usage(doc);
        }
    }

    /// True where `"done": true` stands somewhere in the line.
    fn may_be_last(&self, raw: &[u8]) -> bool {
        self.done.find_iter(raw).any(|at| {
            raw.get(at + 6..)
                .and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"))
                .is_some_and(|value| value.trim_ascii_start().starts_with(b"true"))
        })
    }
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        if self.over {
            return; // whatever follows is no part of this answer
        }
        let raw = &event.raw[..];
        if !self.started || self.may_be_last(raw) || self.calls.find(raw).is_some() {
            self.read(event.data().trim_ascii());
        } else {
            self.meta.output_chars += text_bytes(raw, &GENERATED);
        }
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, event: &RawEvent) -> bool {
        if event.raw.trim_ascii_start().starts_with(b"{\"error\"") {
            return true; // nothing follows a failure, and it leaves the answer unfinished
        }
        self.may_be_last(&event.raw) && {
            let data = event.data();
            let data = data.trim_ascii();
            Index::parse(data, &Limits::default()).is_ok_and(|index| {
                let doc = index.doc(data);
                is_true(doc, doc.root(), "done")
            })
        }
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        response::texts(doc, out);
    }

    fn closes(&self, _event: &RawEvent, doc: Doc<'_>) -> Closes {
        let root = doc.root();
        if is_true(doc, root, "done") || doc.get(root, "error").is_some() {
            return Closes::All;
        }
        let Some(message) = doc.get(root, "message") else {
            return Closes::Nothing;
        };
        // The answer ends the thinking before it, a call both, and a call is whole.
        let mut ended = Vec::new();
        let calls = doc
            .get(message, "tool_calls")
            .filter(|&calls| !doc.is_empty(calls));
        if let Some(calls) = calls {
            ended.push(channel(0, ChannelKind::Thinking));
            ended.push(channel(0, ChannelKind::Text));
            for (at, call) in (0..).zip(doc.children(calls)) {
                let part = call_index(doc, call).unwrap_or(at);
                ended.push(channel(part, ChannelKind::Arguments));
            }
        } else if text(doc, message, "content").is_some_and(|text| !text.is_empty()) {
            ended.push(channel(0, ChannelKind::Thinking));
        }
        if ended.is_empty() {
            Closes::Nothing
        } else {
            Closes::Channels(ended)
        }
    }

    /// Arguments come whole, so nothing of them is ever left over to be said by an event of its own.
    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let mut body = Vec::with_capacity(128 + text.len());
        {
            let mut root = Object::new(&mut body);
            root.str("model", self.meta.model.as_deref().unwrap_or_default());
            root.str("created_at", &self.created_at);
            {
                let mut message = root.object("message");
                message.str("role", "assistant");
                let content = match channel.kind {
                    ChannelKind::Text | ChannelKind::Refusal | ChannelKind::Other => text,
                    _ => "",
                };
                message.str("content", content);
                if matches!(channel.kind, ChannelKind::Thinking | ChannelKind::Reasoning) {
                    message.str("thinking", text);
                }
            }
            root.bool("done", false);
        }
        Payload {
            name: None,
            data: body,
        }
    }
}
