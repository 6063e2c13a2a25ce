//! The turns of a request of another dialect, written in this one.

use marshal_adapter_api::{
    Array, ChatRequest, Json, MediaSource, Message, Object, Part, Role, Untranslatable,
};

use super::own::{image, thinking, tool_call};

/// Writes all messages.
pub(super) fn write(
    request: &ChatRequest,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    for message in request.system.iter().chain(&request.messages) {
        refuse_legacy(message)?;
        message.extra.report_except(&["function_call"], dropped);
        match message.role {
            Role::User | Role::Tool => user(message, list, dropped)?,
            Role::Assistant => assistant(message, list, dropped),
            Role::System | Role::Developer => system(message, list, dropped),
        }
    }
    Ok(())
}

fn refuse_legacy(message: &Message) -> Result<(), Untranslatable> {
    if message
        .extra
        .get("function_call")
        .is_none_or(Json::is_empty)
    {
        return Ok(());
    }
    let path = message.extra.path_of("function_call");
    Err(Untranslatable {
        message: format!("`{path}` cannot be shown to a Cohere model: use `tool_calls`."),
        param: Some(path),
    })
}

fn system(message: &Message, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    let texts: Vec<&Part> = message
        .parts
        .iter()
        .filter(|part| keep_text(part, dropped))
        .collect();
    if !texts.is_empty() {
        let mut to = list.object();
        to.str("role", "system");
        content(&texts, &mut to);
    }
}

/// True for a text that says something; anything else is reported.
fn keep_text(part: &Part, dropped: &mut Vec<String>) -> bool {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            extra.report(dropped);
            !text.is_empty()
        }
        part => {
            dropped.push(part.path().to_owned());
            false
        }
    }
}

/// One text is written as a bare string.
fn content(parts: &[&Part], to: &mut Object<'_>) {
    if let [Part::Text { text, .. } | Part::Refusal { text, .. }] = parts {
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
        Part::Thinking { text, .. } => thinking(text, &mut to),
        // A text document says the same as a text.
        Part::Text { text, .. }
        | Part::Refusal { text, .. }
        | Part::Document {
            source: MediaSource::Text { data: text, .. },
            ..
        } => {
            to.str("type", "text");
            to.str("text", text);
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
        content(&rest, &mut to);
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
        content: said,
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
    for inner in said.iter().flatten() {
        match inner {
            Part::Opaque { path, .. } => dropped.push(path.clone()),
            inner if !check(inner, dropped)? => {}
            Part::Image { .. } => rest.push(inner),
            inner => texts.push(inner),
        }
    }
    let mut to = list.object();
    to.str("role", "tool");
    to.str("tool_call_id", call_id);
    if texts.is_empty() {
        to.str("content", "");
    } else {
        content(&texts, &mut to);
    }
    Ok(())
}

/// True if a user's part can be written and says something. What the user showed is never left out.
fn check(part: &Part, dropped: &mut Vec<String>) -> Result<bool, Untranslatable> {
    match part {
        Part::Text { .. } | Part::Refusal { .. } => Ok(keep_text(part, dropped)),
        Part::Image {
            source: MediaSource::Url(_) | MediaSource::Base64 { .. },
            extra,
            ..
        } => {
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
                message: format!(
                    "`{path}` cannot be shown to a Cohere model: send text, and pictures by address or base64."
                ),
                param: Some(path),
            })
        }
    }
}

fn assistant(message: &Message, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    let (mut said, mut calls) = (Vec::new(), Vec::new());
    for part in &message.parts {
        match part {
            Part::ToolCall {
                signature, extra, ..
            } => {
                extra.report_except(&["type", "index"], dropped);
                if signature.is_some() {
                    dropped.push(extra.path_of("signature"));
                }
                calls.push(part);
            }
            // Sealed thoughts are for the provider that sealed them.
            Part::Thinking {
                text,
                signature,
                extra,
                ..
            } if signature.as_deref().unwrap_or_default().is_empty() => {
                extra.report(dropped);
                if !text.is_empty() {
                    said.push(part);
                }
            }
            part => {
                if keep_text(part, dropped) {
                    said.push(part);
                }
            }
        }
    }
    let speaks = said
        .iter()
        .any(|part| !matches!(part, Part::Thinking { .. }));
    if !speaks && calls.is_empty() {
        return; // thoughts alone are no turn
    }
    let mut to = list.object();
    to.str("role", "assistant");
    if !said.is_empty() {
        content(&said, &mut to);
    }
    if !calls.is_empty() {
        let mut list = to.array("tool_calls");
        calls
            .iter()
            .for_each(|call| tool_call(call, false, &mut list));
    }
}
