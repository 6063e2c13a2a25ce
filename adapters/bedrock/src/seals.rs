//! Seals that Claude did not make.
//!
//! A client of this dialect gets another provider's seal where Claude's would stand, in the `signature` of thoughts,
//! and sends it back. Such a seal is marked, with a colon behind the mark; Claude's are base64 and have none. The seal
//! of a tool's call, for which this dialect has no place, travels as thoughts without a word.

use marshal_adapter_api::Object;
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Edits, Kind};
use memchr::memmem;

/// Before a seal that stands on a call of a tool: `{bytes of the id}:{id of the call}:{seal}` follows.
const CALL: &str = "marshal-call-v1:";
/// Before the colon of every mark stands a version: no body without this holds one.
const TRACE: &[u8] = b"-v1:";

/// Whether a thought of a request of `origin` bears a seal that Claude takes for its own.
pub(crate) fn is_claudes(origin: Dialect, seal: Option<&str>) -> bool {
    let family = matches!(
        origin,
        Dialect::Anthropic | Dialect::Bedrock | Dialect::OpenAi | Dialect::Responses
    );
    family && seal.is_some_and(|seal| !seal.is_empty() && !seal.contains(':'))
}

/// Writes the seal of a call as a block of its own, behind the call's.
pub(crate) fn write_call(call_id: &str, seal: &str, to: &mut Object<'_>) {
    let mut inner = to.object("reasoningContent");
    let mut said = inner.object("reasoningText");
    said.str("text", "");
    said.str("signature", &call_to_wire(call_id, seal));
}

/// The `signature` that says the seal of a call.
pub(crate) fn call_to_wire(call_id: &str, seal: &str) -> String {
    format!("{CALL}{}:{call_id}:{seal}", call_id.len())
}

/// The call and its seal, where a `signature` is one of [`call_to_wire`].
pub(crate) fn of_call(signature: &str) -> Option<(&str, &str)> {
    let (bytes, rest) = signature.strip_prefix(CALL)?.split_once(':')?;
    let (call_id, seal) = rest.split_at_checked(bytes.parse().ok()?)?;
    Some((call_id, seal.strip_prefix(':')?))
}

/// Takes thoughts under another provider's seal out of a request that goes as it is: Claude refuses them.
pub(crate) fn remove_foreign(doc: Doc<'_>, edits: &mut Edits) {
    if memmem::find(doc.bytes(), TRACE).is_none() {
        return;
    }
    let messages = doc.get(doc.root(), "messages").into_iter();
    let blocks = messages
        .flat_map(|list| doc.children(list))
        .filter_map(|message| doc.get(message, "content"))
        .filter(|content| doc.kind(*content) == Kind::Array)
        .flat_map(|content| doc.children(content));
    for block in blocks {
        let seal = ["reasoningContent", "reasoningText", "signature"]
            .iter()
            .try_fold(block, |node, name| doc.get(node, name))
            .and_then(|node| doc.str(node));
        if seal.is_some_and(|seal| seal.contains(':')) {
            edits.remove_member(doc, block);
        }
    }
}
