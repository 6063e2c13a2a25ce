//! A request of this dialect, read.

use marshal_adapter_api::{
    ChatRequest, Extra, Fields, Json, Malformed, Message, OutputFormat, Part, Role, Thinking,
    ThinkingMode, Tool, ToolChoice, answer_open_calls, index, malformed,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{documents, parts};

/// The word of thinking that stands in `tool_plan`.
pub(super) const PLAN: &str = "tool_plan";

/// Reads a request.
pub(crate) fn decode(body: &[u8]) -> Result<ChatRequest, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let model = fields.need_str("model")?;
    let list = fields
        .array("messages")?
        .ok_or_else(|| fields.missing("messages", "an array of messages"))?;
    let mut messages = doc
        .children(list)
        .map(|node| message(doc, node, None))
        .collect::<Result<Vec<_>, _>>()?;
    answer_open_calls(&mut messages);
    documents::attach(&mut fields, &mut messages);
    Ok(ChatRequest {
        origin: Dialect::Cohere,
        model,
        system: None,
        messages,
        tools: tools(&mut fields)?,
        tool_choice: tool_choice(&mut fields),
        parallel_tool_calls: None,
        max_output: fields.limit("max_tokens")?,
        max_output_old_word: false,
        choices: None,
        temperature: fields.number("temperature")?,
        top_p: fields.number("p")?,
        top_k: fields.number("k")?,
        seed: fields.number("seed")?,
        stop: stop(&mut fields)?,
        stop_bare: false,
        output: output(&mut fields)?,
        effort: None,
        thinking: thinking(&mut fields)?,
        user: None,
        service_tier: None,
        stream: fields.bool("stream")?,
        stream_usage: None,
        extra: fields.rest(),
    })
}

fn stop(fields: &mut Fields<'_>) -> Result<Option<Vec<String>>, Malformed> {
    let doc = fields.doc();
    let Some(list) = fields.array("stop_sequences")? else {
        return Ok(None);
    };
    doc.children(list)
        .map(|text| {
            doc.str(text)
                .map(std::borrow::Cow::into_owned)
                .ok_or_else(|| malformed(doc, text, "must be a string"))
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

/// `strict_tools` holds for every function; it stays aside where there is none.
fn tools(fields: &mut Fields<'_>) -> Result<Option<Vec<Tool>>, Malformed> {
    let doc = fields.doc();
    let Some(list) = fields.array("tools")? else {
        return Ok(None);
    };
    let mut tools = doc
        .children(list)
        .map(|node| tool(doc, node))
        .collect::<Result<Vec<_>, _>>()?;
    let is_function = |tool: &Tool| matches!(tool, Tool::Function { .. });
    if tools.iter().any(is_function) {
        let all = fields.bool("strict_tools")?;
        for tool in &mut tools {
            if let Tool::Function { strict, .. } = tool {
                *strict = all;
            }
        }
    }
    Ok(Some(tools))
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
    let mut function = wrapper
        .object("function")?
        .ok_or_else(|| wrapper.missing("function", "an object with a `name`"))?;
    Ok(Tool::Function {
        name: function.need_str("name")?,
        description: function.str("description")?,
        schema: function.json("parameters"),
        strict: None,
        extra: function.rest(),
        wrapper: wrapper.rest(),
    })
}

fn tool_choice(fields: &mut Fields<'_>) -> Option<ToolChoice> {
    let doc = fields.doc();
    let node = fields.take("tool_choice")?;
    Some(match doc.str(node).as_deref() {
        Some("REQUIRED") => ToolChoice::Required,
        Some("NONE") => ToolChoice::None,
        _ => ToolChoice::Opaque(Json::of(doc, node)),
    })
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
    let schema = ["json_schema", "schema"].into_iter().find_map(|name| {
        let schema = doc.get(node, name)?;
        (doc.kind(schema) == Kind::Object).then(|| (name, Json::of(doc, schema)))
    });
    let known = doc.len(node) == 1 + usize::from(schema.is_some());
    Ok(Some(match (kind.as_str(), schema) {
        ("text", None) if known => OutputFormat::Text,
        ("json_object", None) if known => OutputFormat::JsonObject,
        ("json_object", Some((name, schema))) if known => OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: Some(schema),
            strict: None,
            old_word: name == "schema",
            extra: Extra::default(),
        },
        _ => OutputFormat::Opaque(Json::of(doc, node)),
    }))
}

/// Cohere thinks unasked where its model can, so `enabled` alone is as the model sees fit.
fn thinking(fields: &mut Fields<'_>) -> Result<Option<Thinking>, Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.peek("thinking") else {
        return Ok(None);
    };
    let mut inner = Fields::new(doc, node)?;
    let mode = match inner.need_str("type")?.as_str() {
        "disabled" => ThinkingMode::Off,
        "enabled" => match inner.u64("token_budget")? {
            Some(budget) => ThinkingMode::Budget(budget),
            None => ThinkingMode::Adaptive,
        },
        _ => return Ok(None), // a newer kind stays aside
    };
    fields.take("thinking");
    Ok(Some(Thinking {
        mode,
        extra: inner.rest(),
    }))
}

/// Reads a message of a request, or of an answer whose `role` may be left out.
pub(crate) fn message(
    doc: Doc<'_>,
    node: NodeId,
    default: Option<Role>,
) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let role = role(&mut fields, default)?;
    let call_id = match role {
        Role::Tool => Some(fields.str_if("tool_call_id").unwrap_or_default()),
        _ => None,
    };
    let mut said = Vec::new();
    if role == Role::Assistant {
        said.extend(plan(&mut fields));
    }
    let (content, bare) = content(&mut fields)?;
    match call_id {
        Some(call_id) => said.push(Part::ToolResult {
            call_id,
            content,
            bare,
            is_error: None,
            extra: Extra::at(doc.path(node)),
        }),
        None => said.extend(content.unwrap_or_default()),
    }
    if role == Role::Assistant {
        tool_calls(&mut fields, &mut said)?;
    }
    Ok(Message {
        role,
        parts: said,
        bare,
        extra: fields.rest(),
    })
}

fn role(fields: &mut Fields<'_>, default: Option<Role>) -> Result<Role, Malformed> {
    let word = match (fields.str_if("role"), default) {
        (Some(word), _) => word,
        (None, Some(role)) => return Ok(role),
        (None, None) => {
            return Err(fields.missing("role", "`user`, `assistant`, `system` or `tool`"));
        }
    };
    Ok(match word.as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => return Err(fields.wrong("role", "must be `system`, `user`, `assistant` or `tool`")),
    })
}

/// The plan that the model made before it called tools: its thoughts, in an older place.
fn plan(fields: &mut Fields<'_>) -> Option<Part> {
    let doc = fields.doc();
    let text = fields
        .peek(PLAN)
        .and_then(|node| doc.str(node))
        .filter(|text| !text.is_empty())?;
    fields.take(PLAN);
    Some(Part::Thinking {
        text: text.into_owned(),
        signature: None,
        word: Some(PLAN),
        extra: Extra::at(doc.path(fields.node())),
    })
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
        Kind::Array if doc.is_empty(node) => Ok((None, false)),
        Kind::Array => {
            fields.take("content");
            let parts = doc.children(node).map(|part| parts::decode(doc, part));
            Ok((Some(parts.collect::<Result<_, _>>()?), false))
        }
        _ => Err(malformed(
            doc,
            node,
            "must be a string or an array of content parts",
        )),
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
    if doc.is_empty(list) {
        return Ok(()); // left aside: an empty list is written again as it was
    }
    fields.take("tool_calls");
    for node in doc.children(list) {
        said.push(parts::tool_call(doc, node)?);
    }
    Ok(())
}
