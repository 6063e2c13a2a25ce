//! Messages and parts that came in this dialect, written as they were.

use marshal_adapter_api::{Array, Extra, MediaSource, Message, Object, Part, Role};

use super::decode::PLAN;
use super::documents;
use super::parts::NULL_ARGUMENTS;
use crate::words::{is_marked, write_extra, write_inner};

/// A message that came in this dialect, written as it was.
pub(crate) struct OwnMessage<'a>(pub(crate) &'a Message);

impl OwnMessage<'_> {
    /// Writes its members.
    pub(crate) fn write(&self, to: &mut Object<'_>) {
        let message = self.0;
        if !message.extra.lacks("role") {
            to.str("role", role_word(message.role));
        }
        let (mut content, mut calls) = (Vec::new(), Vec::new());
        let mut listed = false;
        for part in &message.parts {
            match part {
                Part::Thinking {
                    text,
                    word: Some(PLAN),
                    ..
                } => to.str(PLAN, text),
                Part::ToolResult {
                    call_id,
                    content: inner,
                    ..
                } => {
                    if !message.extra.lacks("tool_call_id") {
                        to.str("tool_call_id", call_id);
                    }
                    listed |= inner.is_some();
                    content.extend(inner.iter().flatten());
                }
                Part::ToolCall { .. } => calls.push(part),
                Part::Opaque { path, .. } if path.contains(".tool_calls[") => calls.push(part),
                part if documents::is_top(part) => {}
                part => content.push(part),
            }
        }
        match content.as_slice() {
            [Part::Text { text, .. }] if message.bare => to.str("content", text),
            [] if !listed => {}
            parts => {
                let mut list = to.array("content");
                parts.iter().for_each(|part| own_part(part, &mut list));
            }
        }
        if !calls.is_empty() {
            let mut list = to.array("tool_calls");
            calls.iter().for_each(|call| own_part(call, &mut list));
        }
        message.extra.write(to);
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}

fn own_part(part: &Part, list: &mut Array<'_>) {
    match part {
        Part::Opaque { value, .. } => list.json(value),
        Part::ToolCall { .. } => tool_call(part, true, list),
        Part::Text { text, extra } => {
            let mut to = list.object();
            if !documents::write_part(text, extra, &mut to) {
                plain("type", "text", extra, &mut to);
                plain("text", text, extra, &mut to);
                extra.write(&mut to);
            }
        }
        Part::Thinking { text, extra, .. } => {
            let mut to = list.object();
            to.str("type", "thinking");
            plain("thinking", text, extra, &mut to);
            extra.write(&mut to);
        }
        Part::Image {
            source,
            detail,
            extra,
        } => {
            let mut to = list.object();
            image(source, detail.as_deref(), &mut to);
            extra.write(&mut to);
        }
        Part::Refusal { .. }
        | Part::Document { .. }
        | Part::Media { .. }
        | Part::ToolResult { .. } => {}
    }
}

/// A member that is written again only where the source had one that is plain.
fn plain(name: &str, text: &str, extra: &Extra, to: &mut Object<'_>) {
    if !extra.lacks(name) {
        to.str(name, text);
    }
}

/// Writes thoughts.
pub(super) fn thinking(text: &str, to: &mut Object<'_>) {
    to.str("type", "thinking");
    to.str("thinking", text);
}

/// Writes a picture.
pub(super) fn image(source: &MediaSource, detail: Option<&str>, to: &mut Object<'_>) {
    to.str("type", "image_url");
    let mut at = to.object("image_url");
    match source {
        MediaSource::Base64 { media_type, data } => {
            at.str("url", &format!("data:{media_type};base64,{data}"));
        }
        MediaSource::Url(url) => at.str("url", url),
        _ => {}
    }
    at.opt_str("detail", detail);
}

/// Writes an entry of `tool_calls`.
pub(crate) fn tool_call(part: &Part, own: bool, list: &mut Array<'_>) {
    let Part::ToolCall {
        id,
        name,
        arguments,
        extra,
        ..
    } = part
    else {
        return;
    };
    let mut to = list.object();
    if !(own && extra.lacks("id")) {
        to.str("id", id);
    }
    if own {
        write_extra(extra, Some("function"), &mut to);
    } else {
        to.str("type", "function");
    }
    let mut function = to.object("function");
    function.str("name", name);
    if own {
        own_arguments(arguments, extra, &mut function);
        write_inner(extra, "function", &mut function);
    } else {
        let none = arguments.trim().is_empty();
        function.str("arguments", if none { "{}" } else { arguments });
    }
}

fn own_arguments(arguments: &str, extra: &Extra, function: &mut Object<'_>) {
    if is_marked(extra, NULL_ARGUMENTS) {
        function.str("arguments", "null");
    } else if !extra.lacks("function.arguments") {
        function.str("arguments", arguments);
    }
}
