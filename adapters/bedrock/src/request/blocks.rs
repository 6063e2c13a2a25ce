//! The content blocks of a message, read. A block is an object of one member that says what it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Extra, Fields, Json, Malformed, Medium, Object, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::media;
use crate::marks::{self, keep_rest, mark};
use crate::seals;

/// Reads a list of blocks. A cache point is kept with the block before it, where there is one.
pub(crate) fn content(doc: Doc<'_>, list: NodeId) -> Result<Vec<Part>, Malformed> {
    let mut parts: Vec<Part> = Vec::with_capacity(doc.len(list));
    for node in doc.children(list) {
        let before = parts.last_mut().and_then(extra_of);
        match (cache_point(doc, node), before) {
            (Some(point), Some(extra)) if extra.get(marks::CACHE_POINT).is_none() => {
                extra.keep(marks::CACHE_POINT, point);
            }
            _ => {
                let part = block(doc, node)?;
                if !seal_call(&part, &mut parts) {
                    parts.push(part);
                }
            }
        }
    }
    Ok(parts)
}

/// Gives a call the seal that stands behind it; false where the part is no such seal.
fn seal_call(part: &Part, parts: &mut [Part]) -> bool {
    let Part::Thinking {
        text,
        signature: Some(sealed),
        ..
    } = part
    else {
        return false;
    };
    let Some((call_id, seal)) = seals::of_call(sealed).filter(|_| text.is_empty()) else {
        return false;
    };
    match parts.last_mut() {
        Some(Part::ToolCall { id, signature, .. }) if id == call_id && signature.is_none() => {
            *signature = Some(seal.to_owned());
            true
        }
        _ => false,
    }
}

/// The cache point, where that is all there is.
pub(super) fn cache_point(doc: Doc<'_>, node: NodeId) -> Option<Json> {
    let point = doc.get(node, marks::CACHE_POINT)?;
    (doc.len(node) == 1).then(|| Json::of(doc, point))
}

fn extra_of(part: &mut Part) -> Option<&mut Extra> {
    match part {
        Part::Text { extra, .. }
        | Part::Refusal { extra, .. }
        | Part::Thinking { extra, .. }
        | Part::Image { extra, .. }
        | Part::Document { extra, .. }
        | Part::Media { extra, .. }
        | Part::ToolCall { extra, .. }
        | Part::ToolResult { extra, .. } => Some(extra),
        Part::Opaque { .. } => None,
    }
}

/// Reads one block; what is not plain stays as it was written.
fn block(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let fields = Fields::new(doc, node)?;
    let kind = doc.children(node).find_map(|member| {
        let name = doc.key(member)?;
        KINDS.contains(&name.as_ref()).then_some(name)
    });
    if doc.get(node, marks::CACHE_POINT).is_some() {
        return Ok(opaque(doc, node));
    }
    let part = match kind.as_deref() {
        Some("text") => Some(text(fields)),
        Some("reasoningContent") => thinking(fields)?,
        Some("toolUse") => tool_use(fields)?,
        Some("toolResult") => tool_result(fields)?,
        Some("image") => media::picture(fields)?,
        Some("document") => media::document(fields)?,
        Some("video") => media::media(fields, "video", Medium::Video)?,
        Some("audio") => media::media(fields, "audio", Medium::Audio)?,
        Some("json") => value(fields),
        Some("guardContent") => guarded(fields)?,
        Some("citationsContent") => cited(fields),
        _ => None,
    };
    Ok(part.unwrap_or_else(|| opaque(doc, node)))
}

const KINDS: [&str; 11] = [
    "text",
    "reasoningContent",
    "toolUse",
    "toolResult",
    "image",
    "document",
    "video",
    "audio",
    "json",
    "guardContent",
    "citationsContent",
];

fn opaque(doc: Doc<'_>, node: NodeId) -> Part {
    let first = doc.children(node).next().and_then(|member| doc.key(member));
    Part::opaque(doc, node, first.unwrap_or_default())
}

fn text(mut fields: Fields<'_>) -> Part {
    Part::Text {
        text: fields.str_if("text").unwrap_or_default(),
        extra: fields.rest(),
    }
}

fn thinking(mut fields: Fields<'_>) -> Result<Option<Part>, Malformed> {
    let doc = fields.doc();
    if let Some(part) = redacted_block(doc, fields.node()) {
        return Ok(Some(part));
    }
    let Some(mut inner) = fields.object("reasoningContent")? else {
        return Ok(None);
    };
    let Some(mut said) = inner.object("reasoningText")? else {
        return Ok(None);
    };
    let (text, signature) = (said.str_if("text"), said.str("signature")?);
    let text = text.unwrap_or_default();
    let mut extra = fields.rest();
    keep_rest(said, "reasoningContent.reasoningText.", &mut extra);
    keep_rest(inner, "reasoningContent.", &mut extra);
    Ok(Some(Part::Thinking {
        text,
        signature,
        word: None,
        extra,
    }))
}

fn redacted_block(doc: Doc<'_>, node: NodeId) -> Option<Part> {
    let inner = doc.get(node, "reasoningContent")?;
    let data = doc.str(doc.get(inner, "redactedContent")?)?;
    let alone = doc.len(node) == 1 && doc.len(inner) == 1;
    Some(Part::Opaque {
        kind: "redacted_thinking".to_owned(),
        value: redacted(&data).filter(|_| alone)?,
        path: doc.path(node),
    })
}

/// Thoughts that Claude hides, as its own dialect writes them: what stands here is the same text in base64.
pub(crate) fn redacted(content: &str) -> Option<Json> {
    let data = String::from_utf8(STANDARD.decode(content).ok()?).ok()?;
    if STANDARD.encode(&data) != content {
        return None;
    }
    let mut out = Vec::with_capacity(data.len() + 48);
    {
        let mut to = Object::new(&mut out);
        to.str("type", "redacted_thinking");
        to.str("data", &data);
    }
    String::from_utf8(out).ok().map(Json::from_source)
}

/// Calls of tools that the provider runs itself have another `type` and stay as they are.
fn tool_use(mut fields: Fields<'_>) -> Result<Option<Part>, Malformed> {
    let doc = fields.doc();
    let Some(mut inner) = fields.object("toolUse")? else {
        return Ok(None);
    };
    let kind = inner.peek("type").and_then(|node| doc.str(node));
    // Without a name nothing can be called.
    if kind.is_some_and(|kind| kind != "tool_use") || inner.peek("name").is_none() {
        return Ok(None);
    }
    let (id, name) = (inner.str_if("toolUseId"), inner.need_str("name")?);
    let arguments = inner.source_of_object("input");
    let mut extra = fields.rest();
    keep_rest(inner, "toolUse.", &mut extra);
    Ok(Some(Part::ToolCall {
        id: id.unwrap_or_default(),
        name,
        arguments,
        signature: None,
        extra,
    }))
}

fn tool_result(mut fields: Fields<'_>) -> Result<Option<Part>, Malformed> {
    let doc = fields.doc();
    let Some(mut inner) = fields.object("toolResult")? else {
        return Ok(None);
    };
    if inner.peek("type").is_some() {
        return Ok(None);
    }
    let call_id = inner.need_str("toolUseId")?;
    let said = match inner.array("content")? {
        Some(list) => Some(content(doc, list)?),
        None => None,
    };
    let status = inner.peek("status").and_then(|node| doc.str(node));
    let is_error = match status.as_deref() {
        Some("error") => Some(true),
        Some("success") => Some(false),
        _ => None,
    };
    if is_error.is_some() {
        inner.take("status");
    }
    let mut extra = fields.rest();
    keep_rest(inner, "toolResult.", &mut extra);
    Ok(Some(Part::ToolResult {
        call_id,
        content: said,
        bare: false,
        is_error,
        extra,
    }))
}

/// A tool's answer in JSON, as its source text.
fn value(mut fields: Fields<'_>) -> Option<Part> {
    let source = fields.json("json")?;
    let mut extra = fields.rest();
    mark(&mut extra, marks::JSON);
    Some(Part::Text {
        text: source.as_str().to_owned(),
        extra,
    })
}

fn guarded(mut fields: Fields<'_>) -> Result<Option<Part>, Malformed> {
    let Some(mut guard) = fields.object("guardContent")? else {
        return Ok(None);
    };
    let Some(mut inner) = guard.object("text")? else {
        return Ok(None);
    };
    let text = inner.need_str("text")?;
    let mut extra = fields.rest();
    keep_rest(inner, "guardContent.text.", &mut extra);
    keep_rest(guard, "guardContent.", &mut extra);
    mark(&mut extra, marks::GUARD);
    Ok(Some(Part::Text { text, extra }))
}

/// Text with what it cites. Several texts are one here, and their list is kept as it was.
fn cited(mut fields: Fields<'_>) -> Option<Part> {
    let doc = fields.doc();
    let mut inner = fields.object("citationsContent").ok()??;
    let list = inner
        .peek("content")
        .filter(|node| doc.kind(*node) == Kind::Array)?;
    let texts = doc
        .children(list)
        .filter_map(|node| doc.get(node, "text").and_then(|text| doc.str(text)))
        .collect::<Vec<_>>();
    if texts.is_empty() && !doc.is_empty(list) {
        return None;
    }
    if let [_] = texts.as_slice()
        && doc.len(list) == 1
        && doc.children(list).all(|node| doc.len(node) == 1)
    {
        inner.take("content");
    }
    let mut extra = fields.rest();
    keep_rest(inner, "citationsContent.", &mut extra);
    mark(&mut extra, marks::CITED);
    Some(Part::Text {
        text: texts.concat(),
        extra,
    })
}
