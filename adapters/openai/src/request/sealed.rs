//! Thoughts with their seal: `reasoning_details`, as OpenRouter names them.
//!
//! Anthropic wants a turn that called tools back with its sealed thoughts. Clients of this dialect send
//! the assistant's message back as they got it, so the seal travels in a member of that message:
//! `{"type": "reasoning.text", "text", "signature", "format": "anthropic-claude-v1", "index"}`.

use marshal_adapter_api::{Array, Fields, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The word of thinking that stands in `reasoning_details`.
pub(super) const DETAILS: &str = "reasoning_details";
const TYPE: &str = "reasoning.text";
const FORMAT: &str = "anthropic-claude-v1";

/// Takes the details where every one is a sealed thought of Claude; any others stay as they are.
pub(super) fn decode(fields: &mut Fields<'_>) -> Option<Vec<Part>> {
    let doc = fields.doc();
    let list = fields.peek(DETAILS)?;
    if doc.kind(list) != Kind::Array || doc.len(list) == 0 {
        return None;
    }
    let thoughts = doc
        .children(list)
        .map(|node| thought(doc, node))
        .collect::<Option<Vec<Part>>>()?;
    fields.take(DETAILS);
    Some(thoughts)
}

fn thought(doc: Doc<'_>, node: NodeId) -> Option<Part> {
    let mut fields = Fields::new(doc, node).ok()?;
    let kind = fields.str("type").ok()??;
    let format = fields.str("format").ok()??;
    let text = fields.str("text").ok()??;
    let signature = fields
        .str("signature")
        .ok()?
        .filter(|seal| !seal.is_empty())?;
    (kind == TYPE && format == FORMAT).then(|| Part::Thinking {
        text,
        signature: Some(signature),
        word: Some(DETAILS),
        extra: fields.rest(),
    })
}

/// Writes one sealed thought; `index` where it does not bring its own.
pub(crate) fn write(text: &str, signature: &str, index: Option<u64>, list: &mut Array<'_>) {
    let mut to = list.object();
    fill(text, signature, &mut to);
    if let Some(index) = index {
        to.u64("index", index);
    }
}

/// Writes a sealed thought that came in this dialect.
pub(super) fn write_own(part: &Part, list: &mut Array<'_>) {
    if let Part::Thinking {
        text,
        signature,
        extra,
        ..
    } = part
    {
        let mut to = list.object();
        fill(text, signature.as_deref().unwrap_or_default(), &mut to);
        extra.write(&mut to);
    }
}

fn fill(text: &str, signature: &str, to: &mut marshal_adapter_api::Object<'_>) {
    to.str("type", TYPE);
    to.str("text", text);
    to.str("signature", signature);
    to.str("format", FORMAT);
}
