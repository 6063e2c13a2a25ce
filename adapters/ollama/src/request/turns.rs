//! The turns of a request of another dialect, written in this one.
//!
//! A message holds one text, so a turn of several texts becomes several messages of one speaker, as Ollama itself
//! reads such turns at its OpenAI door. Pictures stand beside the text that they follow.

use marshal_adapter_api::{
    Array, ChatRequest, Json, MediaSource, Message, Object, Part, Role, Untranslatable,
};

use crate::calls::{self, Calls};

/// Writes all messages.
pub(super) fn write(
    request: &ChatRequest,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut calls = Calls::default();
    for message in request.system.iter().chain(&request.messages) {
        refuse_legacy(message)?;
        message.extra.report_except(&["function_call"], dropped);
        match message.role {
            Role::User | Role::Tool => user(message, &calls, list, dropped)?,
            Role::Assistant => assistant(message, list, dropped),
            Role::System | Role::Developer => system(message, list, dropped),
        }
        calls.note(&message.parts);
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
        message: format!("`{path}` cannot be shown to an Ollama model: use `tool_calls`."),
        param: Some(path),
    })
}

fn system(message: &Message, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    for part in &message.parts {
        if let Some(text) = keep_text(part, dropped) {
            let mut to = list.object();
            to.str("role", "system");
            to.str("content", text);
        }
    }
}

/// A text that says something; anything else is reported.
fn keep_text<'a>(part: &'a Part, dropped: &mut Vec<String>) -> Option<&'a str> {
    match part {
        Part::Text { text, extra } | Part::Refusal { text, extra } => {
            extra.report(dropped);
            (!text.is_empty()).then_some(text)
        }
        part => {
            dropped.push(part.path().to_owned());
            None
        }
    }
}

/// A message of the user, as it is put together.
#[derive(Default)]
struct Said<'a> {
    text: Option<&'a str>,
    pictures: Vec<&'a str>,
}

impl<'a> Said<'a> {
    fn text(&mut self, text: &'a str, list: &mut Array<'_>) {
        if self.text.is_some() {
            self.write(list);
        }
        self.text = Some(text);
    }

    fn write(&mut self, list: &mut Array<'_>) {
        let said = std::mem::take(self);
        if said.text.is_none() && said.pictures.is_empty() {
            return;
        }
        let mut to = list.object();
        to.str("role", "user");
        to.str("content", said.text.unwrap_or_default());
        if !said.pictures.is_empty() {
            let mut list = to.array("images");
            said.pictures.iter().for_each(|picture| list.str(picture));
        }
    }
}

fn user(
    message: &Message,
    calls: &Calls,
    list: &mut Array<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut said = Said::default();
    for part in &message.parts {
        if let Part::ToolResult { .. } = part {
            said.write(list);
            tool_result(part, calls, list, &mut said, dropped)?;
            continue;
        }
        match shown(part, dropped)? {
            Shown::Text(text) => said.text(text, list),
            Shown::Picture(data) => said.pictures.push(data),
            Shown::Nothing => {}
        }
    }
    said.write(list);
    Ok(())
}

enum Shown<'a> {
    Text(&'a str),
    Picture(&'a str),
    Nothing,
}

/// What a user's part shows. It is never left out.
fn shown<'a>(part: &'a Part, dropped: &mut Vec<String>) -> Result<Shown<'a>, Untranslatable> {
    match part {
        Part::Text { .. } | Part::Refusal { .. } => {
            Ok(keep_text(part, dropped).map_or(Shown::Nothing, Shown::Text))
        }
        Part::Image {
            source: MediaSource::Base64 { data, .. },
            detail,
            extra,
        } => {
            extra.report(dropped);
            if detail.as_deref().is_some_and(|detail| detail != "auto") {
                dropped.push(extra.path_of("image_url.detail"));
            }
            Ok(Shown::Picture(data))
        }
        // A text document says the same as a text.
        Part::Document {
            source: MediaSource::Text { data, .. },
            title,
            extra,
        } => {
            extra.report(dropped);
            if title.is_some() {
                dropped.push(extra.path_of("title"));
            }
            Ok(Shown::Text(data))
        }
        part => {
            let path = part.path().to_owned();
            Err(Untranslatable {
                message: format!(
                    "`{path}` cannot be shown to an Ollama model: send text, and pictures as base64."
                ),
                param: Some(path),
            })
        }
    }
}

/// A tool's answer holds one text here; what it shows goes to the user message that follows.
fn tool_result<'a>(
    part: &'a Part,
    calls: &Calls,
    list: &mut Array<'_>,
    said: &mut Said<'a>,
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
        if let Part::Opaque { path, .. } = inner {
            dropped.push(path.clone());
            continue;
        }
        match shown(inner, dropped)? {
            Shown::Text(text) => texts.push(text),
            Shown::Picture(data) => said.pictures.push(data),
            Shown::Nothing => {}
        }
    }
    let mut to = list.object();
    to.str("role", "tool");
    to.str("content", &texts.join("\n"));
    to.opt_str("tool_name", calls.name_of(call_id));
    if !call_id.is_empty() {
        to.str("tool_call_id", call_id);
    }
    Ok(())
}

fn assistant(message: &Message, list: &mut Array<'_>, dropped: &mut Vec<String>) {
    let (mut texts, mut thoughts, mut calls) = (Vec::new(), String::new(), Vec::new());
    for part in &message.parts {
        match part {
            Part::ToolCall {
                signature, extra, ..
            } => {
                calls::report(extra, signature.as_deref(), dropped);
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
                thoughts.push_str(text);
            }
            part => texts.extend(keep_text(part, dropped)),
        }
    }
    // Thoughts come before the words, and calls after them.
    let last = texts.pop();
    for text in texts {
        turn(Some(text), &std::mem::take(&mut thoughts), &[], list);
    }
    if last.is_some() || !calls.is_empty() {
        turn(last, &thoughts, &calls, list);
    }
}

fn turn(text: Option<&str>, thoughts: &str, calls: &[&Part], list: &mut Array<'_>) {
    let mut to: Object<'_> = list.object();
    to.str("role", "assistant");
    to.str("content", text.unwrap_or_default());
    if !thoughts.is_empty() {
        to.str("thinking", thoughts);
    }
    if calls.is_empty() {
        return;
    }
    let mut list = to.array("tool_calls");
    for part in calls {
        if let Part::ToolCall {
            id,
            name,
            arguments,
            ..
        } = part
        {
            calls::write_foreign(None, id, name, arguments, &mut list.object());
        }
    }
}
