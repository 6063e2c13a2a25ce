//! Content parts and tool calls of a message, read.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, MediaSource, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::documents;
use crate::words::{data_url, keep_inner, mark};

/// Remembers that a call's arguments were written as the text `null`, which is to say none.
pub(super) const NULL_ARGUMENTS: &str = ":null";

/// Reads one content part; what is not plain stays as it was written.
pub(super) fn decode(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.need_str("type")?;
    Ok(match kind.as_str() {
        "text" => Part::Text {
            text: fields.need_str("text")?,
            extra: fields.rest(),
        },
        "thinking" => Part::Thinking {
            text: fields.need_str("thinking")?,
            signature: None,
            word: None,
            extra: fields.rest(),
        },
        "image_url" => match image(doc, &mut fields) {
            Some((source, detail)) => Part::Image {
                source,
                detail,
                extra: fields.rest(),
            },
            None => opaque(doc, node, kind),
        },
        "document" => match documents::part(doc, node) {
            Some(part) => part,
            None => opaque(doc, node, kind),
        },
        _ => opaque(doc, node, kind),
    })
}

fn opaque(doc: Doc<'_>, node: NodeId, kind: String) -> Part {
    Part::Opaque {
        kind,
        value: Json::of(doc, node),
        path: doc.path(node),
    }
}

fn image(doc: Doc<'_>, fields: &mut Fields<'_>) -> Option<(MediaSource, Option<String>)> {
    let at = fields.peek("image_url")?;
    let url = doc.str(doc.get(at, "url")?)?;
    let detail = doc.get(at, "detail").and_then(|node| doc.str(node));
    if doc.len(at) != 1 + usize::from(detail.is_some()) {
        return None;
    }
    fields.take("image_url");
    let source = match data_url(&url) {
        Some((media_type, data)) => MediaSource::Base64 {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        },
        None => MediaSource::Url(url.into_owned()),
    };
    Some((source, detail.map(std::borrow::Cow::into_owned)))
}

/// Reads one entry of `tool_calls`. Its `type` stays aside, for some clients leave it out.
pub(super) fn tool_call(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.peek("type").and_then(|kind| doc.str(kind));
    if let Some(kind) = kind
        && kind != "function"
    {
        return Ok(opaque(doc, node, kind.into_owned()));
    }
    let id = fields.str("id")?.unwrap_or_default();
    let mut function = fields
        .object("function")?
        .ok_or_else(|| fields.missing("function", "an object with `name` and `arguments`"))?;
    let name = function.need_str("name")?;
    let arguments = arguments(doc, &mut function);
    let inner: Extra = function.rest();
    let mut extra = fields.rest();
    keep_inner(&mut extra, "function", &inner);
    let arguments = if arguments == "null" {
        mark(&mut extra, NULL_ARGUMENTS);
        String::new()
    } else {
        arguments
    };
    Ok(Part::ToolCall {
        id,
        name,
        arguments,
        signature: None,
        extra,
    })
}

/// JSON source. What is no string stays aside too, and is read as what it is.
fn arguments(doc: Doc<'_>, function: &mut Fields<'_>) -> String {
    let Some(node) = function.peek("arguments") else {
        return String::new();
    };
    if doc.kind(node) != Kind::String {
        return Json::of(doc, node).as_str().to_owned();
    }
    function.take("arguments");
    doc.str(node).unwrap_or_default().into_owned()
}
