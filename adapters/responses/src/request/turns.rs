//! The turns of a request of another dialect, written in this one.
//!
//! A system prompt of one text becomes `instructions`; any other stands where it stood. Thoughts go back only
//! to the providers that sealed them.

use marshal_adapter_api::{Array, ChatRequest, Extra, Message, Object, Part, Role, Untranslatable};
use marshal_types::Dialect;

use super::shown;
use crate::seal;
use crate::words::{Setting, origin_word};

/// Writes `instructions` and `input`.
pub(super) fn write(
    request: &ChatRequest,
    root: &mut Object<'_>,
    dropped: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let mut system = request.system.as_ref();
    if let Some(message) = system
        && let [Part::Text { text, extra }] = message.parts.as_slice()
    {
        message.extra.report(dropped);
        extra.report(dropped);
        if !text.is_empty() {
            root.str("instructions", text);
        }
        system = None;
    }
    let mut to = Turns {
        origin: request.origin,
        list: root.array("input"),
        dropped,
        said: false,
    };
    for message in system.into_iter().chain(&request.messages) {
        to.turn(message)?;
    }
    if to.said {
        return Ok(());
    }
    let param = origin_word(request.origin, Setting::Turns);
    Err(Untranslatable {
        message: format!("`{param}` says nothing that a model could answer: add a turn."),
        param: Some(param.to_owned()),
    })
}

struct Turns<'a, 'b> {
    origin: Dialect,
    list: Array<'a>,
    dropped: &'b mut Vec<String>,
    said: bool,
}

impl Turns<'_, '_> {
    fn turn(&mut self, message: &Message) -> Result<(), Untranslatable> {
        let legacy = message.extra.get("function_call");
        if legacy.is_some_and(|call| !call.is_empty()) {
            let path = message.extra.path_of("function_call");
            return Err(Untranslatable {
                message: format!("`{path}` cannot be said to the Responses API: use `tool_calls`."),
                param: Some(path),
            });
        }
        message.extra.report(self.dropped);
        match message.role {
            Role::System => self.system("system", message),
            Role::Developer => self.system("developer", message),
            Role::User | Role::Tool => return self.user(message),
            Role::Assistant => self.assistant(message),
        }
        Ok(())
    }

    fn system(&mut self, role: &str, message: &Message) {
        let mut texts = Vec::new();
        for part in &message.parts {
            match part {
                Part::Text { text, extra } => {
                    extra.report(self.dropped);
                    if !text.is_empty() {
                        texts.push(text.as_str());
                    }
                }
                part => self.dropped.push(part.path().to_owned()),
            }
        }
        if texts.is_empty() {
            return;
        }
        self.said = true;
        let mut to = self.list.object();
        to.str("role", role);
        match texts.as_slice() {
            [text] => to.str("content", text),
            texts => {
                let mut list = to.array("content");
                texts
                    .iter()
                    .for_each(|text| shown::input_text(text, &mut list));
            }
        }
    }

    /// What tools answered comes first, as it does in every dialect that keeps both in one turn.
    fn user(&mut self, message: &Message) -> Result<(), Untranslatable> {
        let mut shown: Vec<&Part> = Vec::new();
        for part in &message.parts {
            match part {
                Part::ToolResult { .. } => self.tool_output(part)?,
                part => {
                    if shown::can_show(self.origin, part, self.dropped)? {
                        shown.push(part);
                    }
                }
            }
        }
        if shown.is_empty() {
            return Ok(());
        }
        self.said = true;
        let mut to = self.list.object();
        to.str("role", "user");
        match shown.as_slice() {
            [Part::Text { text, .. }] => to.str("content", text),
            parts => {
                let mut list = to.array("content");
                parts.iter().for_each(|part| shown::write(part, &mut list));
            }
        }
        Ok(())
    }

    fn tool_output(&mut self, part: &Part) -> Result<(), Untranslatable> {
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
        extra.report(self.dropped);
        if *is_error == Some(true) {
            self.dropped.push(extra.path_of("is_error"));
        }
        let mut shown = Vec::new();
        for inner in content.iter().flatten() {
            if shown::can_show(self.origin, inner, self.dropped)? {
                shown.push(inner);
            }
        }
        self.said = true;
        let mut to = self.list.object();
        to.str("type", "function_call_output");
        to.str("call_id", call_id);
        match shown.as_slice() {
            [] => to.str("output", ""),
            [Part::Text { text, .. }] => to.str("output", text),
            parts => {
                let mut list = to.array("output");
                parts.iter().for_each(|part| shown::write(part, &mut list));
            }
        }
        Ok(())
    }

    fn assistant(&mut self, message: &Message) {
        let mut left = message.parts.as_slice();
        while let Some(first) = left.first() {
            let run = |of: fn(&Part) -> bool| left.iter().take_while(|part| of(part)).count();
            let taken = match first {
                Part::Text { .. } | Part::Refusal { .. } => {
                    let words =
                        run(|part| matches!(part, Part::Text { .. } | Part::Refusal { .. }));
                    self.words(&left[..words]);
                    words
                }
                Part::Thinking { .. } => {
                    let thoughts = run(|part| matches!(part, Part::Thinking { .. }));
                    self.thoughts(&left[..thoughts]);
                    thoughts
                }
                Part::ToolCall { .. } => {
                    self.call(first);
                    1
                }
                part => {
                    self.dropped.push(part.path().to_owned());
                    1
                }
            };
            left = &left[taken..];
        }
    }

    fn words(&mut self, parts: &[Part]) {
        let mut said = Vec::new();
        for part in parts {
            let (Part::Text { text, extra } | Part::Refusal { text, extra }) = part else {
                continue;
            };
            extra.report(self.dropped);
            if !text.is_empty() {
                said.push(part);
            }
        }
        if said.is_empty() {
            return;
        }
        self.said = true;
        let mut to = self.list.object();
        to.str("type", "message");
        to.str("role", "assistant");
        if let [Part::Text { text, .. }] = said.as_slice() {
            to.str("content", text);
            return;
        }
        let mut list = to.array("content");
        for part in said {
            let mut entry = list.object();
            match part {
                Part::Text { text, .. } => {
                    entry.str("type", "output_text");
                    entry.str("text", text);
                }
                Part::Refusal { text, .. } => {
                    entry.str("type", "refusal");
                    entry.str("refusal", text);
                }
                _ => {}
            }
        }
    }

    /// Thoughts up to a seal of these providers are one item; others are nothing that they would take.
    fn thoughts(&mut self, parts: &[Part]) {
        let mut texts: Vec<(&str, String)> = Vec::new();
        for part in parts {
            let Part::Thinking {
                text,
                signature,
                word,
                extra,
            } = part
            else {
                continue;
            };
            let seal = signature.as_deref().unwrap_or_default();
            texts.push((
                text,
                thought_path(extra, word.unwrap_or(own_word(self.origin))),
            ));
            if let Some(encrypted) = seal::native(seal) {
                self.said = true;
                let mut to = self.list.object();
                to.str("type", "reasoning");
                let mut list = to.array("summary");
                for (text, _) in texts.drain(..).filter(|(text, _)| !text.is_empty()) {
                    let mut entry = list.object();
                    entry.str("type", "summary_text");
                    entry.str("text", text);
                }
                drop(list);
                to.str("encrypted_content", encrypted);
            } else if !seal.is_empty() {
                self.dropped.extend(texts.drain(..).map(|(_, path)| path));
            }
        }
        self.dropped.extend(texts.into_iter().map(|(_, path)| path));
    }

    fn call(&mut self, part: &Part) {
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
        extra.report_except(&["type", "index"], self.dropped);
        if signature.is_some() && self.origin != Dialect::OpenAi {
            self.dropped.push(extra.path_of(seal_word(self.origin)));
        }
        self.said = true;
        let mut to = self.list.object();
        to.str("type", "function_call");
        to.str("call_id", id);
        to.str("name", name);
        let empty = arguments.trim().is_empty();
        to.str("arguments", if empty { "{}" } else { arguments });
    }
}

/// Where thoughts stood; some dialects' parts stand at the member itself.
fn thought_path(extra: &Extra, word: &str) -> String {
    let path = extra.path();
    if path.ends_with(&format!(".{word}")) {
        path.to_owned()
    } else {
        extra.path_of(word)
    }
}

/// The member of thoughts in a dialect that has one.
const fn own_word(origin: Dialect) -> &'static str {
    match origin {
        Dialect::OpenAi => "reasoning_content",
        Dialect::Gemini => "text",
        Dialect::Bedrock => "reasoningContent",
        _ => "thinking",
    }
}

const fn seal_word(origin: Dialect) -> &'static str {
    match origin {
        Dialect::Gemini => "thoughtSignature",
        _ => "signature",
    }
}
