//! The two dialects as a client writes them and a provider answers them, in the fewest fields that both insist on.

use serde_json::{Value, json};

/// The two dialects in which most is tested; every other one has its tests in `doors.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    OpenAi,
    Anthropic,
}

/// Every pair of what a client speaks and what a provider speaks.
pub(crate) fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    both()
        .into_iter()
        .flat_map(|client| both().map(|provider| (client, provider)))
}

/// Both dialects.
pub(crate) fn both() -> [Dialect; 2] {
    [Dialect::OpenAi, Dialect::Anthropic]
}

/// What is said of a dialect here.
pub(crate) trait Speech {
    /// Where its clients call.
    fn path(self) -> &'static str;
    /// A question.
    fn says(self, model: &str, text: &str) -> Value;
    /// A conversation in which a tool was called with these arguments.
    fn used_tool(self, model: &str, text: &str, arguments: &Value) -> Value;
    /// The arguments of the tool call of such a conversation.
    fn tool_arguments(self, request: &Value) -> Value;
    /// A provider's whole answer.
    fn answers(self, text: &str) -> Value;
    /// A provider's whole answer that calls a tool.
    fn calls_tool(self, arguments: &str) -> Value;
    /// A provider's streamed answer.
    fn streams(self, pieces: &[&str]) -> Vec<String>;
    /// A provider's streamed answer that calls a tool.
    fn streams_tool(self, pieces: &[&str]) -> Vec<String>;
    /// What a client reads in a whole answer: the text, and the arguments of the tool call.
    fn heard(self, answer: &Value) -> Heard;
    /// What a client reads in a streamed answer.
    fn heard_in(self, stream: &[u8]) -> Heard;
}

/// What a client reads in an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    /// JSON text.
    pub(crate) arguments: String,
    /// Whether the dialect's terminal event was there.
    pub(crate) ended: bool,
}

impl Speech for Dialect {
    fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Anthropic => "/v1/messages",
        }
    }

    fn says(self, model: &str, text: &str) -> Value {
        let messages = json!([{"role": "user", "content": text}]);
        match self {
            Self::OpenAi => json!({"model": model, "messages": messages}),
            Self::Anthropic => json!({"model": model, "max_tokens": 64, "messages": messages}),
        }
    }

    fn used_tool(self, model: &str, text: &str, arguments: &Value) -> Value {
        let schema = json!({"type": "object", "properties": {"card": {}}});
        match self {
            Self::OpenAi => json!({
                "model": model,
                "tools": [{"type": "function", "function": {"name": "pay", "parameters": schema}}],
                "messages": [
                    {"role": "user", "content": text},
                    {"role": "assistant", "content": null, "tool_calls": [
                        {"id": "t1", "type": "function", "function": {"name": "pay", "arguments": arguments.to_string()}}]},
                    {"role": "tool", "tool_call_id": "t1", "content": "paid"},
                ],
            }),
            Self::Anthropic => json!({
                "model": model,
                "max_tokens": 64,
                "tools": [{"name": "pay", "input_schema": schema}],
                "messages": [
                    {"role": "user", "content": text},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "pay", "input": arguments}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "paid"}]},
                ],
            }),
        }
    }

    fn tool_arguments(self, request: &Value) -> Value {
        let turns = request["messages"].as_array().unwrap();
        match self {
            Self::OpenAi => {
                let turn = turns
                    .iter()
                    .find(|turn| turn["tool_calls"].is_array())
                    .unwrap();
                serde_json::from_str(
                    turn["tool_calls"][0]["function"]["arguments"]
                        .as_str()
                        .unwrap(),
                )
                .unwrap()
            }
            Self::Anthropic => {
                let parts = turns
                    .iter()
                    .filter_map(|turn| turn["content"].as_array())
                    .flatten();
                parts
                    .clone()
                    .find(|part| part["type"] == "tool_use")
                    .unwrap()["input"]
                    .clone()
            }
        }
    }

    fn answers(self, text: &str) -> Value {
        match self {
            Self::OpenAi => openai_answer(&json!({"role": "assistant", "content": text}), "stop"),
            Self::Anthropic => anthropic_answer(&json!({"type": "text", "text": text}), "end_turn"),
        }
    }

    fn calls_tool(self, arguments: &str) -> Value {
        match self {
            Self::OpenAi => {
                let call = json!({"id": "t2", "type": "function", "function": {"name": "pay", "arguments": arguments}});
                openai_answer(
                    &json!({"role": "assistant", "content": null, "tool_calls": [call]}),
                    "tool_calls",
                )
            }
            Self::Anthropic => {
                let input: Value = serde_json::from_str(arguments).unwrap();
                anthropic_answer(
                    &json!({"type": "tool_use", "id": "t2", "name": "pay", "input": input}),
                    "tool_use",
                )
            }
        }
    }

    fn streams(self, pieces: &[&str]) -> Vec<String> {
        match self {
            Self::OpenAi => {
                let deltas = pieces.iter().map(|piece| json!({"content": piece}));
                openai_stream(
                    std::iter::once(json!({"role": "assistant", "content": ""})).chain(deltas),
                    "stop",
                )
            }
            Self::Anthropic => {
                let deltas = pieces
                    .iter()
                    .map(|piece| json!({"type": "text_delta", "text": piece}));
                anthropic_stream(&json!({"type": "text", "text": ""}), deltas, "end_turn")
            }
        }
    }

    fn streams_tool(self, pieces: &[&str]) -> Vec<String> {
        match self {
            Self::OpenAi => {
                let start = json!({"index": 0, "id": "t2", "type": "function", "function": {"name": "pay", "arguments": ""}});
                let deltas = pieces
                    .iter()
                    .map(|piece| json!({"index": 0, "function": {"arguments": piece}}));
                let calls = std::iter::once(start).chain(deltas);
                openai_stream(
                    calls.map(|call| json!({"tool_calls": [call]})),
                    "tool_calls",
                )
            }
            Self::Anthropic => {
                let deltas = pieces
                    .iter()
                    .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
                let start = json!({"type": "tool_use", "id": "t2", "name": "pay", "input": {}});
                anthropic_stream(&start, deltas, "tool_use")
            }
        }
    }

    fn heard(self, answer: &Value) -> Heard {
        let mut heard = Heard {
            ended: true,
            ..Heard::default()
        };
        match self {
            Self::OpenAi => {
                let message = &answer["choices"][0]["message"];
                heard.text = text_of(&message["content"]);
                heard.arguments = text_of(&message["tool_calls"][0]["function"]["arguments"]);
            }
            Self::Anthropic => {
                for part in answer["content"].as_array().unwrap() {
                    heard.text.push_str(&text_of(&part["text"]));
                    if part["type"] == "tool_use" {
                        heard.arguments = part["input"].to_string();
                    }
                }
            }
        }
        heard
    }

    fn heard_in(self, stream: &[u8]) -> Heard {
        let mut heard = Heard::default();
        for data in std::str::from_utf8(stream)
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
        {
            if data.trim() == "[DONE]" {
                heard.ended = true;
                continue;
            }
            let event: Value =
                serde_json::from_str(data).unwrap_or_else(|_| panic!("not JSON: {data}"));
            assert!(event["error"].is_null(), "an error in the stream: {event}");
            match self {
                Self::OpenAi => {
                    let delta = &event["choices"][0]["delta"];
                    heard.text.push_str(&text_of(&delta["content"]));
                    heard
                        .arguments
                        .push_str(&text_of(&delta["tool_calls"][0]["function"]["arguments"]));
                }
                Self::Anthropic => {
                    heard.text.push_str(&text_of(&event["delta"]["text"]));
                    heard
                        .arguments
                        .push_str(&text_of(&event["delta"]["partial_json"]));
                    heard.ended |= event["type"] == "message_stop";
                }
            }
        }
        heard
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn openai_answer(message: &Value, finish: &str) -> Value {
    json!({
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    })
}

fn anthropic_answer(part: &Value, stop: &str) -> Value {
    json!({
        "id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [part],
        "stop_reason": stop, "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 5},
    })
}

fn openai_stream(deltas: impl Iterator<Item = Value>, finish: &str) -> Vec<String> {
    let chunk = |choice: Value| {
        format!(
            "data: {}\n\n",
            json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})
        )
    };
    let deltas = deltas.map(|delta| json!({"index": 0, "delta": delta, "finish_reason": null}));
    let last = json!({"index": 0, "delta": {}, "finish_reason": finish});
    let chunks = deltas.chain([last]).map(chunk);
    chunks.chain(["data: [DONE]\n\n".to_owned()]).collect()
}

fn anthropic_stream(block: &Value, deltas: impl Iterator<Item = Value>, stop: &str) -> Vec<String> {
    let message = json!({
        "id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 1},
    });
    let deltas =
        deltas.map(|delta| json!({"type": "content_block_delta", "index": 0, "delta": delta}));
    let before = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
    ];
    let after = [
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ];
    let events = before.into_iter().chain(deltas).chain(after);
    events
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap()
            )
        })
        .collect()
}

/// What speaks at this path.
pub(crate) fn of_path(path: &str) -> Dialect {
    if path.contains("/messages") {
        Dialect::Anthropic
    } else {
        Dialect::OpenAi
    }
}

/// A provider's entry for `marshal.yaml`: free models, every dialect and fact as told.
pub(crate) fn provider(
    name: &str,
    url: &str,
    dialects: &str,
    models: &[&str],
    rest: &str,
) -> String {
    let models: Vec<_> = models
        .iter()
        .map(|model| format!("{{name: {model}, price: free}}"))
        .collect();
    format!(
        "  {name}: {{base_url: \"{url}\", dialects: [{dialects}], models: [{}]{rest}}}\n",
        models.join(", ")
    )
}
