//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Fields, Malformed, Named, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

/// Where requests say how an answer is to be made. Source: the reference pages of Amazon Bedrock (Converse).
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &["inferenceConfig.temperature"],
    top_p: &["inferenceConfig.topP"],
    top_k: &[
        "additionalModelRequestFields.top_k",
        "additionalModelRequestFields.topK",
    ],
    output: &["outputConfig.textFormat.type"],
    ..SettingPaths::NONE
};

/// Reads the facts; unknown members pass. A request may have no messages: its model may be a stored prompt.
pub(crate) fn facts(doc: Doc<'_>, named: Named<'_>) -> Result<ChatFacts, Malformed> {
    let mut fields = Fields::new(doc, doc.root())?;
    let model = model(named)?;
    let max_output = match fields.object("inferenceConfig")? {
        Some(mut config) => config.limit("maxTokens")?,
        None => None,
    };
    let mut needs = Needs::default();
    if let Some(mut config) = fields.object("toolConfig")?
        && let Some(tools) = config.array("tools")?
    {
        objects(doc, tools)?;
        needs.tools = doc.len(tools) > 0;
    }
    if let Some(mut config) = fields.object("outputConfig")?
        && let Some(mut format) = config.object("textFormat")?
    {
        needs.json_schema = format.str("type")?.as_deref() == Some("json_schema");
    }
    if let Some(more) = fields.take("additionalModelRequestFields") {
        needs.thinking = thinks(doc, more);
    }
    if let Some(system) = fields.array("system")? {
        objects(doc, system)?;
    }
    if let Some(messages) = fields.array("messages")? {
        for message in doc.children(messages) {
            check_message(doc, message, &mut needs)?;
        }
    }
    Ok(ChatFacts {
        model: model.to_owned(),
        stream: named.stream.unwrap_or(false),
        max_output,
        needs,
        choices: 1,
    })
}

/// The model that the address names.
pub(crate) fn model(named: Named<'_>) -> Result<&str, Malformed> {
    named
        .model
        .filter(|model| !model.is_empty())
        .ok_or_else(|| Malformed {
            message: "The address names no model: write `/model/{modelId}/converse`.".to_owned(),
            param: None,
        })
}

fn objects(doc: Doc<'_>, list: NodeId) -> Result<(), Malformed> {
    match doc
        .children(list)
        .find(|node| doc.kind(*node) != Kind::Object)
    {
        Some(node) => Err(malformed(doc, node, "must be an object")),
        None => Ok(()),
    }
}

fn thinks(doc: Doc<'_>, more: NodeId) -> bool {
    let asked = |name: &str| {
        doc.get(more, name)
            .filter(|node| doc.kind(*node) != Kind::Null)
    };
    let on = |node: NodeId| {
        let kind = doc.get(node, "type").and_then(|node| doc.str(node));
        kind.is_none_or(|kind| kind != "disabled")
    };
    [
        "thinking",
        "reasoning_config",
        "reasoningConfig",
        "reasoning_effort",
    ]
    .into_iter()
    .filter_map(asked)
    .any(on)
}

fn check_message(doc: Doc<'_>, node: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    let mut fields = Fields::new(doc, node)?;
    fields.need_str("role")?;
    let content = fields
        .array("content")?
        .ok_or_else(|| fields.missing("content", "an array of content blocks"))?;
    check_content(doc, content, needs)
}

fn check_content(doc: Doc<'_>, content: NodeId, needs: &mut Needs) -> Result<(), Malformed> {
    for block in doc.children(content) {
        if doc.kind(block) != Kind::Object {
            return Err(malformed(
                doc,
                block,
                "must be an object such as `{\"text\": \"...\"}`",
            ));
        }
        for member in doc.children(block) {
            match doc.key(member).as_deref() {
                Some("image") => needs.vision = true,
                Some("document") => needs.documents = true,
                Some("video") => needs.vision = true,
                Some("audio") => needs.audio = true,
                Some("toolUse") => needs.tools = true,
                Some("guardContent") => needs.vision |= doc.get(member, "image").is_some(),
                Some("toolResult") => {
                    needs.tools = true;
                    if let Some(inner) = doc.get(member, "content")
                        && doc.kind(inner) == Kind::Array
                    {
                        check_content(doc, inner, needs)?;
                    }
                }
                Some("text") if doc.kind(member) != Kind::String => {
                    return Err(malformed(doc, member, "must be a string"));
                }
                _ => {}
            }
        }
    }
    Ok(())
}
