//! What governance needs of a request, checked without building a tree.

use marshal_adapter_api::{ChatFacts, Fields, Malformed, Named, Needs, SettingPaths, malformed};
use marshal_wire::json::{Doc, Kind, NodeId};

/// Where requests say how an answer is to be made. Source: the reference pages of OpenAI (chat completions); `top_k` of servers that speak as it does.
pub(crate) const SETTINGS: SettingPaths = SettingPaths {
    temperature: &["temperature"],
    top_p: &["top_p"],
    top_k: &["top_k"],
    frequency_penalty: &["frequency_penalty"],
    presence_penalty: &["presence_penalty"],
    seed: &["seed"],
    output: &["response_format.type"],
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
    let newer = fields.limit("max_completion_tokens")?;
    let older = fields.limit("max_tokens")?;
    let choices = fields.u64("n")?.unwrap_or(1);
    let choices = u32::try_from(choices)
        .ok()
        .filter(|&choices| choices > 0)
        .ok_or_else(|| fields.wrong("n", "must be a whole number from 1 up"))?;
    let mut needs = Needs {
        tools: has_items(&mut fields, "tools")? | has_items(&mut fields, "functions")?,
        thinking: fields
            .str("reasoning_effort")?
            .is_some_and(|effort| effort != "none"),
        json_schema: wants_schema(&mut fields)?,
        ..Needs::default()
    };
    if let Some(kinds) = fields.array("modalities")? {
        needs.audio |= doc
            .children(kinds)
            .any(|kind| doc.str(kind).as_deref() == Some("audio"));
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
        max_output: newer.or(older),
        needs,
        choices,
    })
}

/// The model: Azure's deployments name it in the address, and then a body's word for it means nothing.
pub(crate) fn model(fields: &mut Fields<'_>, named: Named<'_>) -> Result<String, Malformed> {
    match named.model {
        Some(model) => Ok(model.to_owned()),
        None => fields.need_str("model"),
    }
}

fn has_items(fields: &mut Fields<'_>, name: &str) -> Result<bool, Malformed> {
    let doc = fields.doc();
    let Some(items) = fields.array(name)? else {
        return Ok(false);
    };
    for item in doc.children(items) {
        if doc.kind(item) != Kind::Object {
            return Err(malformed(doc, item, "must be an object"));
        }
    }
    Ok(doc.len(items) > 0)
}

fn wants_schema(fields: &mut Fields<'_>) -> Result<bool, Malformed> {
    let Some(mut format) = fields.object("response_format")? else {
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
        None => {
            let path = format!("{}.role", doc.path(node));
            return Err(Malformed {
                message: format!(
                    "`{path}` is missing: write `user`, `assistant`, `system`, `developer` or `tool`."
                ),
                param: Some(path),
            });
        }
    }
    if let Some(calls) = doc.get(node, "tool_calls") {
        match doc.kind(calls) {
            Kind::Array => needs.tools |= doc.len(calls) > 0,
            Kind::Null => {}
            _ => return Err(malformed(doc, calls, "must be an array")),
        }
    }
    let Some(content) = doc.get(node, "content") else {
        return Ok(());
    };
    match doc.kind(content) {
        Kind::String | Kind::Null => Ok(()),
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
    if doc.kind(part) != Kind::Object {
        return Err(malformed(doc, part, "must be an object with a `type`"));
    }
    let Some(kind) = doc.get(part, "type") else {
        let path = format!("{}.type", doc.path(part));
        return Err(Malformed {
            message: format!(
                "`{path}` is missing: write `text`, `image_url`, `input_audio` or `file`."
            ),
            param: Some(path),
        });
    };
    match doc.str(kind).as_deref() {
        Some("image_url") => needs.vision = true,
        Some("input_audio") => needs.audio = true,
        Some("file") => needs.documents = true,
        Some(_) => {}
        None => return Err(malformed(doc, kind, "must be a string")),
    }
    Ok(())
}
