//! The parts of a message, read.

use marshal_adapter_api::{Extra, Fields, Json, Malformed, MediaSource, Medium, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::audio;
use crate::words::data_url;

/// The word of thinking that stands in the list of content.
pub(super) const LISTED: &str = "content";

/// Reads one content part; what is not plain stays as it was written.
pub(super) fn decode(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.need_str("type")?;
    Ok(match kind.as_str() {
        "text" => Part::Text {
            text: fields.need_str("text")?,
            extra: fields.rest(),
        },
        "refusal" => Part::Refusal {
            text: fields.need_str("refusal")?,
            extra: fields.rest(),
        },
        "thinking" => match thoughts(doc, &mut fields) {
            Some(text) => Part::Thinking {
                text,
                signature: None,
                word: Some(LISTED),
                extra: fields.rest(),
            },
            None => opaque(doc, node, kind),
        },
        "image_url" => match image(doc, &mut fields) {
            Some((source, detail)) => Part::Image {
                source,
                detail,
                extra: fields.rest(),
            },
            None => opaque(doc, node, kind),
        },
        "file" => match file(doc, &mut fields) {
            Some((source, title)) => Part::Document {
                source,
                title,
                extra: fields.rest(),
            },
            None => opaque(doc, node, kind),
        },
        "input_audio" => match audio::decode(&mut fields) {
            Some(source) => Part::Media {
                medium: Medium::Audio,
                source,
                extra: fields.rest(),
            },
            None => opaque(doc, node, kind),
        },
        _ => opaque(doc, node, kind),
    })
}

/// Mistral's thinking: a list of texts inside the list of content. What is not one plain text stays aside as well.
fn thoughts(doc: Doc<'_>, fields: &mut Fields<'_>) -> Option<String> {
    let list = fields.peek("thinking")?;
    let mut all = String::new();
    for thought in doc.children(list) {
        if let Some(text) = doc.get(thought, "text").and_then(|node| doc.str(node)) {
            all.push_str(&text);
        }
    }
    let plain = || {
        let thought = doc.at(list, 0).filter(|_| doc.len(list) == 1)?;
        let kind = doc.str(doc.get(thought, "type")?)?;
        let text = doc.get(thought, "text").and_then(|node| doc.str(node));
        (doc.len(thought) == 2 && kind == "text" && text.is_some()).then_some(())
    };
    if plain().is_some() {
        fields.take("thinking");
    }
    (!all.is_empty() || doc.kind(list) == Kind::Array).then_some(all)
}

fn opaque(doc: Doc<'_>, node: NodeId, kind: String) -> Part {
    Part::Opaque {
        kind,
        value: Json::of(doc, node),
        path: doc.path(node),
    }
}

fn image(doc: Doc<'_>, fields: &mut Fields<'_>) -> Option<(MediaSource, Option<String>)> {
    let at = fields.peek("image_url")?;
    let url = doc.str(doc.get(at, "url")?)?;
    let detail = doc.get(at, "detail").and_then(|node| doc.str(node));
    if doc.len(at) != 1 + usize::from(detail.is_some()) {
        return None;
    }
    fields.take("image_url");
    let source = match data_url(&url) {
        Some((media_type, data)) => MediaSource::Base64 {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        },
        None => MediaSource::Url(url.into_owned()),
    };
    Some((source, detail.map(|detail| detail.into_owned())))
}

fn file(doc: Doc<'_>, fields: &mut Fields<'_>) -> Option<(MediaSource, Option<String>)> {
    let at = fields.peek("file")?;
    let text = |name: &str| doc.get(at, name).and_then(|node| doc.str(node));
    let title = text("filename");
    let source = match (text("file_data"), text("file_id")) {
        (Some(data), None) => {
            let (media_type, data) = data_url(&data)?;
            MediaSource::Base64 {
                media_type: media_type.to_owned(),
                data: data.to_owned(),
            }
        }
        (None, Some(id)) => MediaSource::File(id.into_owned()),
        _ => return None,
    };
    if doc.len(at) != 1 + usize::from(title.is_some()) {
        return None;
    }
    fields.take("file");
    Some((source, title.map(|title| title.into_owned())))
}

/// Reads one entry of `tool_calls`. Its `type` stays aside, for some providers leave it out.
pub(super) fn tool_call(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.peek("type").and_then(|kind| doc.str(kind));
    if let Some(kind) = kind
        && kind != "function"
    {
        return Ok(opaque(doc, node, kind.into_owned()));
    }
    let id = fields.str("id")?.unwrap_or_default();
    let mut function = fields
        .object("function")?
        .ok_or_else(|| fields.missing("function", "an object with `name` and `arguments`"))?;
    let name = function.need_str("name")?;
    let arguments = arguments(doc, &mut function);
    let inner: Extra = function.rest();
    let mut extra = fields.rest();
    for (name, value) in inner.members() {
        extra.keep(format!("function.{name}"), value.clone());
    }
    Ok(Part::ToolCall {
        id,
        name,
        arguments,
        signature: google_seal(doc, node),
        extra,
    })
}

/// Where Google's own copy of this dialect keeps the seal of a call. It stays aside too, to be written again.
fn google_seal(doc: Doc<'_>, call: NodeId) -> Option<String> {
    let google = doc.get(doc.get(call, "extra_content")?, "google")?;
    let seal = doc.str(doc.get(google, "thought_signature")?)?;
    Some(seal.into_owned())
}

/// JSON source; a few providers write the object itself where a string belongs.
fn arguments(doc: Doc<'_>, function: &mut Fields<'_>) -> String {
    let Some(node) = function.take("arguments") else {
        return String::new();
    };
    match doc.kind(node) {
        Kind::String => doc.str(node).unwrap_or_default().into_owned(),
        _ => Json::of(doc, node).as_str().to_owned(),
    }
}
