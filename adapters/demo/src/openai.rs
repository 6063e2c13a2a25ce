//! Chat completions: reading a request, writing an answer whole and streamed.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::ask::{self, Ask, Content, Format, Tool, ToolChoice, Wrong, text_of};
use crate::reply::{End, Reply, pieces};
use crate::{CREATED, DemoAnswer, event, streamed, tokens, whole};

/// More choices than this would only repeat more.
const MOST_CHOICES: u64 = 8;

pub(crate) fn answer(body: &Value, id: u64) -> DemoAnswer {
    match read(body) {
        Err(wrong) => whole(400, &error(&wrong)),
        Ok(ask) => {
            let reply = Reply::to(&ask);
            let writer = Writer { ask: &ask, id };
            if ask.stream {
                streamed(writer.stream(&reply))
            } else {
                whole(200, &writer.whole(&reply))
            }
        }
    }
}

pub(crate) fn error(wrong: &Wrong) -> Value {
    json!({"error": {
        "message": wrong.message,
        "type": "invalid_request_error",
        "param": wrong.param,
        "code": wrong.code,
    }})
}

fn read(body: &Value) -> Result<Ask, Wrong> {
    if !body.is_object() {
        return Err(Wrong {
            message: "We could not parse the JSON body of your request. Send a JSON object.".into(),
            param: None,
            code: None,
        });
    }
    let model = text_of(body, "model")
        .filter(|model| !model.is_empty())
        .ok_or_else(|| Wrong::new("model", "you must provide a model parameter"))?;
    let messages = ask::messages(body).ok_or_else(|| {
        Wrong::new("messages", "Missing required parameter: 'messages'.")
            .code("missing_required_parameter")
    })?;
    let choices = ask::limit(body, "n")?.unwrap_or(1);
    if choices > MOST_CHOICES {
        let message = format!("n: the demo provider gives at most {MOST_CHOICES} choices.");
        return Err(Wrong::new("n", message));
    }
    let max_output = match ask::limit(body, "max_completion_tokens")? {
        None => ask::limit(body, "max_tokens")?,
        limit => limit,
    };
    let mut ask = Ask {
        model: model.to_owned(),
        stream: body["stream"] == true,
        stream_usage: body["stream_options"]["include_usage"] == true,
        max_output,
        choices,
        stop: ask::stops(&body["stop"]),
        format: format(&body["response_format"]),
        tools: tools(&body["tools"]),
        tool_choice: tool_choice(&body["tool_choice"]),
        ..Ask::default()
    };
    if !ask.tools.is_empty() {
        ask.input_chars = ask::chars(&body["tools"].to_string());
    }
    read_messages(&mut ask, messages)?;
    Ok(ask)
}

fn read_messages(ask: &mut Ask, messages: &[Value]) -> Result<(), Wrong> {
    if messages.is_empty() {
        let message = "Invalid 'messages': empty array. Send at least one message.";
        return Err(Wrong::new("messages", message).code("empty_array"));
    }
    for message in messages {
        let Some(role) = text_of(message, "role") else {
            let message = "Invalid 'messages': each is an object with a 'role'.";
            return Err(Wrong::new("messages", message));
        };
        let mut content = Content::default();
        content.read(&message["content"]);
        ask.input_chars += content.chars();
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            ask.input_chars += text_of(&call["function"], "arguments").map_or(0, ask::chars);
        }
        match role {
            // Results of one round stand in messages of their own.
            "tool" | "function" => ask
                .tool_result
                .get_or_insert_default()
                .read(&message["content"]),
            "user" => (ask.user, ask.tool_result) = (content, None),
            "assistant" => ask.tool_result = None,
            _ => {}
        }
    }
    Ok(())
}

fn format(format: &Value) -> Format {
    match text_of(format, "type") {
        Some("json_object") => Format::JsonObject,
        Some("json_schema") => Format::Schema(format["json_schema"]["schema"].clone()),
        _ => Format::Text,
    }
}

fn tools(tools: &Value) -> Vec<Tool> {
    let tools = tools.as_array().into_iter().flatten();
    tools
        .filter_map(|tool| {
            let function = tool.get("function")?;
            let empty = || json!({"type": "object"});
            Some(Tool {
                name: text_of(function, "name")?.to_owned(),
                schema: function.get("parameters").cloned().unwrap_or_else(empty),
            })
        })
        .collect()
}

fn tool_choice(choice: &Value) -> ToolChoice {
    match choice.as_str() {
        Some("none") => ToolChoice::None,
        Some("required") => ToolChoice::Required,
        Some(_) => ToolChoice::Auto,
        None => text_of(&choice["function"], "name")
            .map_or(ToolChoice::Auto, |name| ToolChoice::Named(name.to_owned())),
    }
}

struct Writer<'a> {
    ask: &'a Ask,
    id: u64,
}

impl Writer<'_> {
    fn whole(&self, reply: &Reply) -> Value {
        let choices: Vec<Value> = (0..self.ask.choices)
            .map(|index| {
                let mut message = self.opening(reply, index);
                match reply {
                    Reply::Text { text, .. } => message["content"] = json!(text),
                    Reply::Call { arguments, .. } => {
                        let call = &mut message["tool_calls"][0];
                        call["function"]["arguments"] = json!(arguments.to_string());
                        if let Some(call) = call.as_object_mut() {
                            call.remove("index");
                        }
                    }
                }
                message["annotations"] = json!([]);
                json!({"index": index, "message": message, "logprobs": null, "finish_reason": finish(reply)})
            })
            .collect();
        json!({
            "id": self.id(),
            "object": "chat.completion",
            "created": CREATED,
            "model": self.ask.model,
            "choices": choices,
            "usage": self.usage(reply),
            "service_tier": "default",
            "system_fingerprint": "fp_demo",
        })
    }

    fn stream(&self, reply: &Reply) -> Vec<Bytes> {
        let mut events = Vec::new();
        let mut each = |delta: &dyn Fn(u64) -> Value, finish: Option<&str>| {
            for index in 0..self.ask.choices {
                let choice = json!({"index": index, "delta": delta(index), "logprobs": null, "finish_reason": finish});
                events.push(self.chunk(&[choice], &Value::Null));
            }
        };
        each(&|index| self.opening(reply, index), None);
        match reply {
            Reply::Text { text, .. } => {
                for piece in pieces(text) {
                    each(&|_| json!({"content": piece}), None);
                }
            }
            Reply::Call { arguments, .. } => {
                for piece in pieces(&arguments.to_string()) {
                    let call = json!({"index": 0, "function": {"arguments": piece}});
                    each(&|_| json!({"tool_calls": [call]}), None);
                }
            }
        }
        each(&|_| json!({}), Some(finish(reply)));
        if self.ask.stream_usage {
            events.push(self.chunk(&[], &self.usage(reply)));
        }
        events.push(event(None, "[DONE]"));
        events
    }

    /// The message before any of its text: what the first event of a stream says.
    fn opening(&self, reply: &Reply, choice: u64) -> Value {
        match reply {
            Reply::Text { .. } => json!({"role": "assistant", "content": "", "refusal": null}),
            Reply::Call { name, .. } => json!({
                "role": "assistant",
                "content": null,
                "tool_calls": [{
                    "index": 0,
                    "id": format!("call_demo{:016x}{choice}", self.id),
                    "type": "function",
                    "function": {"name": name, "arguments": ""},
                }],
                "refusal": null,
            }),
        }
    }

    fn chunk(&self, choices: &[Value], usage: &Value) -> Bytes {
        let mut chunk = json!({
            "id": self.id(),
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": self.ask.model,
            "service_tier": "default",
            "system_fingerprint": "fp_demo",
            "choices": choices,
        });
        if self.ask.stream_usage {
            chunk["usage"] = usage.clone();
        }
        event(None, &chunk.to_string())
    }

    fn id(&self) -> String {
        format!("chatcmpl-demo{:016x}", self.id)
    }

    fn usage(&self, reply: &Reply) -> Value {
        let input = tokens(self.ask.input_chars);
        let output = reply.tokens() * self.ask.choices;
        json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        })
    }
}

const fn finish(reply: &Reply) -> &'static str {
    match reply {
        Reply::Call { .. } => "tool_calls",
        Reply::Text {
            end: End::Limit, ..
        } => "length",
        Reply::Text { .. } => "stop",
    }
}
