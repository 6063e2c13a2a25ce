//! Blocks that came in this dialect, written as they were.

use marshal_adapter_api::{Array, Extra, MediaSource, Object, Part};

/// Writes a string where the content was one, else a list of blocks.
pub(crate) fn content(name: &str, parts: &[Part], bare: bool, to: &mut Object<'_>) {
    match parts {
        [Part::Text { text, .. }] if bare => to.str(name, text),
        parts => {
            let mut list = to.array(name);
            parts.iter().for_each(|part| block(part, &mut list));
        }
    }
}

/// Writes one block.
fn block(part: &Part, list: &mut Array<'_>) {
    if let Part::Opaque { value, .. } = part {
        list.json(value);
        return;
    }
    let mut to = list.object();
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            plain("type", "text", extra, &mut to);
            plain("text", text, extra, &mut to);
            extra.write(&mut to);
        }
        Part::Thinking {
            text,
            signature,
            extra,
            ..
        } => {
            to.str("type", "thinking");
            plain("thinking", text, extra, &mut to);
            to.opt_str("signature", signature.as_deref());
            extra.write(&mut to);
        }
        Part::Image {
            source: at, extra, ..
        } => {
            to.str("type", "image");
            source(at, &mut to);
            extra.write(&mut to);
        }
        Part::Document {
            source: at,
            title,
            extra,
        } => {
            to.str("type", "document");
            source(at, &mut to);
            to.opt_str("title", title.as_deref());
            extra.write(&mut to);
        }
        Part::ToolCall {
            id,
            name,
            arguments,
            extra,
            ..
        } => {
            to.str("type", "tool_use");
            plain("id", id, extra, &mut to);
            to.str("name", name);
            if !extra.lacks("input") {
                to.raw("input", arguments.as_bytes());
            }
            extra.write(&mut to);
        }
        Part::ToolResult {
            call_id,
            content: inner,
            bare,
            is_error,
            extra,
        } => {
            to.str("type", "tool_result");
            to.str("tool_use_id", call_id);
            if let Some(inner) = inner {
                content("content", inner, *bare, &mut to);
            }
            if let Some(is_error) = is_error {
                to.bool("is_error", *is_error);
            }
            extra.write(&mut to);
        }
        Part::Media { .. } | Part::Opaque { .. } => {}
    }
}

/// A member that is written again only where the source had one that is plain.
fn plain(name: &str, text: &str, extra: &Extra, to: &mut Object<'_>) {
    if !extra.lacks(name) {
        to.str(name, text);
    }
}

/// Writes where a picture or a document is.
pub(super) fn source(source: &MediaSource, to: &mut Object<'_>) {
    if let MediaSource::Opaque(value) = source {
        to.json("source", value);
        return;
    }
    let mut at = to.object("source");
    match source {
        MediaSource::Url(url) => {
            at.str("type", "url");
            at.str("url", url);
        }
        MediaSource::File(id) => {
            at.str("type", "file");
            at.str("file_id", id);
        }
        MediaSource::Base64 { media_type, data } => {
            at.str("type", "base64");
            at.str("media_type", media_type);
            at.str("data", data);
        }
        MediaSource::Text { media_type, data } => {
            at.str("type", "text");
            at.str("media_type", media_type);
            at.str("data", data);
        }
        MediaSource::Opaque(_) => {}
    }
}
