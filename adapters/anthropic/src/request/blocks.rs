//! The content blocks of a message, read.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, MediaSource, Part, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

/// Reads a string or a list of blocks, and says whether it was a string.
pub(crate) fn content(doc: Doc<'_>, node: NodeId) -> Result<(Vec<Part>, bool), Malformed> {
    if let Some(text) = doc.str(node) {
        let text = Part::Text {
            text: text.into_owned(),
            extra: Extra::at(doc.path(node)),
        };
        return Ok((vec![text], true));
    }
    if doc.kind(node) != Kind::Array {
        return Err(malformed(
            doc,
            node,
            "must be a string or an array of content blocks",
        ));
    }
    let blocks = doc.children(node).map(|block| decode(doc, block));
    Ok((blocks.collect::<Result<_, _>>()?, false))
}

/// Reads one block; what is not plain stays as it was written.
fn decode(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let text = fields.peek("text").and_then(|node| doc.str(node));
    let kind = match (fields.str_if("type"), text) {
        (Some(kind), _) => kind,
        // A text needs no other word.
        (None, Some(_)) => "text".to_owned(),
        (None, None) => String::new(),
    };
    let nameless = kind == "tool_use" && fields.peek("name").is_none();
    Ok(match kind.as_str() {
        // Without a name nothing can be called.
        _ if nameless => Part::opaque(doc, node, kind),
        "text" => Part::Text {
            text: fields.str_if("text").unwrap_or_default(),
            extra: fields.rest(),
        },
        "thinking" => Part::Thinking {
            text: fields.str_if("thinking").unwrap_or_default(),
            signature: fields.str("signature")?,
            word: None,
            extra: fields.rest(),
        },
        "image" => Part::Image {
            source: source(&mut fields)?,
            detail: None,
            extra: fields.rest(),
        },
        "document" => Part::Document {
            source: source(&mut fields)?,
            title: fields.str("title")?,
            extra: fields.rest(),
        },
        "tool_use" => Part::ToolCall {
            id: fields.str_if("id").unwrap_or_default(),
            name: fields.need_str("name")?,
            arguments: fields.source_of_object("input"),
            signature: None,
            extra: fields.rest(),
        },
        "tool_result" => {
            let (inner, bare) = match fields.take("content") {
                Some(node) => {
                    let (parts, bare) = content(doc, node)?;
                    (Some(parts), bare)
                }
                None => (None, false),
            };
            Part::ToolResult {
                call_id: fields.need_str("tool_use_id")?,
                content: inner,
                bare,
                is_error: fields.bool("is_error")?,
                extra: fields.rest(),
            }
        }
        _ => Part::opaque(doc, node, kind),
    })
}

fn source(fields: &mut Fields<'_>) -> Result<MediaSource, Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.take("source") else {
        return Err(fields.missing("source", "an object with a `type`"));
    };
    if doc.kind(node) != Kind::Object {
        return Err(malformed(doc, node, "must be an object with a `type`"));
    }
    Ok(plain_source(doc, node).unwrap_or_else(|| MediaSource::Opaque(Json::of(doc, node))))
}

fn plain_source(doc: Doc<'_>, node: NodeId) -> Option<MediaSource> {
    let text = |name: &str| {
        doc.get(node, name)
            .and_then(|node| doc.str(node))
            .map(std::borrow::Cow::into_owned)
    };
    match (text("type")?.as_str(), doc.len(node)) {
        ("url", 2) => Some(MediaSource::Url(text("url")?)),
        ("file", 2) => Some(MediaSource::File(text("file_id")?)),
        ("base64", 3) => Some(MediaSource::Base64 {
            media_type: text("media_type")?,
            data: text("data")?,
        }),
        ("text", 3) => Some(MediaSource::Text {
            media_type: text("media_type")?,
            data: text("data")?,
        }),
        _ => None,
    }
}
