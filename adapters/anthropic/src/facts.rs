//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Fields, Malformed, Named, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

/// Where requests say how an answer is to be made. Source: the reference pages of Anthropic (messages).
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &["temperature"],
    top_p: &["top_p"],
    top_k: &["top_k"],
    output: &["output_config.format.type", "output_format.type"],
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
    let max_output = fields.limit("max_tokens")?;
    let mut needs = Needs::default();
    if let Some(tools) = fields.array("tools")? {
        for tool in doc.children(tools) {
            if doc.kind(tool) != Kind::Object {
                return Err(malformed(doc, tool, "must be an object"));
            }
        }
        needs.tools = doc.len(tools) > 0;
    }
    if let Some(mut thinking) = fields.object("thinking")? {
        needs.thinking = thinking.str("type")?.is_some_and(|kind| kind != "disabled");
    }
    if let Some(mut config) = fields.object("output_config")? {
        needs.json_schema |= is_schema(config.object("format")?)?;
    }
    needs.json_schema |= is_schema(fields.object("output_format")?)?;
    if let Some(system) = fields.take("system") {
        check_content(
            doc,
            system,
            &mut needs,
            "must be a string or an array of text blocks",
        )?;
    }
    let messages = fields
        .array("messages")?
        .ok_or_else(|| fields.missing("messages", "an array of messages"))?;
    if doc.len(messages) == 0 {
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

/// The model: Bedrock and Vertex AI name it in the address, and then a body's word for it means nothing.
pub(crate) fn model(fields: &mut Fields<'_>, named: Named<'_>) -> Result<String, Malformed> {
    match named.model {
        Some(model) => Ok(model.to_owned()),
        None => fields.need_str("model"),
    }
}

fn is_schema(format: Option<Fields<'_>>) -> Result<bool, Malformed> {
    let Some(mut format) = format else {
        return Ok(false);
    };
    Ok(format.str("type")?.as_deref() == Some("json_schema"))
}

fn check_message(doc: Doc<'_>, node: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    if doc.kind(node) != Kind::Object {
        return Err(malformed(doc, node, "must be an object"));
    }
    match doc.get(node, "role") {
        Some(role) if doc.kind(role) == Kind::String => {}
        Some(role) => return Err(malformed(doc, role, "must be a string")),
        None => return Err(missing(doc, node, "role", "`user` or `assistant`")),
    }
    let Some(content) = doc.get(node, "content") else {
        return Err(missing(
            doc,
            node,
            "content",
            "a string or an array of content blocks",
        ));
    };
    check_content(
        doc,
        content,
        needs,
        "must be a string or an array of content blocks",
    )
}

fn missing(doc: Doc<'_>, node: NodeId, name: &str, what: &str) -> Malformed {
    let path = format!("{}.{name}", doc.path(node));
    Malformed {
        message: format!("`{path}` is missing: write {what}."),
        param: Some(path),
    }
}

fn check_content(
    doc: Doc<'_>,
    content: NodeId,
    needs: &mut Needs,
    says: &str,
) -> Result<(), Malformed> {
    match doc.kind(content) {
        Kind::String => Ok(()),
        Kind::Array => doc
            .children(content)
            .try_for_each(|block| check_block(doc, block, needs)),
        _ => Err(malformed(doc, content, says)),
    }
}

fn check_block(doc: Doc<'_>, block: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    if doc.kind(block) != Kind::Object {
        return Err(malformed(doc, block, "must be an object with a `type`"));
    }
    let Some(kind) = doc.get(block, "type") else {
        return Err(missing(
            doc,
            block,
            "type",
            "`text`, `image`, `document`, `tool_use` or `tool_result`",
        ));
    };
    match doc.str(kind).as_deref() {
        Some("image") => needs.vision = true,
        Some("document") => needs.documents = true,
        Some("tool_use") => needs.tools = true,
        Some("tool_result") => {
            needs.tools = true;
            if let Some(content) = doc.get(block, "content")
                && doc.kind(content) == Kind::Array
            {
                return check_content(doc, content, needs, "");
            }
        }
        Some(_) => {}
        None => return Err(malformed(doc, kind, "must be a string")),
    }
    Ok(())
}
