//! Items, read.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, Message, Object, Part, Role, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::{CUSTOM_CALL, CUSTOM_OUTPUT, content, place, thoughts};
use crate::words::text;

/// Where an item stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// In a request.
    Request,
    /// In an answer.
    Answer,
}

/// Reads the items of a request into turns. Items of the model that follow each other are one turn.
pub(crate) fn turns(doc: Doc<'_>, list: NodeId) -> Result<Vec<Message>, Malformed> {
    let mut turns: Vec<Message> = Vec::new();
    for node in doc.children(list) {
        let kind = kind_of(doc, node)?;
        match kind.as_str() {
            "message" if has_turn(doc, node) => turns.push(message(doc, node)?),
            // Whose turn it is only this dialect knows.
            "message" if !is_assistant(doc, node) => turns.push(turn_of(
                Role::User,
                vec![Part::opaque(doc, node, kind)],
                doc.path(node),
            )),
            "function_call_output" | CUSTOM_OUTPUT => turns.push(tool_output(doc, node, &kind)?),
            kind if is_model_item(kind) || is_run_by_provider(doc, node, kind) => {
                let turn = model_turn(&mut turns, doc, node);
                item(doc, node, Side::Request, &mut turn.parts)?;
            }
            // What the user shows in a way that only this dialect knows.
            _ => turns.push(turn_of(
                Role::User,
                vec![Part::opaque(doc, node, kind)],
                doc.path(node),
            )),
        }
    }
    Ok(turns)
}

fn model_turn<'a>(turns: &'a mut Vec<Message>, doc: Doc<'_>, node: NodeId) -> &'a mut Message {
    let goes_on = turns
        .last()
        .is_some_and(|turn| turn.role == Role::Assistant);
    if !goes_on {
        turns.push(turn_of(Role::Assistant, Vec::new(), doc.path(node)));
    }
    let last = turns.len() - 1;
    &mut turns[last]
}

fn turn_of(role: Role, parts: Vec<Part>, path: String) -> Message {
    Message {
        role,
        parts,
        bare: false,
        extra: Extra::at(path),
    }
}

/// The type of an item; an easy message leaves it out.
fn kind_of(doc: Doc<'_>, node: NodeId) -> Result<String, Malformed> {
    if doc.kind(node) != Kind::Object {
        return Err(malformed(
            doc,
            node,
            "must be an object with a `type` or a `role`",
        ));
    }
    Ok(text(doc, node, "type").unwrap_or_else(|| {
        let word = if doc.get(node, "role").is_some() {
            "message"
        } else {
            "item_reference"
        };
        word.to_owned()
    }))
}

/// True for the turns that are not the model's; a role that is no text is refused there.
fn has_turn(doc: Doc<'_>, node: NodeId) -> bool {
    let role = doc.get(node, "role").and_then(|role| doc.str(role));
    role.is_none_or(|role| matches!(role.as_ref(), "user" | "system" | "developer"))
}

fn is_assistant(doc: Doc<'_>, node: NodeId) -> bool {
    crate::words::is(doc, node, "role", "assistant")
}

/// True for items that the model makes: what it said, thought and called.
pub(crate) fn is_model_item(kind: &str) -> bool {
    kind == "message"
        || kind == "reasoning"
        || kind.ends_with("_call")
        || matches!(kind, "mcp_list_tools" | "mcp_approval_request" | "program")
}

/// What a tool answered that the provider ran is no word of the user's.
fn is_run_by_provider(doc: Doc<'_>, node: NodeId, kind: &str) -> bool {
    kind.ends_with("_output") && crate::words::is(doc, node, "execution", "server")
}

/// Reads one item of the model into parts; what is not plain stays as it was written.
pub(crate) fn item(
    doc: Doc<'_>,
    node: NodeId,
    side: Side,
    parts: &mut Vec<Part>,
) -> Result<(), Malformed> {
    let kind = match kind_of(doc, node) {
        Err(_) if side == Side::Answer => String::new(),
        kind => kind?,
    };
    let before = parts.len();
    match kind.as_str() {
        "message" => said(doc, node, parts)?,
        "reasoning" => thoughts::decode(doc, node, side, parts),
        "function_call" | CUSTOM_CALL => parts.extend(call(doc, node, &kind)?),
        _ => {}
    }
    if parts.len() == before && !thoughts::attach_call_seal(doc, node, side, parts) {
        parts.push(Part::opaque(doc, node, kind));
    }
    Ok(())
}

/// A message that is not the model's.
fn message(doc: Doc<'_>, node: NodeId) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let role = match fields.need_str("role")?.as_str() {
        "user" => Role::User,
        "system" => Role::System,
        "developer" => Role::Developer,
        _ => {
            return Err(fields.wrong(
                "role",
                "must be `user`, `assistant`, `system` or `developer`",
            ));
        }
    };
    let no_type = take_usual(&mut fields, "type", "message");
    let (parts, bare) = contents(&mut fields, false)?;
    let mut extra = fields.rest();
    mark(&mut extra, "type", no_type);
    Ok(Message {
        role,
        parts,
        bare,
        extra,
    })
}

fn contents(fields: &mut Fields<'_>, model: bool) -> Result<(Vec<Part>, bool), Malformed> {
    let doc = fields.doc();
    let Some(node) = fields.take("content") else {
        // `null` says nothing, and stays aside; so does a model that leaves it out.
        if model || doc.get(fields.node(), "content").is_some() {
            return Ok((Vec::new(), false));
        }
        return Err(fields.missing("content", "a string or an array of content parts"));
    };
    if let Some(text) = doc.str(node) {
        let text = Part::Text {
            text: text.into_owned(),
            extra: Extra::at(doc.path(node)),
        };
        return Ok((vec![text], true));
    }
    if doc.kind(node) != Kind::Array {
        return Err(malformed(
            doc,
            node,
            "must be a string or an array of content parts",
        ));
    }
    let parts = doc
        .children(node)
        .map(|part| content::decode(doc, part, model));
    Ok((parts.collect::<Result<_, _>>()?, false))
}

/// A message of the model. Without a plain part it says nothing here; the first plain one carries the rest.
fn said(doc: Doc<'_>, node: NodeId, parts: &mut Vec<Part>) -> Result<(), Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let (mut inner, bare) = contents(&mut fields, true)?;
    let plain = (0..)
        .zip(inner.iter_mut())
        .find_map(|(at, part)| match part {
            Part::Text { extra, .. } | Part::Refusal { extra, .. } => Some((at, extra)),
            _ => None,
        });
    let Some((at, extra)) = plain else {
        return Ok(());
    };
    let no_role = take_usual(&mut fields, "role", "assistant");
    let no_type = take_usual(&mut fields, "type", "message");
    let no_status = take_usual(&mut fields, "status", "completed");
    let mut whole = fields.rest();
    mark(&mut whole, "type", no_type);
    mark(&mut whole, "status", no_status);
    mark(&mut whole, "role", no_role);
    mark(&mut whole, "content", bare);
    whole.absorb(&place(at), std::mem::take(extra));
    *extra = whole;
    parts.extend(inner);
    Ok(())
}

/// Takes a member that says what goes without saying; true where it is absent.
pub(super) fn take_usual(fields: &mut Fields<'_>, name: &str, usual: &str) -> bool {
    let doc = fields.doc();
    match doc.get(fields.node(), name) {
        None => true,
        Some(node) => {
            if doc.str(node).is_some_and(|word| word == usual) {
                fields.take(name);
            }
            false
        }
    }
}

/// Marks what is to be left out again; an empty text is nothing that anyone misses.
pub(super) fn mark(extra: &mut Extra, name: &str, unusual: bool) {
    if unusual {
        extra.keep(name, Json::from_source("\"\""));
    }
}

/// A call of a tool of the client's; `None` where it is not plain.
fn call(doc: Doc<'_>, node: NodeId, kind: &str) -> Result<Option<Part>, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    // Without a name nothing can be called.
    let Some(name) = fields.str_if("name") else {
        return Ok(None);
    };
    let custom = kind == CUSTOM_CALL;
    let said = fields.source_in_string(if custom { "input" } else { "arguments" });
    let id = fields.str_if("call_id").unwrap_or_default();
    if !custom {
        fields.take("type");
    }
    let no_status = take_usual(&mut fields, "status", "completed");
    let mut extra = fields.rest();
    mark(&mut extra, "status", no_status);
    Ok(Some(Part::ToolCall {
        id,
        name,
        arguments: if custom { input_object(&said) } else { said },
        signature: None,
        extra,
    }))
}

/// The arguments of a call that takes a text.
pub(crate) fn input_object(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 16);
    Object::new(&mut out).str("input", text);
    String::from_utf8(out).unwrap_or_default()
}

/// What a tool of the client's answered.
fn tool_output(doc: Doc<'_>, node: NodeId, kind: &str) -> Result<Message, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let call_id = fields.need_str("call_id")?;
    if kind != CUSTOM_OUTPUT {
        fields.take("type");
    }
    let (mut bare, mut odd) = (false, None);
    let content = match fields.take("output") {
        None => None,
        Some(output) => match doc.str(output) {
            Some(text) => {
                bare = true;
                Some(vec![Part::Text {
                    text: text.into_owned(),
                    extra: Extra::at(doc.path(output)),
                }])
            }
            None if doc.kind(output) == Kind::Array => Some(
                doc.children(output)
                    .map(|part| content::decode(doc, part, false))
                    .collect::<Result<_, _>>()?,
            ),
            // Any other value is read as its own text, and written again as it was.
            None => {
                bare = true;
                odd = Some(output);
                Some(vec![Part::Text {
                    text: Json::of(doc, output).as_str().to_owned(),
                    extra: Extra::at(doc.path(output)),
                }])
            }
        },
    };
    let mut extra = fields.rest();
    if let Some(odd) = odd {
        extra.keep("output", Json::of(doc, odd));
        extra.know("output");
    }
    let result = Part::ToolResult {
        call_id,
        content,
        bare,
        is_error: None,
        extra,
    };
    Ok(turn_of(Role::Tool, vec![result], doc.path(node)))
}
