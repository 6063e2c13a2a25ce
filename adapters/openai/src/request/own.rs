//! Messages and parts that came in this dialect, written as they were.

use marshal_adapter_api::{Array, Extra, MediaSource, Message, Object, Part, Role};

use super::audio;
use super::parts::LISTED;
use super::sealed::{self, DETAILS};

/// A message that came in this dialect, written as it was.
pub(crate) struct OwnMessage<'a>(pub(crate) &'a Message);

impl OwnMessage<'_> {
    /// Writes its members.
    pub(crate) fn write(&self, to: &mut Object<'_>) {
        let message = self.0;
        if !message.extra.lacks("role") {
            to.str("role", role_word(message.role));
        }
        let mut content = Vec::new();
        let mut calls = Vec::new();
        let mut details = Vec::new();
        for part in &message.parts {
            match part {
                Part::Thinking {
                    word: Some(DETAILS),
                    ..
                } => {
                    if message.extra.get(DETAILS).is_none() {
                        details.push(part);
                    }
                }
                Part::Thinking { text, word, .. } if *word != Some(LISTED) => {
                    to.str(word.unwrap_or("reasoning_content"), text);
                }
                Part::Refusal { text, extra } if extra.path() == message.extra.path() => {
                    to.str("refusal", text);
                }
                Part::ToolResult {
                    call_id,
                    content: inner,
                    ..
                } => {
                    if !message.extra.lacks("tool_call_id") {
                        to.str("tool_call_id", call_id);
                    }
                    content.extend(inner.iter().flatten());
                }
                Part::ToolCall { .. } => calls.push(part),
                Part::Opaque { path, .. } if path.contains(".tool_calls[") => calls.push(part),
                part => content.push(part),
            }
        }
        match content.as_slice() {
            [Part::Text { text, .. }] if message.bare => to.str("content", text),
            [] => {}
            parts => {
                let mut list = to.array("content");
                parts.iter().for_each(|part| own_part(part, &mut list));
            }
        }
        if !details.is_empty() {
            let mut list = to.array(DETAILS);
            for thought in details {
                sealed::write_own(thought, &mut list);
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
            plain("type", "text", extra, &mut to);
            plain("text", text, extra, &mut to);
            extra.write(&mut to);
        }
        Part::Refusal { text, extra } => {
            let mut to = list.object();
            to.str("type", "refusal");
            plain("refusal", text, extra, &mut to);
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
        Part::Document {
            source,
            title,
            extra,
        } => {
            let mut to = list.object();
            document(source, title.as_deref(), &mut to);
            extra.write(&mut to);
        }
        Part::Thinking { text, extra, .. } => {
            let mut to = list.object();
            plain("type", "thinking", extra, &mut to);
            if extra.get("thinking").is_none() {
                let mut thoughts = to.array("thinking");
                let mut thought = thoughts.object();
                thought.str("type", "text");
                thought.str("text", text);
            }
            extra.write(&mut to);
        }
        Part::Media {
            source: MediaSource::Base64 { media_type, data },
            extra,
            ..
        } => {
            let mut to = list.object();
            audio::write(media_type, data, &mut to);
            extra.write(&mut to);
        }
        Part::Media { .. } | Part::ToolResult { .. } => {}
    }
}

/// A member that is written again only where the source had one that is plain.
fn plain(name: &str, text: &str, extra: &Extra, to: &mut Object<'_>) {
    if !extra.lacks(name) {
        to.str(name, text);
    }
}

/// Writes an entry of `tool_calls`.
pub(crate) fn tool_call(part: &Part, own: bool, list: &mut Array<'_>) {
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
    let mut to = list.object();
    if !(own && extra.lacks("id")) {
        to.str("id", id);
    }
    let inner = |name: &str| name.strip_prefix("function.").map(str::to_owned);
    if own {
        for (name, value) in extra.members().filter(|(name, _)| inner(name).is_none()) {
            to.json(name, value);
        }
    } else {
        to.str("type", "function");
        if let Some(seal) = signature {
            to.object("extra_content")
                .object("google")
                .str("thought_signature", seal);
        }
    }
    let mut function = to.object("function");
    function.str("name", name);
    match arguments.as_str() {
        _ if own && extra.lacks("function.arguments") => {}
        "" if !own => function.str("arguments", "{}"),
        arguments => function.str("arguments", arguments),
    }
    if own {
        for (name, value) in extra.members() {
            if let Some(name) = inner(name) {
                function.json(&name, value);
            }
        }
    }
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

/// Writes a document.
pub(super) fn document(source: &MediaSource, title: Option<&str>, to: &mut Object<'_>) {
    to.str("type", "file");
    let mut at = to.object("file");
    at.opt_str("filename", title);
    match source {
        MediaSource::Base64 { media_type, data } => {
            at.str("file_data", &format!("data:{media_type};base64,{data}"));
        }
        MediaSource::File(id) => at.str("file_id", id),
        _ => {}
    }
}
