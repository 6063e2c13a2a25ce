//! What an answer says, read from plain JSON without any adapter.

use marshal_adapter_api::{ChatResponse, Part};
use serde_json::Value;

/// What an answer says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) thinking: String,
    /// Names and arguments.
    pub(crate) calls: Vec<(String, Value)>,
    /// Input and output tokens, and those read from a cache.
    pub(crate) usage: Option<(u64, u64, u64)>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn arguments(source: &str) -> Value {
    if source.is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    serde_json::from_str(source).unwrap()
}

impl Said {
    pub(crate) fn of_canonical(response: &ChatResponse) -> Self {
        let mut said = Self {
            usage: response.usage.as_ref().map(|usage| {
                let tokens = usage.tokens;
                (tokens.input.0, tokens.output.0, tokens.cache_read.0)
            }),
            ..Self::default()
        };
        for part in response
            .choices
            .iter()
            .flat_map(|choice| &choice.message.parts)
        {
            match part {
                Part::Text { text, .. } => said.text.push_str(text),
                Part::Thinking { text, .. } => said.thinking.push_str(text),
                Part::ToolCall {
                    name,
                    arguments: source,
                    ..
                } => said.calls.push((name.clone(), arguments(source))),
                _ => {}
            }
        }
        said
    }

    /// Of a whole answer, or of the chunks of a stream.
    pub(crate) fn of_gemini(chunks: &[Value]) -> Self {
        let mut said = Self::default();
        // Arguments in pieces: only texts at the top are recorded.
        let mut open: Option<(String, Value)> = None;
        for chunk in chunks {
            let parts = chunk["candidates"][0]["content"]["parts"].as_array();
            for part in parts.into_iter().flatten() {
                if part["thought"] == true {
                    said.thinking.push_str(text(&part["text"]));
                } else {
                    said.text.push_str(text(&part["text"]));
                }
                let call = &part["functionCall"];
                if let Some(name) = call["name"].as_str() {
                    let args = match &call["args"] {
                        Value::Null => Value::Object(serde_json::Map::new()),
                        args => args.clone(),
                    };
                    open = Some((name.to_owned(), args));
                }
                for piece in call["partialArgs"].as_array().into_iter().flatten() {
                    let name = text(&piece["jsonPath"]).trim_start_matches("$.");
                    let (_, args) = open.as_mut().unwrap();
                    let so_far = text(&args[name]).to_owned();
                    args[name] = Value::from(so_far + text(&piece["stringValue"]));
                }
                if call.is_object() && call["willContinue"] != true {
                    said.calls.extend(open.take());
                }
            }
            let usage = &chunk["usageMetadata"];
            if usage["promptTokenCount"].is_u64() || usage["candidatesTokenCount"].is_u64() {
                let of = |name: &str| number(&usage[name]);
                said.usage = Some((
                    of("promptTokenCount") + of("toolUsePromptTokenCount"),
                    of("candidatesTokenCount") + of("thoughtsTokenCount"),
                    of("cachedContentTokenCount"),
                ));
            }
        }
        said
    }

    pub(crate) fn of_openai(answer: &Value) -> Self {
        let message = &answer["choices"][0]["message"];
        let usage = &answer["usage"];
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        Self {
            text: text(&message["content"]).to_owned(),
            thinking: text(&message["reasoning_content"]).to_owned(),
            calls: calls
                .map(|call| {
                    let function = &call["function"];
                    (
                        text(&function["name"]).to_owned(),
                        arguments(text(&function["arguments"])),
                    )
                })
                .collect(),
            usage: usage.is_object().then(|| {
                (
                    number(&usage["prompt_tokens"]),
                    number(&usage["completion_tokens"]),
                    number(&usage["prompt_tokens_details"]["cached_tokens"]),
                )
            }),
        }
    }

    pub(crate) fn of_anthropic(answer: &Value) -> Self {
        let mut said = Self::default();
        for block in answer["content"].as_array().into_iter().flatten() {
            said.text.push_str(text(&block["text"]));
            said.thinking.push_str(text(&block["thinking"]));
            if block["type"] == "tool_use" {
                let name = text(&block["name"]).to_owned();
                said.calls.push((name, block["input"].clone()));
            }
        }
        let usage = &answer["usage"];
        let cached = number(&usage["cache_read_input_tokens"]);
        let input = number(&usage["input_tokens"]) + cached;
        said.usage = Some((input, number(&usage["output_tokens"]), cached));
        said
    }
}
