//! What is asked, once the dialect is read off it.

use serde_json::Value;

use crate::schema;

/// A request, as far as the demo understands it.
#[derive(Default)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) stream: bool,
    pub(crate) stream_usage: bool,
    pub(crate) max_output: Option<u64>,
    pub(crate) choices: u64,
    pub(crate) stop: Vec<String>,
    pub(crate) format: Format,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tool_choice: ToolChoice,
    /// What the last message of the user says.
    pub(crate) user: Content,
    /// What tools answered, if that is the last that was said.
    pub(crate) tool_result: Option<Content>,
    /// Characters of the whole input.
    pub(crate) input_chars: u64,
}

/// What form the answer's text is to have.
#[derive(Default)]
pub(crate) enum Format {
    #[default]
    Text,
    JsonObject,
    Schema(Value),
}

pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

#[derive(Default)]
pub(crate) enum ToolChoice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

/// The text of one message, and what came with it.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) images: u64,
    pub(crate) sounds: u64,
    pub(crate) files: u64,
}

/// Why a request is none: told in the dialect, with status 400.
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) param: Option<&'static str>,
    pub(crate) code: Option<&'static str>,
}

impl Wrong {
    pub(crate) fn new(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            param: Some(param),
            code: None,
        }
    }

    pub(crate) const fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

impl Content {
    /// Reads a message's `content`: a text, or a list of parts, nested ones included.
    pub(crate) fn read(&mut self, content: &Value) {
        match content {
            Value::String(text) => self.push_text(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.part(part)),
            _ => {}
        }
    }

    fn part(&mut self, part: &Value) {
        match text_of(part, "type").unwrap_or("text") {
            "image_url" | "image" => self.images += 1,
            "input_audio" => self.sounds += 1,
            "file" | "document" | "container_upload" => self.files += 1,
            "tool_result" => self.read(&part["content"]),
            _ => match part {
                Value::String(text) => self.push_text(text),
                part => self.push_text(text_of(part, "text").unwrap_or("")),
            },
        }
    }

    fn push_text(&mut self, text: &str) {
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(text);
    }

    pub(crate) fn chars(&self) -> u64 {
        chars(&self.text)
    }

    /// `1 image and 2 files`, if anything but text came.
    pub(crate) fn attachments(&self) -> Option<String> {
        let counts = [
            (self.images, "image"),
            (self.sounds, "sound"),
            (self.files, "file"),
        ];
        let named: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect();
        (!named.is_empty()).then(|| named.join(" and "))
    }
}

impl Ask {
    /// The tool to call, if this request calls for one.
    pub(crate) fn tool(&self) -> Option<&Tool> {
        match &self.tool_choice {
            ToolChoice::None => None,
            ToolChoice::Auto if self.tool_result.is_some() => None,
            ToolChoice::Auto | ToolChoice::Required => self.tools.first(),
            ToolChoice::Named(name) => self.tools.iter().find(|tool| tool.name == *name),
        }
    }

    /// Arguments for a tool, or an answer in a schema, with the user's words wherever a free text fits.
    pub(crate) fn fill(&self, schema: &Value) -> Value {
        schema::fill(schema, &self.user.text)
    }
}

/// The messages, if there is a list of them.
pub(crate) fn messages(body: &Value) -> Option<&[Value]> {
    body.get("messages")?.as_array().map(Vec::as_slice)
}

/// A limit on the answer: a whole number of at least one, if it is there.
pub(crate) fn limit(body: &Value, field: &'static str) -> Result<Option<u64>, Wrong> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(limit) if limit > 0 => Ok(Some(limit)),
            _ => {
                let message = format!("{field}: send a whole number of at least 1.");
                Err(Wrong::new(field, message))
            }
        },
    }
}

/// Stop sequences: one text or a list of them.
pub(crate) fn stops(value: &Value) -> Vec<String> {
    let several = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let all = std::iter::once(value).chain(several);
    all.filter_map(Value::as_str)
        .filter(|stop| !stop.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(crate) fn text_of<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

pub(crate) fn chars(text: &str) -> u64 {
    text.chars().count() as u64
}
