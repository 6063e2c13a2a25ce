//! A request of this dialect, read.
//!
//! What a request only refers to (an earlier answer, a stored prompt, a conversation that the provider keeps)
//! is shown to the model as much as what it holds. It becomes a part of the user's that no other dialect
//! knows, so that it is refused there and never left out.

use marshal_adapter_api::{
    ChatRequest, Extra, Fields, Json, Malformed, Message, Named, OutputFormat, Part, Role, Tool,
    ToolChoice, index, malformed,
};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::facts;
use crate::items;
use crate::words::{is, text};

/// Before the members of `text` and `reasoning` that the canonical form has no word for.
pub(super) const TEXT: &str = "text.";
/// See [`TEXT`].
pub(super) const REASONING: &str = "reasoning.";

/// Reads a request.
pub(crate) fn decode(body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
    let index = index(body)?;
    let doc = index.doc(body);
    let mut fields = Fields::new(doc, doc.root())?;
    let model = facts::model(&mut fields, named)?;
    let mut messages = referred(&mut fields);
    messages.extend(input(&mut fields)?);
    let system = instructions(&mut fields);
    let tools = tools(&mut fields)?;
    let tool_choice = tool_choice(&mut fields);
    let (output, text_rest) = output(&mut fields)?;
    let (effort, reasoning_rest) = reasoning(&mut fields)?;
    let mut request = ChatRequest {
        origin: Dialect::Responses,
        model,
        system,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls: fields.bool("parallel_tool_calls")?,
        max_output: fields.limit("max_output_tokens")?,
        max_output_old_word: false,
        choices: None,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: None,
        seed: None,
        stop: None,
        stop_bare: false,
        output,
        effort,
        thinking: None,
        user: fields.str_if("user"),
        service_tier: fields.str("service_tier")?,
        stream: named.stream.or(fields.bool("stream")?),
        stream_usage: None,
        extra: fields.rest(),
    };
    for (prefix, rest) in [(TEXT, text_rest), (REASONING, reasoning_rest)] {
        request.extra.absorb(prefix, rest);
    }
    Ok(request)
}

/// What the request refers to, each as a turn of its own at the member's path.
fn referred(fields: &mut Fields<'_>) -> Vec<Message> {
    let doc = fields.doc();
    let mut turns = Vec::new();
    for name in [
        "previous_response_id",
        "conversation",
        "prompt",
        "background",
    ] {
        // An answer at once is what every dialect gives.
        if fields
            .peek(name)
            .is_none_or(|node| doc.bool(node) == Some(false))
        {
            continue;
        }
        if let Some(node) = fields.take(name) {
            turns.push(Message {
                role: Role::User,
                parts: vec![Part::Opaque {
                    kind: name.to_owned(),
                    value: Json::of(doc, node),
                    path: name.to_owned(),
                }],
                bare: false,
                extra: Extra::at(name),
            });
        }
    }
    turns
}

fn input(fields: &mut Fields<'_>) -> Result<Vec<Message>, Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.take("input") else {
        return Ok(Vec::new());
    };
    if let Some(text) = doc.str(node) {
        let mut message = Message::text(Role::User, text);
        message.extra = Extra::at("input");
        if let Some(Part::Text { extra, .. }) = message.parts.first_mut() {
            *extra = Extra::at("input");
        }
        return Ok(vec![message]);
    }
    if doc.kind(node) != Kind::Array {
        return Err(malformed(
            doc,
            node,
            "must be a string or an array of items",
        ));
    }
    items::turns(doc, node)
}

/// Taken where they are a text; a list of items stays aside.
fn instructions(fields: &mut Fields<'_>) -> Option<Message> {
    let node = fields.peek("instructions")?;
    let text = fields.doc().str(node)?;
    fields.take("instructions");
    let mut message = Message::text(Role::System, text);
    message.extra = Extra::at("instructions");
    if let Some(Part::Text { extra, .. }) = message.parts.first_mut() {
        *extra = Extra::at("instructions");
    }
    Some(message)
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
    let mut fields = Fields::new(doc, node)?;
    let name = text(doc, node, "name");
    let kind = match fields.str_if("type") {
        Some(kind) => kind,
        // A function needs no other word than its name.
        None if name.is_some() => "function".to_owned(),
        None => String::new(),
    };
    if kind != "function" {
        return Ok(Tool::Opaque {
            kind,
            name,
            value: Json::of(doc, node),
            path: doc.path(node),
        });
    }
    if name.is_none()
        && let Some(mut function) = fields.object("function")?
    {
        // As chat completions write it: an object within.
        fields.know("name");
        return Ok(Tool::Function {
            name: function.need_str("name")?,
            description: function.str("description")?,
            schema: function.json("parameters"),
            strict: function.bool("strict")?,
            extra: fields.rest(),
            wrapper: function.rest(),
        });
    }
    Ok(Tool::Function {
        name: fields.need_str("name")?,
        description: fields.str("description")?,
        schema: fields.json("parameters"),
        strict: fields.bool("strict")?,
        extra: fields.rest(),
        wrapper: Extra::default(),
    })
}

fn tool_choice(fields: &mut Fields<'_>) -> Option<ToolChoice> {
    let doc = fields.doc();
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
    let plain = doc.len(node) == 2 && is(doc, node, "type", "function");
    let name = plain.then(|| text(doc, node, "name")).flatten();
    Some(name.map_or_else(opaque, ToolChoice::Named))
}

/// The form of the answer, and what else `text` says. An empty object stays aside.
fn output(fields: &mut Fields<'_>) -> Result<(Option<OutputFormat>, Extra), Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.peek("text") else {
        return Ok((None, Extra::default()));
    };
    if doc.kind(node) == Kind::Object && doc.is_empty(node) {
        return Ok((None, Extra::default()));
    }
    let Some(mut text) = fields.object("text")? else {
        return Ok((None, Extra::default()));
    };
    let Some(mut format) = text.object("format")? else {
        return Ok((None, text.rest()));
    };
    let node = format.node();
    let kind = format.need_str("type")?;
    let alone = doc.len(node) == 1;
    let output = match kind.as_str() {
        "text" if alone => OutputFormat::Text,
        "json_object" if alone => OutputFormat::JsonObject,
        "json_schema" => OutputFormat::JsonSchema {
            name: format.str("name")?,
            description: format.str("description")?,
            schema: format.json("schema"),
            strict: format.bool("strict")?,
            old_word: false,
            extra: format.rest(),
        },
        _ => OutputFormat::Opaque(Json::of(doc, node)),
    };
    Ok((Some(output), text.rest()))
}

/// The effort, and what else `reasoning` says. An empty object stays aside.
fn reasoning(fields: &mut Fields<'_>) -> Result<(Option<String>, Extra), Malformed> {
    let doc = fields.doc();
    let empty = fields
        .peek("reasoning")
        .is_none_or(|node| doc.kind(node) == Kind::Object && doc.is_empty(node));
    if empty {
        return Ok((None, Extra::default()));
    }
    match fields.object("reasoning")? {
        Some(mut reasoning) => Ok((reasoning.str("effort")?, reasoning.rest())),
        None => Ok((None, Extra::default())),
    }
}
