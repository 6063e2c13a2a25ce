//! Seals of thoughts: where they travel, so that the provider that made them gets them back.
//!
//! This dialect keeps a seal in `encrypted_content` of an item of type `reasoning`, which clients send
//! back unchanged. A seal of this dialect's providers is marked in the canonical form, and a seal of
//! anyone else's is marked on the wire: neither is ever shown to a provider that did not make it.

use marshal_wire::json::{Doc, Edits};
use memchr::memmem;

use crate::words::text;

/// Before a seal of this dialect's providers in the canonical form.
const NATIVE: &str = "openai-responses-v1:";
/// Before anyone else's seal in `encrypted_content`.
const FOREIGN: &str = "marshal-seal-v1:";
/// Before a seal that stands on a call of a tool: `{bytes of the id}:{id of the call}:{seal}` follows.
const CALL: &str = "marshal-call-v1:";

/// The canonical seal of an answer's `encrypted_content`.
pub(crate) fn of_answer(encrypted: &str) -> String {
    match encrypted.strip_prefix(FOREIGN) {
        Some(seal) => seal.to_owned(),
        None => format!("{NATIVE}{encrypted}"),
    }
}

/// The canonical seal of a request's `encrypted_content`, where another dialect's provider made it.
pub(crate) fn of_request(encrypted: &str) -> Option<&str> {
    encrypted.strip_prefix(FOREIGN)
}

/// The `encrypted_content` that says a canonical seal.
pub(crate) fn to_wire(seal: &str) -> String {
    match native(seal) {
        Some(encrypted) => encrypted.to_owned(),
        None => format!("{FOREIGN}{seal}"),
    }
}

/// What this dialect's providers wrote, where they made the seal.
pub(crate) fn native(seal: &str) -> Option<&str> {
    seal.strip_prefix(NATIVE)
}

/// The `encrypted_content` that says the seal of a call.
pub(crate) fn call_to_wire(call_id: &str, seal: &str) -> String {
    format!("{CALL}{}:{call_id}:{seal}", call_id.len())
}

/// The call and its seal, where `encrypted_content` is one of [`call_to_wire`].
pub(crate) fn of_call(encrypted: &str) -> Option<(&str, &str)> {
    let (bytes, rest) = encrypted.strip_prefix(CALL)?.split_once(':')?;
    let (call_id, seal) = rest.split_at_checked(bytes.parse().ok()?)?;
    Some((call_id, seal.strip_prefix(':')?))
}

/// Takes thoughts whose seal is not this dialect's out of a request that goes as it is: a provider refuses them.
pub(crate) fn remove_foreign(doc: Doc<'_>, edits: &mut Edits) {
    if memmem::find(doc.bytes(), b"marshal-").is_none() {
        return;
    }
    let items = doc.get(doc.root(), "input").into_iter();
    for item in items.flat_map(|list| doc.children(list)) {
        let foreign = text(doc, item, "encrypted_content")
            .is_some_and(|text| text.starts_with(FOREIGN) || text.starts_with(CALL));
        if foreign {
            edits.remove_member(doc, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_comes_back_as_it_was_and_never_to_a_stranger() {
        let ours = of_answer("gAAAA");
        assert_eq!(to_wire(&ours), "gAAAA");
        assert_eq!(native(&ours), Some("gAAAA"));
        assert_eq!(of_request("gAAAA"), None);
        let theirs = to_wire("EqoB");
        assert_eq!(of_request(&theirs), Some("EqoB"));
        assert_eq!(of_answer(&theirs), "EqoB");
        assert_eq!(native("EqoB"), None);
        assert_eq!(of_call(&call_to_wire("a:b", "x:s")), Some(("a:b", "x:s")));
        assert_eq!(of_call("marshal-call-v1:9:a:b"), None);
    }
}
