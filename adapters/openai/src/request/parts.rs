//! The parts of a message, read.

use marshal_adapter_api::{Fields, Malformed, MediaSource, Medium, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use super::audio;
use crate::words::data_url;

/// The word of thinking that stands in the list of content.
pub(super) const LISTED: &str = "content";

/// Reads one content part; what is not plain stays as it was written.
pub(super) fn decode(doc: Doc<'_>, node: NodeId) -> Result<Part, Malformed> {
    if doc.kind(node) != Kind::Object {
        return Ok(Part::opaque(doc, node, String::new()));
    }
    let mut fields = Fields::new(doc, node)?;
    let is_text = fields
        .peek("text")
        .is_some_and(|text| doc.kind(text) == Kind::String);
    let kind = match fields.str_if("type") {
        Some(kind) => kind,
        None if is_text => "text".to_owned(),
        None if fields.peek("thinking").is_some() => "thinking".to_owned(),
        None => return Ok(Part::opaque(doc, node, String::new())),
    };
    Ok(match kind.as_str() {
        "text" => Part::Text {
            text: fields.str_if("text").unwrap_or_default(),
            extra: fields.rest(),
        },
        "refusal" => Part::Refusal {
            text: fields.str_if("refusal").unwrap_or_default(),
            extra: fields.rest(),
        },
        "thinking" => match thoughts(doc, &mut fields) {
            Some(text) => Part::Thinking {
                text,
                signature: None,
                word: Some(LISTED),
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        "image_url" => match image(doc, &mut fields) {
            Some((source, detail)) => Part::Image {
                source,
                detail,
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        "file" => match file(doc, &mut fields) {
            Some((source, title)) => Part::Document {
                source,
                title,
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        "input_audio" => match audio::decode(&mut fields) {
            Some(source) => Part::Media {
                medium: Medium::Audio,
                source,
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        _ => Part::opaque(doc, node, kind),
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
    if doc.kind(node) != Kind::Object {
        return Ok(Part::opaque(doc, node, "function".to_owned()));
    }
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.peek("type").and_then(|kind| doc.str(kind));
    if let Some(kind) = kind
        && kind != "function"
    {
        return Ok(Part::opaque(doc, node, kind.into_owned()));
    }
    let id = fields.str_if("id").unwrap_or_default();
    let said = fields.take("function");
    let function = said.filter(|&node| doc.kind(node) == Kind::Object);
    let Some(function) = function else {
        return Ok(Part::opaque(doc, node, "function".to_owned()));
    };
    let mut function = Fields::new(doc, function)?;
    // Without a name nothing can be called.
    let Some(name) = function.str_if("name") else {
        return Ok(Part::opaque(doc, node, "function".to_owned()));
    };
    let arguments = function.source_in_string("arguments");
    let mut extra = fields.rest();
    extra.absorb("function.", function.rest());
    Ok(Part::ToolCall {
        id,
        name,
        arguments,
        signature: google_seal(doc, node),
        extra,
    })
}

/// Where Google's own copy of this dialect keeps the seal of a call. It stays aside too, to be written again.
pub(crate) fn google_seal(doc: Doc<'_>, call: NodeId) -> Option<String> {
    let google = doc.get(doc.get(call, "extra_content")?, "google")?;
    let seal = doc.str(doc.get(google, "thought_signature")?)?;
    Some(seal.into_owned())
}
