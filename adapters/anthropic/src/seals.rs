//! Seals that no model of this dialect's family made.
//!
//! A client of this dialect gets another provider's seal as a thinking block's `signature`, under a mark that ends
//! with a colon, and sends it back. That provider gets it again; a model of this dialect would refuse it.

use marshal_wire::json::{Doc, Edits, Kind};
use memchr::memmem;

/// Before the colon of a mark stands a version: no body without this holds one.
const TRACE: &[u8] = b"-v1:";

/// Whether the seal is marked as another provider's. A seal of this family is base64.
pub(crate) fn is_foreign(seal: &str) -> bool {
    seal.contains(':')
}

/// Takes thoughts under a foreign seal out of a request that goes as it is.
pub(crate) fn remove_foreign(doc: Doc<'_>, edits: &mut Edits) {
    if memmem::find(doc.bytes(), TRACE).is_none() {
        return;
    }
    let Some(messages) = doc.get(doc.root(), "messages") else {
        return;
    };
    for message in doc.children(messages) {
        let Some(content) = doc.get(message, "content") else {
            continue;
        };
        if doc.kind(content) != Kind::Array {
            continue;
        }
        for block in doc.children(content) {
            let text = |name: &str| doc.get(block, name).and_then(|node| doc.str(node));
            if text("type").as_deref() == Some("thinking")
                && text("signature").is_some_and(|seal| is_foreign(&seal))
            {
                edits.remove_member(doc, block);
            }
        }
    }
}
