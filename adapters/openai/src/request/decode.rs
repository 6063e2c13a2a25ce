//! A request of this dialect, read.

use marshal_adapter_api::{
    ChatRequest, Extra, Fields, Json, Malformed, Message, Named, OutputFormat, Part, Role, Tool,
    ToolChoice, answer_open_calls, index, malformed,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{parts, sealed};
use crate::facts;

/// Reads a request.
pub(crate) fn decode(body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let model = facts::model(&mut fields, named)?;
    let list = fields
        .array("messages")?
        .ok_or_else(|| fields.missing("messages", "an array of messages"))?;
    let mut messages = doc
        .children(list)
        .map(|node| message(doc, node))
        .collect::<Result<Vec<_>, _>>()?;
    answer_open_calls(&mut messages);
    let old_word = fields.peek("max_completion_tokens").is_none();
    let max_output = fields.limit(if old_word {
        "max_tokens"
    } else {
        "max_completion_tokens"
    })?;
    let (stop, stop_bare) = stop(&mut fields)?;
    Ok(ChatRequest {
        origin: Dialect::OpenAi,
        model,
        system: None,
        messages,
        tools: tools(&mut fields)?,
        tool_choice: tool_choice(&mut fields),
        parallel_tool_calls: fields.bool("parallel_tool_calls")?,
        max_output,
        max_output_old_word: old_word,
        choices: fields.u64("n")?,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: fields.number("top_k")?,
        seed: fields.number("seed")?,
        stop,
        stop_bare,
        output: output(&mut fields)?,
        effort: fields.str("reasoning_effort")?,
        thinking: None,
        user: fields.str_if("user"),
        service_tier: fields.str("service_tier")?,
        stream: named.stream.or(fields.bool("stream")?),
        stream_usage: stream_usage(&mut fields),
        extra: fields.rest(),
    })
}

fn stop(fields: &mut Fields<'_>) -> Result<(Option<Vec<String>>, bool), Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.take("stop") else {
        return Ok((None, false));
    };
    if let Some(text) = doc.str(node) {
        return Ok((Some(vec![text.into_owned()]), true));
    }
    if doc.kind(node) != Kind::Array {
        return Err(malformed(
            doc,
            node,
            "must be a string or an array of strings",
        ));
    }
    let texts = doc
        .children(node)
        .map(|text| {
            doc.str(text)
                .map(std::borrow::Cow::into_owned)
                .ok_or_else(|| malformed(doc, text, "must be a string"))
        })
        .collect::<Result<_, _>>()?;
    Ok((Some(texts), false))
}

fn tools(fields: &mut Fields<'_>) -> Result<Option<Vec<Tool>>, Malformed> {
    let doc = fields.doc();
    let Some(list) = fields.array("tools")? else {
        return Ok(None);
    };
    doc.children(list)
        .map(|node| tool(doc, node))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn tool(doc: Doc<'_>, node: NodeId) -> Result<Tool, Malformed> {
    let mut wrapper = Fields::new(doc, node)?;
    // The `type` of a function stays aside: some clients leave it out.
    let kind = wrapper.peek("type").and_then(|kind| doc.str(kind));
    if let Some(kind) = kind
        && kind != "function"
    {
        return Ok(Tool::Opaque {
            kind: kind.into_owned(),
            name: None,
            value: Json::of(doc, node),
            path: doc.path(node),
        });
    }
    let Some(mut function) = wrapper.object("function")? else {
        return flat_tool(wrapper);
    };
    Ok(Tool::Function {
        name: function.need_str("name")?,
        description: function.str("description")?,
        schema: function.json("parameters"),
        strict: function.bool("strict")?,
        extra: function.rest(),
        wrapper: wrapper.rest(),
    })
}

/// A function written as Responses does, without an object around it; or, without a name, a kind of its own.
fn flat_tool(mut fields: Fields<'_>) -> Result<Tool, Malformed> {
    let (doc, node) = (fields.doc(), fields.node());
    let Some(name) = fields.str("name")? else {
        let kind = doc.children(node).next().and_then(|member| doc.key(member));
        return Ok(Tool::Opaque {
            kind: kind.unwrap_or_default().into_owned(),
            name: None,
            value: Json::of(doc, node),
            path: doc.path(node),
        });
    };
    fields.know("function");
    Ok(Tool::Function {
        name,
        description: fields.str("description")?,
        schema: fields.json("parameters"),
        strict: fields.bool("strict")?,
        extra: Extra::at(doc.path(node)),
        wrapper: fields.rest(),
    })
}

fn tool_choice(fields: &mut Fields<'_>) -> Option<ToolChoice> {
    let doc = fields.doc();
    // Mistral's word for `required`; it stays aside to be written again.
    let written = fields.peek("tool_choice")?;
    if doc.str(written).as_deref() == Some("any") {
        return Some(ToolChoice::Required);
    }
    let node = fields.take("tool_choice")?;
    let opaque = || ToolChoice::Opaque(Json::of(doc, node));
    if let Some(word) = doc.str(node) {
        return Some(match word.as_ref() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            _ => opaque(),
        });
    }
    let named = || {
        let function = doc.get(node, "function")?;
        let plain = doc.len(node) == 2
            && doc.len(function) == 1
            && doc.str(doc.get(node, "type")?)? == "function";
        plain
            .then(|| doc.get(function, "name"))
            .flatten()
            .and_then(|name| doc.str(name))
    };
    Some(named().map_or_else(opaque, |name| ToolChoice::Named(name.into_owned())))
}

fn output(fields: &mut Fields<'_>) -> Result<Option<OutputFormat>, Malformed> {
    let doc = fields.doc();
    // An empty one asks for nothing, and stays aside.
    let empty = |node: NodeId| doc.kind(node) == Kind::Object && doc.is_empty(node);
    if fields.peek("response_format").is_some_and(empty) {
        return Ok(None);
    }
    let Some(mut format) = fields.object("response_format")? else {
        return Ok(None);
    };
    let node = format.node();
    let Some(kind) = format.str_if("type") else {
        return Ok(Some(OutputFormat::Opaque(Json::of(doc, node))));
    };
    let alone = doc.len(node) == 1;
    Ok(Some(match kind.as_str() {
        "text" if alone => OutputFormat::Text,
        "json_object" if alone => OutputFormat::JsonObject,
        "json_schema" if doc.len(node) == 2 => {
            let Some(mut schema) = format.object("json_schema")? else {
                return Ok(Some(OutputFormat::Opaque(Json::of(doc, node))));
            };
            OutputFormat::JsonSchema {
                name: schema.str("name")?,
                description: schema.str("description")?,
                schema: schema.json("schema"),
                strict: schema.bool("strict")?,
                old_word: false,
                extra: schema.rest(),
            }
        }
        _ => OutputFormat::Opaque(Json::of(doc, node)),
    }))
}

/// Taken where it is the only option; other options keep the whole object aside.
fn stream_usage(fields: &mut Fields<'_>) -> Option<bool> {
    let doc = fields.doc();
    let options = fields.peek("stream_options")?;
    let wanted = doc
        .get(options, "include_usage")
        .and_then(|node| doc.bool(node))?;
    if doc.len(options) == 1 {
        fields.take("stream_options");
    }
    Some(wanted)
}

/// Reads the message of an answer, which is the assistant's whatever it says of its role.
pub(crate) fn answered(doc: Doc<'_>, node: NodeId) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    match fields
        .peek("role")
        .and_then(|role| doc.str(role))
        .as_deref()
    {
        Some("assistant") => drop(fields.take("role")),
        _ => fields.know("role"),
    }
    message_of(Role::Assistant, fields)
}

/// Reads a message of a request.
fn message(doc: Doc<'_>, node: NodeId) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    match role(&mut fields)? {
        Some(role) => message_of(role, fields),
        // Whose turn it is only this dialect knows: `function`, or what a model's template names.
        None => Ok(Message {
            role: Role::User,
            parts: vec![Part::Opaque {
                kind: "message".to_owned(),
                value: Json::of(doc, node),
                path: doc.path(node),
            }],
            bare: false,
            extra: Extra::at(doc.path(node)),
        }),
    }
}

fn message_of(role: Role, mut fields: Fields<'_>) -> Result<Message, Malformed> {
    let (doc, node) = (fields.doc(), fields.node());
    let call_id = match role {
        Role::Tool => Some(fields.str_if("tool_call_id").unwrap_or_default()),
        _ => None,
    };
    let mut said = Vec::new();
    if role == Role::Assistant {
        match sealed::decode(&mut fields) {
            Some(thoughts) => said.extend(thoughts),
            None => said.extend(thinking(&mut fields)),
        }
    }
    let (content, bare) = content(&mut fields)?;
    if let Some(call_id) = call_id {
        let extra = Extra::at(doc.path(node));
        said.push(Part::ToolResult {
            call_id,
            content,
            bare,
            is_error: None,
            extra,
        });
    } else {
        said.extend(content.unwrap_or_default());
    }
    if role == Role::Assistant {
        if let Some(refusal) = fields
            .peek("refusal")
            .and_then(|node| doc.str(node))
            .filter(|text| !text.is_empty())
        {
            fields.take("refusal");
            said.push(Part::Refusal {
                text: refusal.into_owned(),
                extra: Extra::at(doc.path(node)),
            });
        }
        tool_calls(&mut fields, &mut said)?;
    }
    Ok(Message {
        role,
        parts: said,
        bare,
        extra: fields.rest(),
    })
}

fn role(fields: &mut Fields<'_>) -> Result<Option<Role>, Malformed> {
    Ok(Some(match fields.need_str("role")?.as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => return Ok(None),
    }))
}

fn thinking(fields: &mut Fields<'_>) -> Option<Part> {
    let doc = fields.doc();
    for (name, word) in [
        ("reasoning_content", None),
        ("reasoning", Some("reasoning")),
    ] {
        let Some(node) = fields.peek(name) else {
            continue;
        };
        if let Some(text) = doc.str(node) {
            fields.take(name);
            return Some(Part::Thinking {
                text: text.into_owned(),
                signature: None,
                word,
                extra: Extra::at(doc.path(node)),
            });
        }
    }
    None
}

/// The content's parts, and whether it was one bare string. An empty list is left aside as it is.
fn content(fields: &mut Fields<'_>) -> Result<(Option<Vec<Part>>, bool), Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.peek("content") else {
        return Ok((None, false));
    };
    if let Some(text) = doc.str(node) {
        fields.take("content");
        let text = Part::Text {
            text: text.into_owned(),
            extra: Extra::at(doc.path(node)),
        };
        return Ok((Some(vec![text]), true));
    }
    match doc.kind(node) {
        Kind::Array if doc.len(node) == 0 => Ok((None, false)),
        Kind::Array => {
            fields.take("content");
            let parts = doc.children(node).map(|part| parts::decode(doc, part));
            Ok((Some(parts.collect::<Result<_, _>>()?), false))
        }
        // Refused at the door where a client wrote it; of an answer it stays aside.
        _ => Ok((None, false)),
    }
}

fn tool_calls(fields: &mut Fields<'_>, said: &mut Vec<Part>) -> Result<(), Malformed> {
    let doc = fields.doc();
    let Some(list) = fields.peek("tool_calls") else {
        return Ok(());
    };
    if doc.kind(list) != Kind::Array {
        return Err(malformed(doc, list, "must be an array"));
    }
    if doc.len(list) == 0 {
        return Ok(()); // left aside: an empty list is written again as it was
    }
    fields.take("tool_calls");
    for node in doc.children(list) {
        said.push(parts::tool_call(doc, node)?);
    }
    Ok(())
}
