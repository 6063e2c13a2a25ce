//! Thoughts, read: items of type `reasoning`.

use marshal_adapter_api::{Extra, Fields, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::decode::{Side, mark, take_usual};
use super::{BETWEEN_THOUGHTS, CONTENT, SUMMARY};
use crate::seal;
use crate::words::text;

/// Thoughts: a summary is one part, for one seal stands on all of it. What is no list says nothing here.
pub(super) fn decode(doc: Doc<'_>, node: NodeId, side: Side, parts: &mut Vec<Part>) {
    let Ok(mut fields) = Fields::new(doc, node) else {
        return;
    };
    let mut all = Vec::new();
    for (name, word, kind) in [
        ("summary", SUMMARY, "summary_text"),
        ("content", CONTENT, "reasoning_text"),
    ] {
        let Some(list) = fields.peek(name) else {
            continue;
        };
        if doc.kind(list) != Kind::Array {
            return;
        }
        if doc.len(list) == 0 {
            continue; // stays aside, to be written again
        }
        let texts: Vec<String> = doc
            .children(list)
            .filter_map(|entry| text(doc, entry, "text"))
            .collect();
        let plain = doc.children(list).all(|entry| is_plain(doc, entry, kind));
        all.push(Part::Thinking {
            text: texts.join(BETWEEN_THOUGHTS),
            signature: None,
            word: Some(word),
            extra: Extra::at(format!("{}[0]", doc.path(list))),
        });
        // Of several texts the list stays aside too, for one text does not say where it was split; so does a list
        // that says more than a text.
        if texts.len() == 1 && plain {
            fields.take(name);
        }
    }
    let encrypted = text(doc, node, "encrypted_content").filter(|text| !text.is_empty());
    if side == Side::Request && encrypted.as_deref().and_then(seal::of_call).is_some() {
        return;
    }
    let seal = encrypted.and_then(|encrypted| match side {
        Side::Answer => Some(seal::of_answer(&encrypted)),
        Side::Request => seal::of_request(&encrypted).map(str::to_owned),
    });
    if all.is_empty() {
        all.push(Part::Thinking {
            text: String::new(),
            signature: None,
            word: None,
            extra: Extra::default(),
        });
    }
    if seal.is_some() {
        fields.take("encrypted_content");
    }
    fields.take("type");
    let no_status = take_usual(&mut fields, "status", "completed");
    if let Some(Part::Thinking { signature, .. }) = all.last_mut() {
        *signature = seal;
    }
    if let Some(Part::Thinking { extra, .. }) = all.first_mut() {
        *extra = fields.rest();
        mark(extra, "status", no_status);
    }
    parts.extend(all);
}

/// Whether an entry holds a text of its kind and nothing else.
fn is_plain(doc: Doc<'_>, entry: NodeId, kind: &str) -> bool {
    doc.len(entry) == 2
        && crate::words::is(doc, entry, "type", kind)
        && doc.get(entry, "text").is_some()
}

/// A call that came sealed from elsewhere gets its seal back.
pub(super) fn attach_call_seal(doc: Doc<'_>, node: NodeId, side: Side, parts: &mut [Part]) -> bool {
    let Some(encrypted) = text(doc, node, "encrypted_content").filter(|_| side == Side::Request)
    else {
        return false;
    };
    let Some((call_id, seal)) = seal::of_call(&encrypted) else {
        return false;
    };
    for part in parts.iter_mut().rev() {
        if let Part::ToolCall { id, signature, .. } = part
            && id == call_id
        {
            *signature = Some(seal.to_owned());
            return true;
        }
    }
    false
}
