//! Where a provider's words stand in a session's events.

use std::cell::Cell;

use marshal_adapter_api::{AnswerMeta, Channel, ChannelKind, Closes, StreamTap, TextAt};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, write_str};

/// Running texts that are followed at a time: more are no conversation.
const MOST_RUNNING: usize = 256;

/// A running text: one part of one item.
#[derive(Debug)]
struct Running {
    channel: Channel,
    /// What of the part: `response.output_text`.
    family: String,
    item: String,
    response: Option<String>,
    part: Option<u64>,
    /// Its newest event, after which what was held back is told.
    last: Vec<u8>,
}

/// Follows the running texts of a session. Several answers may be made at a time.
#[derive(Debug, Default)]
pub(super) struct Tap {
    running: Vec<Running>,
    made: u32,
    meta: AnswerMeta,
    /// How many events were made here: each has a name of its own.
    told: Cell<u32>,
}

impl Tap {
    /// Takes note of an event before it is restored.
    pub(super) fn follow(&mut self, kind: &str, doc: Doc<'_>, raw: &[u8]) {
        let Some(family) = running_family(kind) else {
            return;
        };
        let (item, part) = (text(doc, "item_id"), part(doc));
        let found = self.running.iter().position(|running| {
            running.family == family && running.item == item && running.part == part
        });
        if let Some(at) = found {
            self.running[at].last = raw.to_vec();
            return;
        }
        self.made = self.made.wrapping_add(1);
        if self.running.len() >= MOST_RUNNING {
            self.running.remove(0);
        }
        let kind = if family.ends_with("arguments") {
            ChannelKind::Arguments
        } else {
            ChannelKind::Text
        };
        self.running.push(Running {
            channel: Channel {
                choice: self.made,
                part: 0,
                kind,
            },
            family: family.to_owned(),
            item,
            response: optional(doc, "response_id"),
            part,
            last: raw.to_vec(),
        });
    }

    /// Forgets the running texts that an event has ended.
    pub(super) fn forget(&mut self, kind: &str, doc: Doc<'_>) {
        if running_family(kind).is_none() {
            self.running
                .retain(|running| !running.is_ended_by(kind, doc));
        }
    }

    fn of(&self, kind: &str, doc: Doc<'_>) -> Option<&Running> {
        let family = running_family(kind)?;
        let (item, part) = (text(doc, "item_id"), part(doc));
        self.running.iter().find(|running| {
            running.family == family && running.item == item && running.part == part
        })
    }
}

impl Running {
    fn is_ended_by(&self, kind: &str, doc: Doc<'_>) -> bool {
        let inner = |name: &str, id: &str| {
            let inner = doc.get(doc.root(), name)?;
            doc.str(doc.get(inner, id)?).map(|text| text.into_owned())
        };
        match kind {
            "response.done" => inner("response", "id").is_some_and(|id| Some(id) == self.response),
            "response.output_item.done" => inner("item", "id").as_ref() == Some(&self.item),
            _ => {
                let ended = kind
                    .rsplit_once('.')
                    .filter(|(_, end)| matches!(*end, "done" | "completed" | "failed"));
                ended.is_some_and(|(family, _)| family == self.family)
                    && text(doc, "item_id") == self.item
                    && part(doc) == self.part
            }
        }
    }
}

impl StreamTap for Tap {
    fn observe(&mut self, _: &RawEvent) {}

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, _: &RawEvent) -> bool {
        false
    }

    fn texts(&self, _: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        let kind = text(doc, "type");
        if let Some(running) = self.of(&kind, doc)
            && let Some(node) = doc.get(doc.root(), "delta")
        {
            out.push(TextAt {
                channel: running.channel,
                node,
                json_text: running.channel.kind == ChannelKind::Arguments,
            });
        }
    }

    fn closes(&self, _: &RawEvent, doc: Doc<'_>) -> Closes {
        let kind = text(doc, "type");
        if running_family(&kind).is_some() {
            return Closes::Nothing;
        }
        let ended = self.running.iter();
        let ended = ended.filter(|running| running.is_ended_by(&kind, doc));
        Closes::Channels(ended.map(|running| running.channel).collect())
    }

    fn text_event(&self, channel: &Channel, text: &str) -> Payload {
        let running = self.running.iter().find(|one| one.channel == *channel);
        let last = running.map_or(&b"{}"[..], |running| &running.last);
        self.told.set(self.told.get() + 1);
        Payload {
            name: None,
            data: told_with(last, text, self.told.get()).unwrap_or_default(),
        }
    }
}

/// The same event once more, with another text and a name of its own.
fn told_with(event: &[u8], text: &str, number: u32) -> Option<Vec<u8>> {
    let index = Index::parse(event, &Limits::default()).ok()?;
    let doc = index.doc(event);
    let mut edits = Edits::new();
    for (name, text) in [
        ("delta", text),
        ("event_id", &format!("event_marshal_{number}")),
    ] {
        if let Some(node) = doc.get(doc.root(), name) {
            let mut value = Vec::with_capacity(text.len() + 2);
            write_str(&mut value, text);
            edits.replace(doc.span(node), value);
        }
    }
    Some(edits.apply(event))
}

/// Where text stands in an event that is no piece of a running one: anywhere. Encoded sound is no text.
pub(super) fn whole_texts(doc: Doc<'_>, out: &mut Vec<TextAt>) {
    for node in doc.all() {
        if doc.kind(node) != Kind::String || doc.key(node).as_deref() == Some("audio") {
            continue;
        }
        let raw = doc.raw(node);
        out.push(TextAt {
            channel: Channel {
                choice: 0,
                part: 0,
                kind: ChannelKind::Text,
            },
            node,
            // JSON in a string: a tool's arguments, and often its answer.
            json_text: raw.starts_with(b"\"{") || raw.starts_with(b"\"["),
        });
    }
}

/// `response.output_text` of `response.output_text.delta`; encoded sound is no running text.
pub(super) fn running_family(kind: &str) -> Option<&str> {
    kind.strip_suffix(".delta")
        .filter(|family| !family.ends_with("audio"))
}

fn text(doc: Doc<'_>, name: &str) -> String {
    optional(doc, name).unwrap_or_default()
}

fn optional(doc: Doc<'_>, name: &str) -> Option<String> {
    doc.str(doc.get(doc.root(), name)?)
        .map(|text| text.into_owned())
}

fn part(doc: Doc<'_>) -> Option<u64> {
    doc.u64(doc.get(doc.root(), "content_index")?)
}
