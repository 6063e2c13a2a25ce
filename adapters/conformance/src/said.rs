//! What a recording says, read from its plain JSON without any adapter.

use std::collections::BTreeMap;

use marshal_adapter_api::{ChatResponse, FinishReason, Part};
use marshal_types::Dialect;
use serde_json::Value;

/// One tool call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Its id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The arguments as a value; text where they were not JSON.
    pub arguments: Value,
}

/// What the first choice of an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// All text, in order; a refusal is text too.
    pub text: String,
    /// All thinking, in order.
    pub thinking: String,
    /// Tool calls, in order.
    pub calls: Vec<Call>,
    /// `stop`, `length`, `tools`, `refusal`, `other`, or empty where it does not say.
    pub finish: &'static str,
    /// Input tokens with cached ones, output tokens, cached tokens; `None` where it does not say.
    pub usage: Option<(u64, u64, u64)>,
}

/// JSON of arguments, or their text.
pub(crate) fn arguments(source: &str) -> Value {
    if source.trim().is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    match serde_json::from_str(source) {
        Ok(value @ Value::Object(_)) => value,
        _ => serde_json::json!({ "arguments": source }),
    }
}

fn finish(word: &str, calls: bool, refuses: bool) -> &'static str {
    match word {
        "stop" | "end_turn" | "stop_sequence" | "pause_turn" | "eos" if calls => "tools",
        "stop" | "end_turn" if refuses => "refusal",
        "stop" | "end_turn" | "stop_sequence" | "pause_turn" | "eos" => "stop",
        "length" | "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_calls" | "tool_use" | "function_call" => "tools",
        "content_filter" | "refusal" => "refusal",
        "" => "",
        _ if calls => "tools",
        _ => "stop",
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Said {
    /// Of a whole answer.
    #[must_use]
    pub fn of_answer(dialect: Dialect, answer: &Value) -> Self {
        match dialect {
            Dialect::OpenAi => {
                let mut heard = Heard::default();
                let choice = &answer["choices"][0];
                heard.openai(&choice["message"]);
                heard.word = text_of(&choice["finish_reason"]).to_owned();
                heard.usage = openai_usage(answer);
                heard.said()
            }
            Dialect::Anthropic => {
                let mut heard = Heard::default();
                for block in answer["content"].as_array().into_iter().flatten() {
                    heard.block(block);
                }
                heard.word = text_of(&answer["stop_reason"]).to_owned();
                heard.usage = anthropic_usage(&answer["usage"], None);
                heard.said()
            }
        }
    }

    /// Of a stream's event data, in order.
    #[must_use]
    pub fn of_stream(dialect: Dialect, events: &[Value]) -> Self {
        let mut heard = Heard::default();
        for event in events {
            // A few recordings hold several answers; the first ends at its marker.
            if event["type"] == "message_stop" {
                break;
            }
            match dialect {
                Dialect::OpenAi => heard.chunk(event),
                Dialect::Anthropic => heard.event(event),
            }
        }
        heard.said()
    }

    /// Of an answer in the canonical form.
    #[must_use]
    pub fn of_canonical(response: &ChatResponse) -> Self {
        let mut said = Self::default();
        let Some(choice) = response.choices.first() else {
            return said;
        };
        let mut refuses = false;
        for part in &choice.message.parts {
            match part {
                Part::Text { text, .. } => said.text.push_str(text),
                Part::Refusal { text, .. } => {
                    refuses = true;
                    said.text.push_str(text);
                }
                Part::Thinking { text, .. } => said.thinking.push_str(text),
                Part::ToolCall {
                    id,
                    name,
                    arguments: source,
                    ..
                } => said.calls.push(Call {
                    id: id.clone(),
                    name: name.clone(),
                    arguments: arguments(source),
                }),
                _ => {}
            }
        }
        let calls = !said.calls.is_empty();
        said.finish = match choice.finish.as_ref().map(|finish| finish.reason) {
            None => "",
            Some(FinishReason::Length | FinishReason::ContextFull) => "length",
            Some(FinishReason::ToolCalls) => "tools",
            Some(FinishReason::Refusal) => "refusal",
            Some(_) if calls => "tools",
            Some(FinishReason::Stop) if refuses => "refusal",
            Some(_) => "stop",
        };
        said.usage = response.usage.as_ref().map(|usage| {
            let tokens = usage.tokens;
            (tokens.input.0, tokens.output.0, tokens.cache_read.0)
        });
        said
    }

    /// As Anthropic's dialect can say it: it always states usage and why the answer ended.
    #[must_use]
    pub fn stated(mut self) -> Self {
        self.usage = self.usage.or(Some((0, 0, 0)));
        if self.finish.is_empty() {
            self.finish = if self.calls.is_empty() {
                "stop"
            } else {
                "tools"
            };
        }
        self
    }
}

#[derive(Default)]
struct Heard {
    text: String,
    thinking: String,
    refuses: bool,
    calls: BTreeMap<u64, (String, String, String)>,
    word: String,
    usage: Option<(u64, u64, u64)>,
}

impl Heard {
    fn said(self) -> Said {
        let calls: Vec<Call> = self
            .calls
            .into_values()
            .map(|(id, name, source)| Call {
                id,
                name,
                arguments: arguments(&source),
            })
            .collect();
        Said {
            finish: finish(&self.word, !calls.is_empty(), self.refuses),
            text: self.text,
            thinking: self.thinking,
            calls,
            usage: self.usage,
        }
    }

    fn openai(&mut self, said: &Value) {
        match &said["content"] {
            Value::Array(parts) => {
                for part in parts {
                    self.text.push_str(text_of(&part["text"]));
                    for thought in part["thinking"].as_array().into_iter().flatten() {
                        self.thinking.push_str(text_of(&thought["text"]));
                    }
                }
            }
            content => self.text.push_str(text_of(content)),
        }
        let thinking = match text_of(&said["reasoning_content"]) {
            "" => text_of(&said["reasoning"]),
            text => text,
        };
        self.thinking.push_str(thinking);
        if thinking.is_empty() {
            // Snowflake gives Claude's thoughts with their seal alone.
            for thought in said["reasoning_details"].as_array().into_iter().flatten() {
                if thought["signature"].is_string() {
                    self.thinking.push_str(text_of(&thought["text"]));
                }
            }
        }
        let refusal = text_of(&said["refusal"]);
        self.refuses |= !refusal.is_empty();
        self.text.push_str(refusal);
        for call in said["tool_calls"].as_array().into_iter().flatten() {
            self.openai_call(call);
        }
    }

    /// Calls are told apart by index, and by id where every index is the same.
    fn openai_call(&mut self, call: &Value) {
        let id = text_of(&call["id"]);
        let next = self.calls.keys().next_back().map_or(0, |last| last + 1);
        let known = self.calls.iter().find(|(_, (of, _, _))| of == id);
        let at = match (call["index"].as_u64(), known) {
            (_, Some((&at, _))) if !id.is_empty() => at,
            (Some(at), _) if id.is_empty() || !self.calls.contains_key(&at) => at,
            (None, _) if id.is_empty() => next.saturating_sub(1),
            _ => next,
        };
        let entry = self.calls.entry(at).or_default();
        if entry.0.is_empty() {
            id.clone_into(&mut entry.0);
            text_of(&call["function"]["name"]).clone_into(&mut entry.1);
        }
        match &call["function"]["arguments"] {
            Value::String(source) => entry.2.push_str(source),
            Value::Null => {}
            value => entry.2.push_str(&value.to_string()),
        }
    }

    fn chunk(&mut self, chunk: &Value) {
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            if choice["index"].as_u64().unwrap_or(0) == 0 {
                self.openai(&choice["delta"]);
                if let Some(word) = choice["finish_reason"].as_str()
                    && self.word.is_empty()
                {
                    word.clone_into(&mut self.word);
                }
            }
        }
        self.usage = openai_usage(chunk).or(self.usage);
    }

    fn block(&mut self, block: &Value) {
        match text_of(&block["type"]) {
            "text" => self.text.push_str(text_of(&block["text"])),
            "thinking" => self.thinking.push_str(text_of(&block["thinking"])),
            "tool_use" => {
                let at = self.calls.len() as u64;
                let source = match &block["input"] {
                    Value::Object(members) if members.is_empty() => String::new(),
                    input => input.to_string(),
                };
                let (id, name) = (text_of(&block["id"]), text_of(&block["name"]));
                self.calls
                    .insert(at, (id.to_owned(), name.to_owned(), source));
            }
            _ => {}
        }
    }

    fn event(&mut self, event: &Value) {
        match text_of(&event["type"]) {
            "message_start" => self.usage = anthropic_usage(&event["message"]["usage"], None),
            "content_block_start" => self.started(event),
            "content_block_delta" => self.delta(event),
            "message_delta" => {
                text_of(&event["delta"]["stop_reason"]).clone_into(&mut self.word);
                self.usage = anthropic_usage(&event["usage"], self.usage);
            }
            _ => {}
        }
    }

    /// Streamed calls are kept by their block's index.
    fn started(&mut self, event: &Value) {
        let before = self.calls.len() as u64;
        self.block(&event["content_block"]);
        if event["content_block"]["type"] == "tool_use"
            && let Some(call) = self.calls.remove(&before)
        {
            self.calls
                .insert(event["index"].as_u64().unwrap_or(0) + 1_000, call);
        }
    }

    fn delta(&mut self, event: &Value) {
        let delta = &event["delta"];
        self.text.push_str(text_of(&delta["text"]));
        self.thinking.push_str(text_of(&delta["thinking"]));
        let at = event["index"].as_u64().unwrap_or(0) + 1_000;
        if let Some(call) = self.calls.get_mut(&at) {
            call.2.push_str(text_of(&delta["partial_json"]));
        }
    }
}

fn openai_usage(answer: &Value) -> Option<(u64, u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let usage = [&answer["usage"], &answer["x_groq"]["usage"]]
        .into_iter()
        .find(|usage| usage.is_object());
    if let Some(usage) = usage {
        let (input, mut output) = (
            number(&usage["prompt_tokens"]),
            number(&usage["completion_tokens"]),
        );
        let reasoning = number(&usage["completion_tokens_details"]["reasoning_tokens"]);
        if reasoning > 0 && number(&usage["total_tokens"]) == input + output + reasoning {
            output += reasoning;
        }
        let cached = [
            &usage["prompt_tokens_details"]["cached_tokens"],
            &usage["prompt_cache_hit_tokens"],
            &usage["cached_tokens"],
        ]
        .into_iter()
        .find_map(Value::as_u64)
        .unwrap_or(0);
        // Counted apart where there are more of them than there are tokens in all.
        let input = if cached > input {
            input + cached
        } else {
            input
        };
        return Some((input, output, cached));
    }
    let timings = &answer["timings"];
    let (input, output) = (
        timings["prompt_n"].as_u64()?,
        timings["predicted_n"].as_u64()?,
    );
    let cached = number(&timings["cache_n"]);
    Some((input + cached, output, cached))
}

/// Later reports override earlier ones. Only the recordings' two shapes: all counters again, or output alone.
fn anthropic_usage(usage: &Value, before: Option<(u64, u64, u64)>) -> Option<(u64, u64, u64)> {
    let number = |name: &str| usage[name].as_u64();
    let output = number("output_tokens")?;
    let Some(fresh) = number("input_tokens") else {
        let (input, _, cached) = before.unwrap_or_default();
        // Counted apart where there are more of them than there are tokens in all.
        let input = if cached > input {
            input + cached
        } else {
            input
        };
        return Some((input, output, cached));
    };
    let (old_input, _, old_cached) = before.unwrap_or_default();
    let read = number("cache_read_input_tokens");
    let written = number("cache_creation_input_tokens");
    if before.is_some() && read.is_none() && written.is_none() {
        // Cached counters stand from before; the uncached one is new.
        let kept = old_input.saturating_sub(old_cached).min(old_input);
        return Some((old_input - kept + fresh, output, old_cached));
    }
    let (read, written) = (read.unwrap_or(0), written.unwrap_or(0));
    Some((fresh + read + written, output, read))
}
