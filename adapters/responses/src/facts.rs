//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Fields, Malformed, Named, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::words::is;

/// Where requests say how an answer is to be made. Source: the reference pages of OpenAI (responses).
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &["temperature"],
    top_p: &["top_p"],
    output: &["text.format.type"],
    conversation: &["conversation.id", "conversation"],
    ..SettingPaths::NONE
};

/// Reads the facts; unknown members pass.
pub(crate) fn facts(doc: Doc<'_>, named: Named<'_>) -> Result<ChatFacts, Malformed> {
    let mut fields = Fields::new(doc, doc.root())?;
    let model = model(&mut fields, named)?;
    if model.is_empty() {
        return Err(fields.wrong("model", "must name a model"));
    }
    let stream = fields.bool("stream")?;
    let stream = named.stream.or(stream).unwrap_or(false);
    let max_output = fields.limit("max_output_tokens")?;
    let mut needs = Needs {
        tools: offers_tools(&mut fields)?,
        ..Needs::default()
    };
    if let Some(mut reasoning) = fields.object("reasoning")? {
        needs.thinking = reasoning
            .str("effort")?
            .is_some_and(|effort| effort != "none");
    }
    if let Some(mut text) = fields.object("text")?
        && let Some(mut format) = text.object("format")?
    {
        needs.json_schema = format.str("type")?.as_deref() == Some("json_schema");
    }
    match fields.take("input") {
        Some(input) => check_input(doc, input, &mut needs)?,
        None => {
            let elsewhere = ["prompt", "previous_response_id", "conversation"];
            if !elsewhere.iter().any(|name| fields.peek(name).is_some()) {
                return Err(fields.missing("input", "a string or an array of items"));
            }
        }
    }
    Ok(ChatFacts {
        model,
        stream,
        max_output,
        needs,
        choices: 1,
    })
}

/// The model: where an address names it, a body's word for it means nothing.
pub(crate) fn model(fields: &mut Fields<'_>, named: Named<'_>) -> Result<String, Malformed> {
    match named.model {
        Some(model) => Ok(model.to_owned()),
        None => fields.need_str("model"),
    }
}

/// Tools that the client runs; the provider's own are not the model's ability.
fn offers_tools(fields: &mut Fields<'_>) -> Result<bool, Malformed> {
    let doc = fields.doc();
    let Some(tools) = fields.array("tools")? else {
        return Ok(false);
    };
    let mut offered = false;
    for tool in doc.children(tools) {
        if doc.kind(tool) != Kind::Object {
            return Err(malformed(doc, tool, "must be an object"));
        }
        offered |= is(doc, tool, "type", "function") || is(doc, tool, "type", "custom");
    }
    Ok(offered)
}

fn check_input(doc: Doc<'_>, input: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    match doc.kind(input) {
        Kind::String => Ok(()),
        Kind::Array => doc
            .children(input)
            .try_for_each(|item| check_item(doc, item, needs)),
        _ => Err(malformed(
            doc,
            input,
            "must be a string or an array of items",
        )),
    }
}

fn check_item(doc: Doc<'_>, item: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    if doc.kind(item) != Kind::Object {
        return Err(malformed(
            doc,
            item,
            "must be an object with a `type` or a `role`",
        ));
    }
    let kind = match doc.get(item, "type") {
        Some(node) if doc.kind(node) == Kind::String => doc.str(node),
        Some(node) if doc.kind(node) != Kind::Null => {
            return Err(malformed(doc, node, "must be a string"));
        }
        _ => None,
    };
    match kind.as_deref() {
        Some("function_call" | "custom_tool_call") => needs.tools = true,
        Some("computer_call_output") => needs.vision = true,
        Some("message") => check_role(doc, item)?,
        // An item that is only referred to names no type.
        None if doc.get(item, "id").is_none() => check_role(doc, item)?,
        _ => {}
    }
    for name in ["content", "output"] {
        let parts = doc
            .get(item, name)
            .filter(|&node| doc.kind(node) == Kind::Array);
        for part in parts.into_iter().flat_map(|list| doc.children(list)) {
            check_part(doc, part, needs)?;
        }
    }
    Ok(())
}

fn check_role(doc: Doc<'_>, item: NodeId) -> Result<(), Malformed> {
    match doc.get(item, "role") {
        Some(role) if doc.kind(role) == Kind::String => {}
        Some(role) => return Err(malformed(doc, role, "must be a string")),
        None => {
            let path = format!("{}.role", doc.path(item));
            return Err(Malformed {
                message: format!(
                    "`{path}` is missing: write `user`, `assistant`, `system` or `developer`."
                ),
                param: Some(path),
            });
        }
    }
    match doc.get(item, "content") {
        Some(content) if !matches!(doc.kind(content), Kind::String | Kind::Array | Kind::Null) => {
            Err(malformed(
                doc,
                content,
                "must be a string or an array of content parts",
            ))
        }
        _ => Ok(()),
    }
}

fn check_part(doc: Doc<'_>, part: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    if doc.kind(part) != Kind::Object {
        return Err(malformed(doc, part, "must be an object with a `type`"));
    }
    let kind = doc.get(part, "type").and_then(|kind| doc.str(kind));
    match kind.as_deref() {
        Some("input_image" | "computer_screenshot") => needs.vision = true,
        Some("input_file") => needs.documents = true,
        Some("input_audio") => needs.audio = true,
        _ => {}
    }
    Ok(())
}
