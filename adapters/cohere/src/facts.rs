//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Fields, Malformed, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::words::text;

/// Where requests say how an answer is to be made. Source: the reference pages of Cohere (chat).
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &["temperature"],
    top_p: &["p"],
    top_k: &["k"],
    frequency_penalty: &["frequency_penalty"],
    presence_penalty: &["presence_penalty"],
    seed: &["seed"],
    output: &["response_format.type"],
    ..SettingPaths::NONE
};

/// Reads the facts; unknown members pass.
///
/// Documents to cite are text that any model reads, so they ask nothing special of one.
pub(crate) fn facts(doc: Doc<'_>) -> Result<ChatFacts, Malformed> {
    let mut fields = Fields::new(doc, doc.root())?;
    let model = fields.need_str("model")?;
    if model.is_empty() {
        return Err(fields.wrong("model", "must name a model"));
    }
    let stream = fields.bool("stream")?.unwrap_or(false);
    let max_output = fields.limit("max_tokens")?;
    let mut needs = Needs {
        tools: has_tools(&mut fields)?,
        json_schema: wants_schema(&mut fields)?,
        thinking: fields
            .object("thinking")?
            .is_some_and(|inner| text(doc, inner.node(), "type").as_deref() == Some("enabled")),
        ..Needs::default()
    };
    let messages = fields
        .array("messages")?
        .ok_or_else(|| fields.missing("messages", "an array of messages"))?;
    if doc.is_empty(messages) {
        return Err(malformed(doc, messages, "must hold at least one message"));
    }
    for message in doc.children(messages) {
        check_message(doc, message, &mut needs)?;
    }
    Ok(ChatFacts {
        model,
        stream,
        max_output,
        needs,
        choices: 1,
    })
}

fn has_tools(fields: &mut Fields<'_>) -> Result<bool, Malformed> {
    let doc = fields.doc();
    let Some(tools) = fields.array("tools")? else {
        return Ok(false);
    };
    for tool in doc.children(tools) {
        if doc.kind(tool) != Kind::Object {
            return Err(malformed(doc, tool, "must be an object"));
        }
    }
    Ok(!doc.is_empty(tools))
}

fn wants_schema(fields: &mut Fields<'_>) -> Result<bool, Malformed> {
    let Some(mut format) = fields.object("response_format")? else {
        return Ok(false);
    };
    let schema = format.object("json_schema")?.is_some();
    Ok(schema | format.object("schema")?.is_some())
}

fn check_message(doc: Doc<'_>, node: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    let mut fields = Fields::new(doc, node)?;
    match fields.take("role") {
        Some(role) if doc.kind(role) == Kind::String => {}
        Some(role) => return Err(malformed(doc, role, "must be a string")),
        None => {
            return Err(fields.missing("role", "`user`, `assistant`, `system` or `tool`"));
        }
    }
    if let Some(calls) = fields.array("tool_calls")? {
        needs.tools |= !doc.is_empty(calls);
    }
    let Some(content) = fields.take("content") else {
        return Ok(());
    };
    match doc.kind(content) {
        Kind::String => Ok(()),
        Kind::Array => doc
            .children(content)
            .try_for_each(|part| check_part(doc, part, needs)),
        _ => Err(malformed(
            doc,
            content,
            "must be a string or an array of content parts",
        )),
    }
}

fn check_part(doc: Doc<'_>, part: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    let mut fields = Fields::new(doc, part)?;
    let kind = fields.need_str("type")?;
    needs.vision |= kind == "image_url";
    Ok(())
}
