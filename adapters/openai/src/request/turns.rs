//! The turns of a request, written in this dialect.

use marshal_adapter_api::{
    Array, ChatRequest, MediaSource, Medium, Message, Object, Part, Role, Untranslatable,
};

use super::audio;
use super::own::{OwnMessage, document, image, tool_call};
use crate::words::{Asked, path};

/// Writes all messages.
pub(super) fn write(
    request: &ChatRequest,
    own: bool,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    if !own && !request.messages.iter().any(says_something) {
        let param = path(request.origin, Asked::Messages);
        return Err(Untranslatable {
            message: format!("`{param}` holds no turn, which a model needs: add one."),
            param: Some(param.to_owned()),
        });
    }
    let list = &mut root.array("messages");
    for message in request.system.iter().chain(&request.messages) {
        if own {
            match message.parts.as_slice() {
                [Part::Opaque { value, path, .. }] if path == message.extra.path() => {
                    list.json(value);
                }
                _ => OwnMessage(message).write(&mut list.object()),
            }
        } else {
            // What Responses calls its items says nothing elsewhere.
            message
                .extra
                .report_except(&["id", "status", "type"], dropped);
            match message.role {
                Role::User | Role::Tool => user(message, list, dropped)?,
                Role::Assistant => assistant(message, list, dropped),
                Role::System | Role::Developer => system(message, list, dropped),
            }
        }
    }
    Ok(())
}

fn says_something(message: &Message) -> bool {
    let silent = |part: &Part| matches!(part, Part::Text { text, .. } if text.is_empty());
    !message.parts.iter().all(silent)
}

fn system(message: &Message, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    let texts: Vec<&Part> = message
        .parts
        .iter()
        .filter(|part| keep_text(part, dropped))
        .collect();
    if texts.is_empty() {
        return;
    }
    let mut to = list.object();
    to.str("role", "system");
    texts_or_parts(&texts, &mut to);
}

/// True for a text that says something; anything else is reported.
fn keep_text(part: &Part, dropped: &mut Vec<String>) -> bool {
    match part {
        Part::Text { text, extra } => {
            extra.report(dropped);
            !text.is_empty()
        }
        part => {
            dropped.push(part.path().to_owned());
            false
        }
    }
}

/// One text is written as a bare string, which every provider understands.
fn texts_or_parts(parts: &[&Part], to: &mut Object<'_>) {
    if let [Part::Text { text, .. }] = parts {
        to.str("content", text);
        return;
    }
    let mut list = to.array("content");
    for part in parts {
        foreign_part(part, &mut list);
    }
}

fn foreign_part(part: &Part, list: &mut Array<'_>) {
    let mut to = list.object();
    match part {
        Part::Image { source, detail, .. } => image(source, detail.as_deref(), &mut to),
        // A text document says the same as a text.
        Part::Text { text, .. }
        | Part::Document {
            source: MediaSource::Text { data: text, .. },
            ..
        } => {
            to.str("type", "text");
            to.str("text", text);
        }
        Part::Media {
            source: MediaSource::Base64 { media_type, data },
            ..
        } => audio::write(media_type, data, &mut to),
        Part::Document { source, title, .. } => {
            document(source, title.as_deref().or(Some("document.pdf")), &mut to);
        }
        _ => {}
    }
}

fn user(
    message: &Message,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut rest: Vec<&Part> = Vec::new();
    for part in &message.parts {
        match part {
            Part::ToolResult { .. } => tool_result(part, list, &mut rest, dropped)?,
            part => {
                if check(part, dropped)? {
                    rest.push(part);
                }
            }
        }
    }
    if !rest.is_empty() {
        let mut to = list.object();
        to.str("role", "user");
        texts_or_parts(&rest, &mut to);
    }
    Ok(())
}

/// A tool's answer holds only text here; what it shows goes to the user turn that follows.
fn tool_result<'a>(
    part: &'a Part,
    list: &mut Array<'_>,
    rest: &mut Vec<&'a Part>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let Part::ToolResult {
        call_id,
        content,
        is_error,
        extra,
        ..
    } = part
    else {
        return Ok(());
    };
    if *is_error == Some(true) {
        dropped.push(extra.path_of("is_error"));
    }
    extra.report(dropped);
    let mut texts = Vec::new();
    for inner in content.iter().flatten() {
        match inner {
            Part::Opaque { path, .. } => dropped.push(path.clone()),
            inner if !check(inner, dropped)? => {}
            Part::Text { .. }
            | Part::Document {
                source: MediaSource::Text { .. },
                ..
            } => texts.push(inner),
            inner => rest.push(inner),
        }
    }
    let mut to = list.object();
    to.str("role", "tool");
    to.str("tool_call_id", call_id);
    if texts.is_empty() {
        to.str("content", "");
    } else {
        texts_or_parts(&texts, &mut to);
    }
    Ok(())
}

/// True if a user's part can be written and says something. What the user showed is never left out.
fn check(part: &Part, dropped: &mut Vec<String>) -> Result<bool, Untranslatable> {
    match part {
        Part::Text { .. } => Ok(keep_text(part, dropped)),
        Part::Image {
            source: MediaSource::Url(_) | MediaSource::Base64 { .. },
            extra,
            ..
        }
        | Part::Document {
            source: MediaSource::Base64 { .. },
            extra,
            ..
        } => {
            extra.report(dropped);
            Ok(true)
        }
        Part::Media {
            medium: Medium::Audio,
            source: MediaSource::Base64 { media_type, .. },
            extra,
        } if audio::is_heard(media_type) => {
            extra.report(dropped);
            Ok(true)
        }
        Part::Document {
            source: MediaSource::Text { .. },
            title,
            extra,
        } => {
            extra.report(dropped);
            if title.is_some() {
                dropped.push(extra.path_of("title"));
            }
            Ok(true)
        }
        part => {
            let path = part.path().to_owned();
            Err(Untranslatable {
                message: if path.contains('[') {
                    format!(
                        "`{path}` cannot be shown to an OpenAI-compatible model: send pictures by address or base64, documents as base64, and sound as base64 of wav or mp3."
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

fn assistant(message: &Message, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    let (mut texts, mut calls, mut thoughts) = (Vec::new(), Vec::new(), String::new());
    for part in &message.parts {
        match part {
            Part::ToolCall { extra, .. } => {
                extra.report_except(&["type", "index", "function.index"], dropped);
                calls.push(part);
            }
            // Without a seal it came from a provider of this dialect, which may want it back.
            Part::Thinking {
                text,
                signature,
                extra,
                ..
            } if signature.as_deref().unwrap_or_default().is_empty() => {
                extra.report_except(&["id"], dropped);
                thoughts.push_str(text);
            }
            part => {
                if keep_text(part, dropped) {
                    texts.push(part);
                }
            }
        }
    }
    if texts.is_empty() && calls.is_empty() {
        return;
    }
    let mut to = list.object();
    to.str("role", "assistant");
    if texts.is_empty() {
        to.null("content");
    } else {
        texts_or_parts(&texts, &mut to);
    }
    if !thoughts.is_empty() {
        to.str("reasoning_content", &thoughts);
    }
    if !calls.is_empty() {
        let mut list = to.array("tool_calls");
        calls
            .iter()
            .for_each(|call| tool_call(call, false, &mut list));
    }
}
