//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Fields, Malformed, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

/// Where requests say how an answer is to be made. Source: the reference pages of Ollama (chat, options of a model file).
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &["options.temperature"],
    top_p: &["options.top_p"],
    top_k: &["options.top_k"],
    frequency_penalty: &["options.frequency_penalty"],
    presence_penalty: &["options.presence_penalty"],
    seed: &["options.seed"],
    output: &["format"],
    ..SettingPaths::NONE
};

/// Reads the facts; unknown members pass. Without messages a request loads the model or unloads it.
pub(crate) fn facts(doc: Doc<'_>) -> Result<ChatFacts, Malformed> {
    let mut fields = Fields::new(doc, doc.root())?;
    let model = fields.need_str("model")?;
    if model.is_empty() {
        return Err(fields.wrong("model", "must name a model"));
    }
    let stream = fields.bool("stream")?.unwrap_or(true);
    // Below zero there is no limit.
    let max_output = fields
        .object("options")?
        .and_then(|options| options.peek("num_predict").and_then(|limit| doc.u64(limit)));
    let mut needs = Needs {
        tools: has_tools(&mut fields)?,
        json_schema: fields
            .peek("format")
            .is_some_and(|format| doc.kind(format) == Kind::Object),
        thinking: fields
            .peek("think")
            .is_some_and(|think| doc.bool(think).unwrap_or(doc.kind(think) == Kind::String)),
        ..Needs::default()
    };
    if let Some(messages) = fields.array("messages")? {
        for message in doc.children(messages) {
            check_message(doc, message, &mut needs)?;
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

fn check_message(doc: Doc<'_>, node: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    let mut fields = Fields::new(doc, node)?;
    match fields.take("role") {
        Some(role) if doc.kind(role) == Kind::String => {}
        Some(role) => return Err(malformed(doc, role, "must be a string")),
        None => {
            return Err(fields.missing("role", "`user`, `assistant`, `system` or `tool`"));
        }
    }
    fields.str("content")?;
    if let Some(images) = fields.array("images")? {
        needs.vision |= !doc.is_empty(images);
    }
    if let Some(calls) = fields.array("tool_calls")? {
        needs.tools |= !doc.is_empty(calls);
    }
    Ok(())
}
