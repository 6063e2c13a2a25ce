//! Watching a stream that passes verbatim.
//!
//! Every event is searched for a word or two in its bytes; only the last two are parsed.

use marshal_adapter_api::{
    AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt, text_bytes,
};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Kind, Limits};
use memchr::memmem::Finder;

use crate::usage;

/// The members of a delta that hold generated text.
const GENERATED: [&[u8]; 2] = [b"text", b"input"];

/// Watches one stream.
pub(crate) struct Tap {
    meta: AnswerMeta,
    metadata: bool,
    usage: Finder<'static>,
    stop: Finder<'static>,
    delta: Finder<'static>,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self {
            meta: AnswerMeta::default(),
            metadata: false,
            usage: Finder::new(b"\"usage\""),
            stop: Finder::new(b"\"stopReason\""),
            delta: Finder::new(b"\"delta\""),
        }
    }

    fn over(&self) -> bool {
        self.meta.finished && self.metadata
    }

    /// Whether the event's bytes hold the member, outside of any text.
    fn holds(finder: &Finder<'static>, event: &RawEvent) -> bool {
        finder.find(&event.raw).is_some()
    }

    fn read(&mut self, event: &RawEvent) {
        let data = event.data();
        let Ok(index) = Index::parse(&data, &Limits::default()) else {
            return;
        };
        let doc = index.doc(&data);
        let root = doc.root();
        if let Some(word) = doc.get(root, "stopReason").and_then(|node| doc.str(node)) {
            self.meta.finish_reasons = vec![word.into_owned()];
            self.meta.finished = true;
        }
        if let Some(usage) = usage::of_answer(doc) {
            self.meta.usage = Some(usage.tokens);
            self.metadata = true;
        }
    }
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        if self.over() {
            return; // whatever follows is no part of this answer
        }
        if Self::holds(&self.usage, event) || Self::holds(&self.stop, event) {
            self.read(event);
        }
        if let Some(at) = self.delta.find(&event.raw) {
            let delta = event.raw.get(at + 7..).unwrap_or_default();
            self.meta.output_chars += text_bytes(delta, &GENERATED);
        }
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    /// The stop reason and the metadata end an answer, in whichever order they come.
    fn is_terminal(&self, event: &RawEvent) -> bool {
        let named = |name: &str| event.name().is_some_and(|of| of == name);
        (self.meta.finished && Self::holds(&self.usage, event) && named("metadata"))
            || (self.metadata && Self::holds(&self.stop, event) && named("messageStop"))
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let Some(delta) = doc.get(doc.root(), "delta") else {
            return;
        };
        let part = part_of(doc);
        let inner = |name: &str, member: &str| doc.get(doc.get(delta, name)?, member);
        for (node, kind) in [
            (doc.get(delta, "text"), ChannelKind::Text),
            (inner("reasoningContent", "text"), ChannelKind::Thinking),
            (inner("toolUse", "input"), ChannelKind::Arguments),
        ] {
            if let Some(node) = node
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
        let root = doc.root();
        let has = |name: &str| doc.get(root, name).is_some();
        let block = part_of(doc);
        if has("contentBlockIndex") {
            match (has("start"), has("delta")) {
                (_, true) => Closes::Nothing,
                (false, false) => Closes::Channels(channels(block)),
                // Blocks come one after the other, and not every one says that it ends.
                (true, false) => block
                    .checked_sub(1)
                    .map_or(Closes::Nothing, |before| Closes::Channels(channels(before))),
            }
        } else if has("stopReason") || has("usage") || has("metrics") || has("message") {
            Closes::All
        } else {
            Closes::Nothing
        }
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let mut data = Vec::with_capacity(64 + text.len());
        {
            let mut root = Object::new(&mut data);
            root.u64("contentBlockIndex", u64::from(channel.part));
            let mut delta = root.object("delta");
            match channel.kind {
                ChannelKind::Text | ChannelKind::Refusal | ChannelKind::Other => {
                    delta.str("text", text)
                }
                ChannelKind::Thinking | ChannelKind::Reasoning => {
                    delta.object("reasoningContent").str("text", text);
                }
                ChannelKind::Arguments => delta.object("toolUse").str("input", text),
            }
        }
        Payload {
            name: Some("contentBlockDelta".to_owned()),
            data,
        }
    }
}

fn channels(part: u32) -> Vec<Channel> {
    [
        ChannelKind::Text,
        ChannelKind::Thinking,
        ChannelKind::Arguments,
    ]
    .map(|kind| Channel {
        choice: 0,
        part,
        kind,
    })
    .to_vec()
}

fn part_of(doc: Doc<'_>) -> u32 {
    doc.get(doc.root(), "contentBlockIndex")
        .and_then(|node| doc.u64(node))
        .and_then(|index| u32::try_from(index).ok())
        .unwrap_or(0)
}
