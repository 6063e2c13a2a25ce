//! A request of this dialect, read.

use marshal_adapter_api::{
    ChatRequest, Extra, Fields, Json, Malformed, Message, Named, OutputFormat, Role, Thinking,
    ThinkingMode, Tool, ToolChoice, index, malformed,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use super::blocks;
use crate::facts;

/// Reads a request.
pub(crate) fn decode(body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let model = facts::model(&mut fields, named)?;
    let system = system(&mut fields)?;
    let list = fields
        .array("messages")?
        .ok_or_else(|| fields.missing("messages", "an array of messages"))?;
    let messages = doc
        .children(list)
        .map(|node| message(doc, node))
        .collect::<Result<Vec<_>, _>>()?;
    let (tool_choice, parallel_tool_calls) = tool_choice(&mut fields);
    let (output, effort, inner) = output(&mut fields)?;
    let mut request = ChatRequest {
        origin: Dialect::Anthropic,
        model,
        system,
        messages,
        tools: tools(&mut fields)?,
        tool_choice,
        parallel_tool_calls,
        max_output: fields.limit("max_tokens")?,
        max_output_old_word: false,
        choices: None,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: fields.number("top_k")?,
        seed: None,
        stop: stop(&mut fields)?,
        stop_bare: false,
        output,
        effort,
        thinking: thinking(&mut fields)?,
        user: user(&mut fields),
        service_tier: fields.str("service_tier")?,
        stream: named.stream.or(fields.bool("stream")?),
        stream_usage: None,
        extra: fields.rest(),
    };
    request.extra.absorb("output_config.", inner);
    Ok(request)
}

fn system(fields: &mut Fields<'_>) -> Result<Option<Message>, Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.take("system") else {
        return Ok(None);
    };
    let (parts, bare) = blocks::content(doc, node)?;
    Ok(Some(Message {
        role: Role::System,
        parts,
        bare,
        extra: Extra::at("system"),
    }))
}

fn message(doc: Doc<'_>, node: NodeId) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let role = match fields.need_str("role")?.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(fields.wrong("role", "must be `user` or `assistant`")),
    };
    let content = fields
        .take("content")
        .ok_or_else(|| fields.missing("content", "a string or an array of content blocks"))?;
    let (parts, bare) = blocks::content(doc, content)?;
    Ok(Message {
        role,
        parts,
        bare,
        extra: fields.rest(),
    })
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

/// The `type` of a function (`custom`, or none) stays aside.
fn tool(doc: Doc<'_>, node: NodeId) -> Result<Tool, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.peek("type").and_then(|kind| doc.str(kind));
    if let Some(kind) = kind
        && kind != "custom"
    {
        return Ok(Tool::Opaque {
            kind: kind.into_owned(),
            name: fields.str("name")?,
            value: Json::of(doc, node),
            path: doc.path(node),
        });
    }
    Ok(Tool::Function {
        name: fields.need_str("name")?,
        description: fields.str("description")?,
        schema: fields.json("input_schema"),
        strict: fields.bool("strict")?,
        extra: fields.rest(),
        wrapper: Extra::default(),
    })
}

fn tool_choice(fields: &mut Fields<'_>) -> (Option<ToolChoice>, Option<bool>) {
    let doc = fields.doc();
    let Some(node) = fields.take("tool_choice") else {
        return (None, None);
    };
    let text = |name: &str| doc.get(node, name).and_then(|node| doc.str(node));
    let one_by_one = doc
        .get(node, "disable_parallel_tool_use")
        .and_then(|node| doc.bool(node));
    let members = doc.len(node) - usize::from(one_by_one.is_some());
    let choice = match (text("type").as_deref(), text("name"), members) {
        (Some("auto"), None, 1) => ToolChoice::Auto,
        (Some("any"), None, 1) => ToolChoice::Required,
        (Some("none"), None, 1) => ToolChoice::None,
        (Some("tool"), Some(name), 2) => ToolChoice::Named(name.into_owned()),
        _ => return (Some(ToolChoice::Opaque(Json::of(doc, node))), None),
    };
    (Some(choice), one_by_one.map(|one| !one))
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

/// The output format and effort, and what else stands in `output_config`.
fn output(
    fields: &mut Fields<'_>,
) -> Result<(Option<OutputFormat>, Option<String>, Extra), Malformed> {
    let doc = fields.doc();
    // An empty one asks for nothing, and stays aside.
    let empty = |node: NodeId| doc.kind(node) == Kind::Object && doc.is_empty(node);
    if fields.peek("output_config").is_some_and(empty) {
        return Ok((None, None, Extra::default()));
    }
    if let Some(mut config) = fields.object("output_config")? {
        let effort = config.str("effort")?;
        let format = config.take("format").map(|node| {
            schema(doc, node, false).unwrap_or_else(|| OutputFormat::Opaque(Json::of(doc, node)))
        });
        return Ok((format, effort, config.rest()));
    }
    let old = fields
        .peek("output_format")
        .and_then(|node| schema(doc, node, true));
    if old.is_some() {
        fields.take("output_format");
    }
    Ok((old, None, Extra::default()))
}

fn schema(doc: Doc<'_>, node: NodeId, old_word: bool) -> Option<OutputFormat> {
    let kind = doc.get(node, "type").and_then(|node| doc.str(node))?;
    let schema = doc.get(node, "schema")?;
    (kind == "json_schema" && doc.len(node) == 2).then(|| OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: Some(Json::of(doc, schema)),
        strict: None,
        old_word,
        extra: Extra::default(),
    })
}

fn thinking(fields: &mut Fields<'_>) -> Result<Option<Thinking>, Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.peek("thinking") else {
        return Ok(None);
    };
    let mut inner = Fields::new(doc, node)?;
    let mode = match inner.need_str("type")?.as_str() {
        "disabled" => ThinkingMode::Off,
        "adaptive" => ThinkingMode::Adaptive,
        "enabled" => match inner.u64("budget_tokens")? {
            Some(budget) => ThinkingMode::Budget(budget),
            None => return Err(inner.missing("budget_tokens", "a number of tokens")),
        },
        _ => return Ok(None), // a newer kind stays aside
    };
    fields.take("thinking");
    Ok(Some(Thinking {
        mode,
        extra: inner.rest(),
    }))
}

/// Taken where it is all that `metadata` holds.
fn user(fields: &mut Fields<'_>) -> Option<String> {
    let doc = fields.doc();
    let metadata = fields.peek("metadata")?;
    let user = doc.str(doc.get(metadata, "user_id")?)?;
    if doc.kind(metadata) != Kind::Object || doc.len(metadata) != 1 {
        return None;
    }
    fields.take("metadata");
    Some(user.into_owned())
}
