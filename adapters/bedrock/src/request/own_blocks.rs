//! Blocks that came in this dialect, written as they were.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Array, Extra, MediaSource, Medium, Object, Part};

use super::said::redacted_data;
use crate::marks::{self, marked, write_inner, write_outer};
use crate::seals;
use crate::words;

/// Writes a list of blocks, each with the cache point that stood behind it.
pub(crate) fn content(name: &str, parts: &[Part], to: &mut Object<'_>) {
    let mut list = to.array(name);
    for part in parts {
        match part {
            Part::Opaque { value, .. } => match redacted_data(part) {
                Some(data) => redacted(&data, &mut list.object()),
                None => list.json(value),
            },
            part => block(part, &mut list),
        }
    }
}

/// Writes thoughts that Claude hides.
pub(super) fn redacted(data: &str, to: &mut Object<'_>) {
    to.object("reasoningContent")
        .str("redactedContent", &STANDARD.encode(data));
}

fn block(part: &Part, list: &mut Array<'_>) {
    let extra = {
        let mut to = list.object();
        match part {
            Part::Text { text, extra } | Part::Refusal { text, extra } => {
                written(text, extra, &mut to);
                extra
            }
            Part::Thinking {
                text,
                signature,
                extra,
                ..
            } => {
                thinking(text, signature.as_deref(), extra, &mut to);
                extra
            }
            Part::Image { source, extra, .. } => {
                media("image", source, None, extra, &mut to);
                extra
            }
            Part::Document {
                source,
                title,
                extra,
            } => {
                media("document", source, title.as_deref(), extra, &mut to);
                extra
            }
            Part::Media {
                medium,
                source,
                extra,
            } => {
                media(kind_of(*medium), source, None, extra, &mut to);
                extra
            }
            Part::ToolCall {
                id,
                name,
                arguments,
                extra,
                ..
            } => {
                tool_use(id, name, arguments, extra, &mut to);
                extra
            }
            Part::ToolResult { extra, .. } => {
                tool_result(part, &mut to);
                extra
            }
            Part::Opaque { .. } => return,
        }
    };
    if let Part::ToolCall {
        id,
        signature: Some(seal),
        ..
    } = part
    {
        seals::write_call(id, seal, &mut list.object());
    }
    if let Some(point) = extra.get(marks::CACHE_POINT) {
        list.object().json(marks::CACHE_POINT, point);
    }
}

/// The member that holds sound or moving pictures.
pub(super) const fn kind_of(medium: Medium) -> &'static str {
    match medium {
        Medium::Audio => "audio",
        Medium::Video => "video",
    }
}

fn written(text: &str, extra: &Extra, to: &mut Object<'_>) {
    if marked(extra, marks::JSON) {
        to.raw("json", text.as_bytes());
    } else if marked(extra, marks::GUARD) {
        let mut guard = to.object("guardContent");
        {
            let mut inner = guard.object("text");
            inner.str("text", text);
            write_inner(extra, "guardContent.text.", &mut inner);
        }
        for (name, value) in extra.members() {
            if let Some(name) = name.strip_prefix("guardContent.")
                && !name.starts_with("text.")
            {
                guard.json(name, value);
            }
        }
    } else if marked(extra, marks::CITED) {
        let mut inner = to.object("citationsContent");
        if extra.get("citationsContent.content").is_none() {
            inner.array("content").object().str("text", text);
        }
        write_inner(extra, "citationsContent.", &mut inner);
    } else if !extra.lacks("text") {
        to.str("text", text);
    }
    write_outer(
        extra,
        &["guardContent.", "citationsContent.", marks::CACHE_POINT],
        to,
    );
}

fn thinking(text: &str, signature: Option<&str>, extra: &Extra, to: &mut Object<'_>) {
    {
        let mut inner = to.object("reasoningContent");
        {
            let mut said = inner.object("reasoningText");
            if !extra.lacks("reasoningContent.reasoningText.text") {
                said.str("text", text);
            }
            said.opt_str("signature", signature);
            write_inner(extra, "reasoningContent.reasoningText.", &mut said);
        }
        for (name, value) in extra.members() {
            if let Some(name) = name.strip_prefix("reasoningContent.")
                && !name.starts_with("reasoningText.")
            {
                inner.json(name, value);
            }
        }
    }
    write_outer(extra, &["reasoningContent.", marks::CACHE_POINT], to);
}

fn tool_use(id: &str, name: &str, arguments: &str, extra: &Extra, to: &mut Object<'_>) {
    {
        let mut inner = to.object("toolUse");
        if !extra.lacks("toolUse.toolUseId") {
            inner.str("toolUseId", id);
        }
        inner.str("name", name);
        if !extra.lacks("toolUse.input") {
            inner.raw("input", arguments.as_bytes());
        }
        write_inner(extra, "toolUse.", &mut inner);
    }
    write_outer(extra, &["toolUse.", marks::CACHE_POINT], to);
}

fn tool_result(part: &Part, to: &mut Object<'_>) {
    let Part::ToolResult {
        call_id,
        content: said,
        is_error,
        extra,
        ..
    } = part
    else {
        return;
    };
    {
        let mut inner = to.object("toolResult");
        inner.str("toolUseId", call_id);
        if let Some(said) = said {
            content("content", said, &mut inner);
        }
        if let Some(is_error) = is_error {
            inner.str("status", if *is_error { "error" } else { "success" });
        }
        write_inner(extra, "toolResult.", &mut inner);
    }
    write_outer(extra, &["toolResult.", marks::CACHE_POINT], to);
}

fn media(kind: &str, at: &MediaSource, name: Option<&str>, extra: &Extra, to: &mut Object<'_>) {
    let prefix = format!("{kind}.");
    {
        let mut inner = to.object(kind);
        let bare = marked(extra, marks::NO_FORMAT);
        if let MediaSource::Base64 { media_type, .. } | MediaSource::Text { media_type, .. } = at
            && let Some(format) = words::format(kind, media_type)
            && !bare
        {
            inner.str("format", &format);
        }
        inner.opt_str("name", name);
        match at {
            MediaSource::Opaque(value) => inner.json("source", value),
            MediaSource::Base64 { data, .. } => inner.object("source").str("bytes", data),
            MediaSource::Text { data, .. } if marked(extra, marks::BYTES) => {
                inner.object("source").str("bytes", &STANDARD.encode(data));
            }
            MediaSource::Text { data, .. } => inner.object("source").str("text", data),
            MediaSource::Url(_) | MediaSource::File(_) => {}
        }
        write_inner(extra, &prefix, &mut inner);
    }
    write_outer(extra, &[&prefix, marks::CACHE_POINT], to);
}
