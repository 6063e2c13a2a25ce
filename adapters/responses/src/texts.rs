//! Where generated text stands: in items, in their parts, and in whole answers.

use marshal_adapter_api::{Channel, ChannelKind, TextAt};
use marshal_wire::json::{Doc, Kind, NodeId};

/// Every text of an answer, each on a channel of its own; the first one's number is `from`.
pub(crate) fn answer(doc: Doc<'_>, answer: NodeId, from: u32, out: &mut Vec<TextAt>) {
    let mut found = Found {
        doc,
        next: from,
        out,
    };
    if let Some(thoughts) = doc.get(answer, "reasoning") {
        found.push(thoughts, ChannelKind::Reasoning, false);
    }
    let items = doc.get(answer, "output").into_iter();
    for item in items.flat_map(|list| doc.children(list)) {
        found.item(item);
    }
}

/// Every text of an item.
pub(crate) fn item(doc: Doc<'_>, item: NodeId, from: u32, out: &mut Vec<TextAt>) {
    let next = from;
    Found { doc, next, out }.item(item);
}

/// Every text of a part of an item.
pub(crate) fn part(doc: Doc<'_>, part: NodeId, from: u32, out: &mut Vec<TextAt>) {
    let next = from;
    Found { doc, next, out }.part(part);
}

/// The text at `node`, if it is one.
pub(crate) fn single(
    doc: Doc<'_>,
    node: NodeId,
    channel: Channel,
    json_text: bool,
    out: &mut Vec<TextAt>,
) {
    if doc.kind(node) == Kind::String {
        out.push(TextAt {
            channel,
            node,
            json_text,
        });
    }
}

struct Found<'a, 'b> {
    doc: Doc<'a>,
    next: u32,
    out: &'b mut Vec<TextAt>,
}

impl Found<'_, '_> {
    fn push(&mut self, node: NodeId, kind: ChannelKind, json_text: bool) {
        let channel = Channel {
            choice: 0,
            part: self.next,
            kind,
        };
        let before = self.out.len();
        single(self.doc, node, channel, json_text, self.out);
        if self.out.len() > before {
            self.next = self.next.saturating_add(1);
        }
    }

    fn item(&mut self, item: NodeId) {
        let doc = self.doc;
        for list in ["summary", "content"] {
            let parts = doc.get(item, list).into_iter();
            if let Some(text) = doc.get(item, list) {
                self.push(text, ChannelKind::Text, false);
            }
            for part in parts.flat_map(|list| doc.children(list)) {
                self.part(part);
            }
        }
        for (name, json_text) in [
            ("arguments", true),
            ("input", false),
            ("code", false),
            ("revised_prompt", false),
            ("action", false),
            ("queries", false),
        ] {
            if let Some(node) = doc.get(item, name) {
                self.leaves(node, json_text);
            }
        }
    }

    fn part(&mut self, part: NodeId) {
        let doc = self.doc;
        let kind = doc.get(part, "type").and_then(|node| doc.str(node));
        let kind = match kind.as_deref() {
            Some("summary_text") => ChannelKind::Thinking,
            Some("reasoning_text") => ChannelKind::Reasoning,
            _ => ChannelKind::Text,
        };
        if let Some(node) = doc.get(part, "text") {
            self.push(node, kind, false);
        }
        if let Some(node) = doc.get(part, "refusal") {
            self.push(node, ChannelKind::Refusal, false);
        }
    }

    /// Every string at or below `node`; only a string itself can be JSON source.
    fn leaves(&mut self, node: NodeId, json_text: bool) {
        match self.doc.kind(node) {
            Kind::String => self.push(node, ChannelKind::Arguments, json_text),
            Kind::Object | Kind::Array => {
                for child in self.doc.children(node) {
                    self.leaves(child, false);
                }
            }
            Kind::Number | Kind::Bool | Kind::Null => {}
        }
    }
}
