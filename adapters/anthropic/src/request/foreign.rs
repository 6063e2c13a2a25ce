//! Parts of another dialect's turns, written as blocks of this one.

use std::borrow::Cow;

use marshal_adapter_api::{Extra, MediaSource, Object, Part, Untranslatable, index};
use marshal_types::Dialect;
use marshal_wire::json::Kind;

use super::turns::seal_of;
use super::{caching, own};

fn text_block(text: &str, extra: &Extra, out: &mut Vec<u8>, dropped: &mut Vec<String>) -> bool {
    extra.report_except(&[caching::POINT], dropped);
    if text.is_empty() {
        return false; // an empty block is refused here and says nothing
    }
    let mut to = Object::new(out);
    to.str("type", "text");
    to.str("text", text);
    caching::write(extra, &mut to);
    true
}

/// What a user or a tool says. What they showed is never left out.
pub(super) fn user_block(
    origin: Dialect,
    part: &Part,
    out: &mut Vec<u8>,
    dropped: &mut Vec<String>,
) -> Result<bool, Untranslatable> {
    match part {
        Part::Text { text, extra } => Ok(text_block(text, extra, out, dropped)),
        Part::Image {
            source: source @ (MediaSource::Url(_) | MediaSource::Base64 { .. }),
            detail,
            extra,
        } => {
            extra.report_except(&[caching::POINT], dropped);
            if detail.as_deref().is_some_and(|detail| detail != "auto") {
                let word = match origin {
                    Dialect::OpenAi => "image_url.detail",
                    _ => "detail",
                };
                dropped.push(extra.path_of(word));
            }
            let mut to = Object::new(out);
            to.str("type", "image");
            own::source(source, &mut to);
            caching::write(extra, &mut to);
            Ok(true)
        }
        Part::Document {
            source,
            title,
            extra,
        } if is_shown(source) => {
            extra.report_except(&[caching::POINT], dropped);
            let mut to = Object::new(out);
            to.str("type", "document");
            own::source(&as_plain(source), &mut to);
            to.opt_str("title", title.as_deref());
            caching::write(extra, &mut to);
            Ok(true)
        }
        Part::ToolResult {
            call_id,
            content,
            is_error,
            extra,
            ..
        } => {
            extra.report_except(&[caching::POINT], dropped);
            let mut inner = Vec::new();
            for part in content.iter().flatten() {
                let mut block = Vec::new();
                if user_block(origin, part, &mut block, dropped)? {
                    inner.push(block);
                }
            }
            let mut to = Object::new(out);
            to.str("type", "tool_result");
            to.str("tool_use_id", call_id);
            match content.as_deref() {
                Some([Part::Text { text, .. }]) => to.str("content", text),
                _ => {
                    let mut all = vec![b'['];
                    all.extend_from_slice(&inner.join(&b','));
                    all.push(b']');
                    to.raw("content", &all);
                }
            }
            if let Some(is_error) = is_error {
                to.bool("is_error", *is_error);
            }
            caching::write(extra, &mut to);
            Ok(true)
        }
        part => {
            let path = part.path().to_owned();
            Err(Untranslatable {
                message: if path.contains('[') {
                    format!(
                        "`{path}` cannot be shown to an Anthropic model: send text, pictures by address or base64, and PDF documents as base64."
                    )
                } else {
                    format!(
                        "`{path}` asks for what only its own provider keeps or does: send the conversation itself."
                    )
                },
                param: Some(path),
            })
        }
    }
}

/// Documents that this dialect can show.
fn is_shown(source: &MediaSource) -> bool {
    match source {
        MediaSource::Base64 { media_type, .. } => media_type == "application/pdf",
        MediaSource::Text { .. } => true,
        MediaSource::Url(url) => url.starts_with("https://") || url.starts_with("http://"),
        _ => false,
    }
}

/// Any text is plain text here.
fn as_plain(source: &MediaSource) -> Cow<'_, MediaSource> {
    match source {
        MediaSource::Text { media_type, data } if media_type != "text/plain" => {
            Cow::Owned(MediaSource::Text {
                media_type: "text/plain".to_owned(),
                data: data.clone(),
            })
        }
        source => Cow::Borrowed(source),
    }
}

/// What the model said before.
pub(super) fn model_block(
    origin: Dialect,
    part: &Part,
    out: &mut Vec<u8>,
    dropped: &mut Vec<String>,
) -> bool {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            text_block(text, extra, out, dropped)
        }
        Part::ToolCall { extra, .. } => {
            let mut to = Object::new(out);
            tool_use(part, &mut to, dropped);
            caching::write(extra, &mut to);
            true
        }
        Part::Thinking {
            text,
            signature: Some(seal),
            extra,
            ..
        } if seal_of(origin, part).is_some() => {
            extra.report_except(&["index", "type", "id"], dropped);
            let mut to = Object::new(out);
            to.str("type", "thinking");
            to.str("thinking", text);
            to.str("signature", seal);
            true
        }
        // Thoughts without their seal are refused here.
        Part::Thinking { extra, .. } => {
            dropped.push(extra.path().to_owned());
            false
        }
        part => {
            dropped.push(part.path().to_owned());
            false
        }
    }
}

/// Writes a call of a tool. Arguments that are not a JSON object stand, as text, under `arguments`.
pub(crate) fn tool_use(part: &Part, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    let Part::ToolCall {
        id,
        name,
        arguments,
        signature,
        extra,
    } = part
    else {
        return;
    };
    extra.report_except(
        &["type", "index", "function.index", caching::POINT],
        dropped,
    );
    // In Google's copy of OpenAI's dialect it stands in a member that is kept aside, and so reported.
    if signature.is_some() && extra.get("extra_content").is_none() {
        dropped.push(extra.path_of("thoughtSignature"));
    }
    to.str("type", "tool_use");
    to.str("id", id);
    to.str("name", name);
    let source = arguments.trim();
    if matches!(source, "" | "null") {
        to.raw("input", b"{}");
        return;
    }
    let is_object = index(source.as_bytes()).is_ok_and(|index| {
        let doc = index.doc(source.as_bytes());
        doc.kind(doc.root()) == Kind::Object
    });
    if is_object {
        to.raw("input", source.as_bytes());
    } else {
        to.object("input").str("arguments", arguments);
    }
}
