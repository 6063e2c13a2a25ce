//! Documents that the model is to cite, read as text and written as they were.
//!
//! A document is a text, or an object of fields whose JSON source says the same. Those of the request belong to
//! what the user asks last, so they become the first parts of that turn, under their own paths (`documents[0]`).

use marshal_adapter_api::{Array, Extra, Fields, Message, Object, Part, Role};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::words::{is_marked, keep_inner, mark, write_extra, write_inner};

/// Remembers that a part was a document of its own.
const DOCUMENT: &str = ":document";
/// Remembers that a document was not an object but one string.
const BARE: &str = ":bare";
/// Remembers that a document's `data` was not an object but a string.
const STRING: &str = ":string";

/// Reads a part of type `document`; `None` where it is not one as we know them.
pub(super) fn part(doc: Doc<'_>, node: NodeId) -> Option<Part> {
    let mut fields = Fields::new(doc, node).ok()?;
    fields.take("type");
    let mut inner = fields.object("document").ok()??;
    let (text, is_string) = data(&mut inner)?;
    let rest = inner.rest();
    let mut extra = fields.rest();
    keep_inner(&mut extra, "document", &rest);
    Some(text_part(text, is_string, extra))
}

/// Takes `documents` and puts them before the user's last turn. They stay aside where there is no such turn
/// or where one of them has another form.
pub(super) fn attach(fields: &mut Fields<'_>, messages: &mut [Message]) {
    let doc = fields.doc();
    let Some(list) = fields.peek("documents") else {
        return;
    };
    let turn = messages
        .iter_mut()
        .rev()
        .find(|message| message.role == Role::User);
    let Some(turn) = turn else { return };
    if doc.kind(list) != Kind::Array || doc.is_empty(list) {
        return;
    }
    let parts: Option<Vec<Part>> = doc.children(list).map(|node| top(doc, node)).collect();
    if let Some(parts) = parts {
        fields.take("documents");
        turn.parts.splice(0..0, parts);
    }
}

fn top(doc: Doc<'_>, node: NodeId) -> Option<Part> {
    if let Some(text) = doc.str(node) {
        let mut extra = Extra::at(doc.path(node));
        mark(&mut extra, BARE);
        return Some(text_part(text.into_owned(), true, extra));
    }
    let mut fields = Fields::new(doc, node).ok()?;
    let (text, is_string) = data(&mut fields)?;
    Some(text_part(text, is_string, fields.rest()))
}

fn data(fields: &mut Fields<'_>) -> Option<(String, bool)> {
    let doc = fields.doc();
    let node = fields.take("data")?;
    if let Some(text) = doc.str(node) {
        return Some((text.into_owned(), true));
    }
    let is_object = doc.kind(node) == Kind::Object;
    is_object.then(|| (String::from_utf8_lossy(doc.raw(node)).into_owned(), false))
}

fn text_part(text: String, is_string: bool, mut extra: Extra) -> Part {
    mark(&mut extra, DOCUMENT);
    if is_string {
        mark(&mut extra, STRING);
    }
    Part::Text { text, extra }
}

/// True for a document of the request, which is not written where its turn is.
pub(super) fn is_top(part: &Part) -> bool {
    matches!(part, Part::Text { extra, .. }
        if is_marked(extra, DOCUMENT) && extra.path().starts_with("documents["))
}

/// Writes `documents`, where the request had some that were read.
pub(super) fn write_top(messages: &[Message], root: &mut Object<'_>) {
    let all: Vec<&Part> = messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter(|part| is_top(part))
        .collect();
    if all.is_empty() {
        return;
    }
    let mut list: Array<'_> = root.array("documents");
    for part in all {
        let Part::Text { text, extra } = part else {
            continue;
        };
        if is_marked(extra, BARE) {
            list.str(text);
        } else {
            let mut to = list.object();
            write_data(text, extra, &mut to);
            write_extra(extra, None, &mut to);
        }
    }
}

/// Writes a part of type `document`; false where it is none.
pub(super) fn write_part(text: &str, extra: &Extra, to: &mut Object<'_>) -> bool {
    if !is_marked(extra, DOCUMENT) {
        return false;
    }
    to.str("type", "document");
    {
        let mut inner = to.object("document");
        write_data(text, extra, &mut inner);
        write_inner(extra, "document", &mut inner);
    }
    write_extra(extra, Some("document"), to);
    true
}

fn write_data(text: &str, extra: &Extra, to: &mut Object<'_>) {
    if is_marked(extra, STRING) {
        to.str("data", text);
    } else {
        to.raw("data", text.as_bytes());
    }
}
