//! Messages: reading a request, writing an answer whole and streamed.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::ask::{self, Ask, Content, Format, Tool, ToolChoice, Wrong, text_of};
use crate::reply::{End, Reply, pieces};
use crate::{DemoAnswer, event, streamed, tokens, whole};

pub(crate) fn answer(body: &Value, id: u64) -> DemoAnswer {
    match read(body) {
        Err(wrong) => whole(400, &error(&wrong, id)),
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

fn error(wrong: &Wrong, id: u64) -> Value {
    json!({
        "type": "error",
        "error": {"type": "invalid_request_error", "message": wrong.message},
        "request_id": format!("req_demo{id:016x}"),
    })
}

fn read(body: &Value) -> Result<Ask, Wrong> {
    if !body.is_object() {
        return Err(Wrong {
            message: "The request body is not valid JSON. Send a JSON object.".into(),
            param: None,
            code: None,
        });
    }
    let required = |field| move || Wrong::new(field, format!("{field}: Field required"));
    let model = text_of(body, "model")
        .filter(|model| !model.is_empty())
        .ok_or_else(required("model"))?;
    let max_output = ask::limit(body, "max_tokens")?.ok_or_else(required("max_tokens"))?;
    let messages = ask::messages(body).ok_or_else(required("messages"))?;
    let mut ask = Ask {
        model: model.to_owned(),
        stream: body["stream"] == true,
        max_output: Some(max_output),
        choices: 1,
        stop: ask::stops(&body["stop_sequences"]),
        format: format(body),
        tools: tools(&body["tools"]),
        tool_choice: tool_choice(&body["tool_choice"]),
        ..Ask::default()
    };
    if !ask.tools.is_empty() {
        ask.input_chars = ask::chars(&body["tools"].to_string());
    }
    let mut system = Content::default();
    system.read(&body["system"]);
    ask.input_chars += system.chars();
    read_messages(&mut ask, messages)?;
    Ok(ask)
}

fn read_messages(ask: &mut Ask, messages: &[Value]) -> Result<(), Wrong> {
    if messages.is_empty() {
        let message = "messages: at least one message is required";
        return Err(Wrong::new("messages", message));
    }
    for (at, message) in messages.iter().enumerate() {
        let Some(role) = text_of(message, "role") else {
            let message = format!("messages.{at}.role: Field required");
            return Err(Wrong::new("messages", message));
        };
        let parts = message["content"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_result = |part: &&Value| text_of(part, "type") == Some("tool_result");
        let mut results = Content::default();
        for part in parts.iter().filter(is_result) {
            results.read(&part["content"]);
        }
        let mut content = Content::default();
        content.read(&message["content"]);
        ask.input_chars += content.chars();
        for call in parts.iter().filter_map(|part| part.get("input")) {
            ask.input_chars += ask::chars(&call.to_string());
        }
        let has_result = parts.iter().any(|part| is_result(&part));
        match role {
            "user" if has_result => ask.tool_result = Some(results),
            "user" => (ask.user, ask.tool_result) = (content, None),
            "assistant" => ask.tool_result = None,
            _ => {}
        }
    }
    Ok(())
}

fn format(body: &Value) -> Format {
    let old = body.get("output_format");
    let asked = body["output_config"].get("format").or(old);
    match asked {
        Some(asked) if text_of(asked, "type") == Some("json_schema") => {
            Format::Schema(asked["schema"].clone())
        }
        _ => Format::Text,
    }
}

/// The caller's own tools; those that a provider runs itself have no schema here.
fn tools(tools: &Value) -> Vec<Tool> {
    let tools = tools.as_array().into_iter().flatten();
    tools
        .filter_map(|tool| {
            Some(Tool {
                name: text_of(tool, "name")?.to_owned(),
                schema: tool.get("input_schema")?.clone(),
            })
        })
        .collect()
}

fn tool_choice(choice: &Value) -> ToolChoice {
    match (text_of(choice, "type"), text_of(choice, "name")) {
        (Some("none"), _) => ToolChoice::None,
        (Some("any"), _) => ToolChoice::Required,
        (Some("tool"), Some(name)) => ToolChoice::Named(name.to_owned()),
        _ => ToolChoice::Auto,
    }
}

struct Writer<'a> {
    ask: &'a Ask,
    id: u64,
}

impl Writer<'_> {
    fn whole(&self, reply: &Reply) -> Value {
        let mut block = self.opening(reply);
        match reply {
            Reply::Text { text, .. } => block["text"] = json!(text),
            Reply::Call { arguments, .. } => block["input"] = object(arguments),
        }
        let mut message = self.message(&[block], reply.tokens());
        let (reason, sequence) = stop(reply);
        message["stop_reason"] = json!(reason);
        message["stop_sequence"] = json!(sequence);
        message
    }

    fn stream(&self, reply: &Reply) -> Vec<Bytes> {
        let mut events = Vec::new();
        let mut send = |data: Value| {
            events.push(event(text_of(&data, "type"), &data.to_string()));
        };
        send(json!({"type": "message_start", "message": self.message(&[], 1)}));
        send(
            json!({"type": "content_block_start", "index": 0, "content_block": self.opening(reply)}),
        );
        send(json!({"type": "ping"}));
        let mut delta = |delta: Value| {
            send(json!({"type": "content_block_delta", "index": 0, "delta": delta}));
        };
        match reply {
            Reply::Text { text, .. } => {
                for piece in pieces(text) {
                    delta(json!({"type": "text_delta", "text": piece}));
                }
            }
            Reply::Call { arguments, .. } => {
                for piece in pieces(&object(arguments).to_string()) {
                    delta(json!({"type": "input_json_delta", "partial_json": piece}));
                }
            }
        }
        send(json!({"type": "content_block_stop", "index": 0}));
        let (reason, sequence) = stop(reply);
        send(json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": sequence},
            "usage": self.usage(reply.tokens()),
        }));
        send(json!({"type": "message_stop"}));
        events
    }

    /// The one content block before its text or input.
    fn opening(&self, reply: &Reply) -> Value {
        match reply {
            Reply::Text { .. } => json!({"type": "text", "text": ""}),
            Reply::Call { name, .. } => json!({
                "type": "tool_use",
                "id": format!("toolu_demo{:016x}", self.id),
                "name": name,
                "input": {},
            }),
        }
    }

    fn message(&self, content: &[Value], output: u64) -> Value {
        json!({
            "model": self.ask.model,
            "id": format!("msg_demo{:016x}", self.id),
            "type": "message",
            "role": "assistant",
            "content": content,
            "stop_reason": null,
            "stop_sequence": null,
            "usage": self.usage(output),
        })
    }

    fn usage(&self, output: u64) -> Value {
        json!({
            "input_tokens": tokens(self.ask.input_chars),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output,
            "service_tier": "standard",
        })
    }
}

/// A tool's input is an object, whatever its schema says.
fn object(arguments: &Value) -> Value {
    match arguments {
        Value::Object(_) => arguments.clone(),
        _ => json!({}),
    }
}

fn stop(reply: &Reply) -> (&'static str, Option<&str>) {
    match reply {
        Reply::Call { .. } => ("tool_use", None),
        Reply::Text { end: End::Said, .. } => ("end_turn", None),
        Reply::Text {
            end: End::Limit, ..
        } => ("max_tokens", None),
        Reply::Text {
            end: End::Stop(sequence),
            ..
        } => ("stop_sequence", Some(sequence)),
    }
}
