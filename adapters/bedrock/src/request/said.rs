//! What a model said, written as blocks of this dialect: in a request of another dialect, and in an answer.

use marshal_adapter_api::{Json, MediaSource, Object, Part, index};
use marshal_wire::json::Kind;

use super::names::call_id;
use super::own_blocks::redacted;
use crate::words;

/// Blocks as a list.
pub(super) fn list(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut all = vec![b'['];
    all.extend_from_slice(&blocks.join(&b','));
    all.push(b']');
    all
}

pub(super) fn bytes(
    kind: &str,
    media_type: &str,
    name: Option<&str>,
    data: &str,
    out: &mut Vec<u8>,
) {
    let mut to = Object::new(out);
    let mut inner = to.object(kind);
    inner.opt_str("format", words::format(kind, media_type).as_deref());
    inner.opt_str("name", name);
    inner.object("source").str("bytes", data);
}

/// The text of thoughts that Claude hides, as its own dialect writes it.
pub(crate) fn redacted_data(part: &Part) -> Option<String> {
    let Part::Opaque { kind, value, .. } = part else {
        return None;
    };
    (kind == "redacted_thinking").then(|| data_of(value))?
}

/// The `data` of hidden thoughts.
pub(crate) fn data_of(value: &Json) -> Option<String> {
    let source = value.as_str().as_bytes();
    let index = index(source).ok()?;
    let doc = index.doc(source);
    let data = doc.str(doc.get(doc.root(), "data")?)?;
    Some(data.into_owned())
}

/// Writes what a model said; false where there is nothing to write. In a request (`asked`) Bedrock checks ids.
/// What has no place here is reported; other members of a block are left to the caller.
pub(crate) fn said(part: &Part, asked: bool, out: &mut Vec<u8>, dropped: &mut Vec<String>) -> bool {
    match part {
        Part::Text { text, .. } | Part::Refusal { text, .. } => {
            if text.is_empty() {
                return false;
            }
            Object::new(out).str("text", text);
        }
        Part::Thinking {
            text, signature, ..
        } => {
            let seal = signature.as_deref().filter(|seal| !seal.is_empty());
            if text.is_empty() && seal.is_none() {
                return false;
            }
            let mut to = Object::new(out);
            let mut inner = to.object("reasoningContent");
            let mut said = inner.object("reasoningText");
            said.str("text", text);
            said.opt_str("signature", seal);
        }
        Part::ToolCall {
            id,
            name,
            arguments,
            ..
        } => {
            let id = if asked { call_id(id) } else { id.into() };
            tool_use(&id, name, arguments, &mut Object::new(out));
        }
        Part::Image {
            source: MediaSource::Base64 { media_type, data },
            extra,
            ..
        } if !asked && words::format("image", media_type).is_some() => {
            extra.report(dropped);
            bytes("image", media_type, None, data, out);
        }
        part => match redacted_data(part) {
            Some(data) => redacted(&data, &mut Object::new(out)),
            None => {
                dropped.push(part.path().to_owned());
                return false;
            }
        },
    }
    true
}

/// Arguments that are not a JSON object stand, as text, under `arguments`.
fn tool_use(id: &str, name: &str, arguments: &str, to: &mut Object<'_>) {
    let mut inner = to.object("toolUse");
    inner.str("toolUseId", id);
    inner.str("name", name);
    let source = arguments.trim();
    if matches!(source, "" | "null") {
        inner.raw("input", b"{}");
        return;
    }
    let is_object = index(source.as_bytes()).is_ok_and(|index| {
        let doc = index.doc(source.as_bytes());
        doc.kind(doc.root()) == Kind::Object
    });
    if is_object {
        inner.raw("input", source.as_bytes());
    } else {
        inner.object("input").str("arguments", arguments);
    }
}
