//! Content parts and tool calls of a message, read.

use marshal_adapter_api::{Extra, Fields, Malformed, MediaSource, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::documents;
use crate::words::{data_url, keep_inner, mark};

/// Remembers that a call's arguments were written as the text `null`, which is to say none.
pub(super) const NULL_ARGUMENTS: &str = ":null";

/// Reads one content part; what is not plain stays as it was written.
pub(super) fn decode(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let text = fields.peek("text").and_then(|node| doc.str(node));
    let kind = match (fields.str_if("type"), text) {
        (Some(kind), _) => kind,
        // A text needs no other word.
        (None, Some(_)) => "text".to_owned(),
        (None, None) => return Ok(Part::opaque(doc, node, String::new())),
    };
    Ok(match kind.as_str() {
        "text" => Part::Text {
            text: fields.str_if("text").unwrap_or_default(),
            extra: fields.rest(),
        },
        "thinking" => Part::Thinking {
            text: fields.str_if("thinking").unwrap_or_default(),
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
            None => Part::opaque(doc, node, kind),
        },
        "document" => match documents::part(doc, node) {
            Some(part) => part,
            None => Part::opaque(doc, node, kind),
        },
        _ => Part::opaque(doc, node, kind),
    })
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
        return Ok(Part::opaque(doc, node, kind.into_owned()));
    }
    let id = fields.str_if("id").unwrap_or_default();
    let said = fields.take("function");
    let function = said.filter(|&node| doc.kind(node) == Kind::Object);
    let Some(function) = function else {
        return Ok(Part::opaque(doc, node, "function".to_owned()));
    };
    let mut function = Fields::new(doc, function)?;
    // Without a name nothing can be called.
    let Some(name) = function.str_if("name") else {
        return Ok(Part::opaque(doc, node, "function".to_owned()));
    };
    let arguments = function.source_in_string("arguments");
    let inner: Extra = function.rest();
    let mut extra = fields.rest();
    keep_inner(&mut extra, "function", &inner);
    let arguments = if arguments == "null" && !extra.lacks("function.arguments") {
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
