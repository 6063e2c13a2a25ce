//! Watching a stream that passes verbatim.
//!
//! Every chunk may count usage, so every chunk is read; they are few beside those of other dialects.

use std::collections::BTreeSet;

use marshal_adapter_api::{AnswerMeta, Channel, ChannelKind, Closes, Object, StreamTap, TextAt};
use marshal_wire::frame::{Payload, RawEvent};
use marshal_wire::json::{Doc, Index, Limits, NodeId};

use crate::reader::{find, items, text};
use crate::response::{block, each_part, is_thought, number, part_texts};
use crate::usage;
use crate::words::finish_word;

/// Watches one stream.
#[derive(Default)]
pub(crate) struct Tap {
    meta: AnswerMeta,
    finished: BTreeSet<u32>,
    /// Where the arguments that come in pieces stand now.
    path: Option<String>,
}

/// The part of text and of arguments that come in pieces.
const RUNNING: u32 = 0;

impl Tap {
    fn read(&mut self, doc: Doc<'_>) {
        let root = doc.root();
        if self.meta.id.is_none() {
            self.meta.id = text(doc, root, "responseId");
        }
        if self.meta.model.is_none() {
            self.meta.model = text(doc, root, "modelVersion");
        }
        if let Some(usage) = usage::tokens(doc, root) {
            self.meta.usage = Some(usage);
        }
        let list = find(doc, root, "candidates");
        for (at, candidate) in (0..).zip(list.into_iter().flat_map(|list| items(doc, list))) {
            let word = find(doc, candidate, "finishReason").and_then(|node| finish_word(doc, node));
            let choice = number(doc, candidate).unwrap_or(at);
            if let Some(word) = word
                && self.finished.insert(choice)
            {
                self.meta.finish_reasons.push(word);
            }
        }
        if list.is_none()
            && let Some((word, _)) = block(doc)
            && self.finished.insert(0)
        {
            self.meta.finish_reasons.push(word);
        }
        self.meta.finished |= !self.finished.is_empty();
        let mut texts = Vec::new();
        each_part(doc, |choice, part, node| {
            part_texts(doc, node, channel(doc, node, choice, part), &mut texts);
            if let Some(path) = piece(doc, node).and_then(|piece| text(doc, piece, "jsonPath")) {
                self.path = Some(path);
            }
        });
        self.meta.output_chars += texts
            .iter()
            .map(|text| doc.span(text.node).len().saturating_sub(2) as u64)
            .sum::<u64>();
    }
}

/// The last piece of a call's arguments that the part brings.
fn piece(doc: Doc<'_>, part: NodeId) -> Option<NodeId> {
    let pieces = find(doc, find(doc, part, "functionCall")?, "partialArgs")?;
    doc.children(pieces).last()
}

/// The channels of one part. Text runs on from chunk to chunk; whatever else comes whole has a channel by itself.
fn channel(doc: Doc<'_>, part: NodeId, choice: u32, at: u32) -> impl Fn(ChannelKind) -> Channel {
    let running = doc.get(part, "text").is_some() || piece(doc, part).is_some();
    let part = if running { RUNNING } else { at + 1 };
    move |kind| Channel { choice, part, kind }
}

impl StreamTap for Tap {
    fn observe(&mut self, event: &RawEvent) {
        let data = event.data();
        let data = data.trim_ascii();
        if data.first() != Some(&b'{') {
            return;
        }
        if let Ok(index) = Index::parse(data, &Limits::default()) {
            self.read(index.doc(data));
        }
    }

    fn meta(&self) -> &AnswerMeta {
        &self.meta
    }

    fn is_terminal(&self, _event: &RawEvent) -> bool {
        false
    }

    fn has_terminal(&self) -> bool {
        false
    }

    fn texts(&self, _event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        each_part(doc, |choice, part, node| {
            part_texts(doc, node, channel(doc, node, choice, part), out);
        });
    }

    fn closes(&self, _event: &RawEvent, doc: Doc<'_>) -> Closes {
        let root = doc.root();
        if doc.get(doc.at(root, 0).unwrap_or(root), "error").is_some() {
            return Closes::All;
        }
        let mut ended = Vec::new();
        closed(doc, &mut ended);
        let list = find(doc, root, "candidates");
        for (at, candidate) in (0..).zip(list.into_iter().flat_map(|list| items(doc, list))) {
            let finished = find(doc, candidate, "finishReason")
                .and_then(|node| finish_word(doc, node))
                .is_some();
            if finished {
                let choice = number(doc, candidate).unwrap_or(at);
                let kinds = [
                    ChannelKind::Thinking,
                    ChannelKind::Text,
                    ChannelKind::Arguments,
                ];
                ended.extend(kinds.map(|kind| Channel {
                    choice,
                    part: RUNNING,
                    kind,
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
            {
                let mut list = root.array("candidates");
                let mut candidate = list.object();
                {
                    let mut content = candidate.object("content");
                    let mut parts = content.array("parts");
                    self.part(channel.kind, text, &mut parts.object());
                    drop(parts);
                    content.str("role", "model");
                }
                candidate.u64("index", u64::from(channel.choice));
            }
            root.opt_str("modelVersion", self.meta.model.as_deref());
            root.opt_str("responseId", self.meta.id.as_deref());
        }
        Payload {
            name: None,
            data: body,
        }
    }
}

impl Tap {
    fn part(&self, kind: ChannelKind, text: &str, to: &mut Object<'_>) {
        match kind {
            ChannelKind::Text | ChannelKind::Refusal | ChannelKind::Other => to.str("text", text),
            ChannelKind::Thinking | ChannelKind::Reasoning => {
                to.str("text", text);
                to.bool("thought", true);
            }
            // Only arguments that come in pieces are ever held back.
            ChannelKind::Arguments => {
                let mut call = to.object("functionCall");
                {
                    let mut list = call.array("partialArgs");
                    let mut piece = list.object();
                    piece.str("jsonPath", self.path.as_deref().unwrap_or("$"));
                    piece.str("stringValue", text);
                    piece.bool("willContinue", true);
                }
                call.bool("willContinue", true);
            }
        }
    }
}

/// What the parts of an event end: the kinds of text that the last of them does not go on with, and what came whole.
fn closed(doc: Doc<'_>, ended: &mut Vec<Channel>) {
    let mut last: Option<(u32, Option<ChannelKind>)> = None;
    each_part(doc, |choice, at, part| {
        let kind = match doc.get(part, "text").and_then(|node| doc.str(node)) {
            // No more than the place of a seal or of the finish.
            Some(said) if said.is_empty() => return,
            Some(_) if is_thought(doc, part) => Some(ChannelKind::Thinking),
            Some(_) => Some(ChannelKind::Text),
            None => None,
        };
        if let Some((before, kind)) = last
            && before != choice
        {
            others(before, kind, ended);
        }
        last = Some((choice, kind));
        if kind.is_none() {
            whole(doc, part, choice, at, ended);
        }
    });
    if let Some((choice, kind)) = last {
        others(choice, kind, ended);
    }
}

/// The kinds of running text that are not `kind`.
fn others(choice: u32, kind: Option<ChannelKind>, ended: &mut Vec<Channel>) {
    let kinds = [ChannelKind::Thinking, ChannelKind::Text];
    ended.extend(
        kinds
            .into_iter()
            .filter(|of| Some(*of) != kind)
            .map(|kind| Channel {
                choice,
                part: RUNNING,
                kind,
            }),
    );
}

/// A part that came whole, or the last piece of one.
fn whole(doc: Doc<'_>, part: NodeId, choice: u32, at: u32, ended: &mut Vec<Channel>) {
    let mut end = |part| {
        ended.push(Channel {
            choice,
            part,
            kind: ChannelKind::Arguments,
        });
    };
    let piece = piece(doc, part);
    if piece.is_none() {
        end(at + 1);
    }
    let goes_on = piece
        .and_then(|piece| find(doc, piece, "willContinue"))
        .and_then(|node| doc.bool(node));
    if goes_on != Some(true) {
        end(RUNNING);
    }
}
