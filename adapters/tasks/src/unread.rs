//! What stands in a JSON body that no detector can read: pictures, sounds, files, numbers instead of words.

use marshal_wire::json::{Doc, Kind, NodeId};

/// Adds what cannot be read anywhere in `doc`.
pub(crate) fn json(doc: Doc<'_>, out: &mut Vec<&'static str>) {
    for node in doc.all() {
        let kind = doc.kind(node);
        if kind == Kind::Number {
            continue;
        }
        let found = match (kind, doc.key(node)) {
            (Kind::String, Some(key)) => string(doc, node, &key),
            (Kind::String, None) => data_url(doc, node),
            (Kind::Object | Kind::Array, Some(key)) => container(doc, node, &key),
            _ => None,
        };
        if let Some(found) = found
            && !out.contains(&found)
        {
            out.push(found);
        }
    }
}

/// Adds `tokens` where `node` is a list of numbers, or of lists of them.
pub(crate) fn tokens(doc: Doc<'_>, node: NodeId, out: &mut Vec<&'static str>) {
    let numbers = |node| {
        doc.kind(node) == Kind::Array
            && doc
                .children(node)
                .any(|item| doc.kind(item) == Kind::Number)
    };
    if numbers(node) || doc.kind(node) == Kind::Array && doc.children(node).any(numbers) {
        out.push("tokens");
    }
}

fn string(doc: Doc<'_>, node: NodeId, key: &str) -> Option<&'static str> {
    let says = || doc.raw(node).len() > 2;
    match key {
        "image_url" | "image" | "mask" | "init_image" | "inputImage" | "maskImage" if says() => {
            Some("image")
        }
        "audio" | "ref_audio" | "input_audio" if says() => Some("audio"),
        "file_data" | "file_id" | "file_url" | "fileUri" | "file_uri" | "document_url"
            if says() =>
        {
            Some("file")
        }
        _ => data_url(doc, node),
    }
}

/// `data:image/png;base64,…`
fn data_url(doc: Doc<'_>, node: NodeId) -> Option<&'static str> {
    let inner = doc.raw(node).get(1..)?;
    let start = inner.get(..64).unwrap_or(inner);
    let rest = start
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case(b"data:"))
        .and_then(|_| start.get(5..))?;
    // What follows must look like a media type: sentences may begin with the word, too.
    let end = rest.iter().position(|byte| matches!(byte, b';' | b','))?;
    let media = std::str::from_utf8(rest.get(..end)?).ok()?;
    (media.contains('/') || media.is_empty()).then(|| of_media(media))
}

fn container(doc: Doc<'_>, node: NodeId, key: &str) -> Option<&'static str> {
    if doc.is_empty(node) {
        return None;
    }
    let object = doc.kind(node) == Kind::Object;
    match key {
        "image_url" | "image" | "images" | "inputImage" | "mask" => Some("image"),
        "input_audio" => Some("audio"),
        "audio" if object && (has(doc, node, "data") || has(doc, node, "source")) => Some("audio"),
        "inline_data" | "inlineData" | "file_data" | "fileData" => Some(
            ["mime_type", "mimeType"]
                .iter()
                .find_map(|name| doc.str(doc.get(node, name)?))
                .map_or("file", |media| of_media(&media)),
        ),
        "source" if object => source(doc, node),
        _ => None,
    }
}

/// Where a picture or a document comes from: Anthropic's `{type, media_type, data}`, Amazon's `{bytes}`.
fn source(doc: Doc<'_>, node: NodeId) -> Option<&'static str> {
    let kind = doc.get(node, "type").and_then(|kind| doc.str(kind));
    let carried = has(doc, node, "bytes")
        || has(doc, node, "s3Location")
        || matches!(kind.as_deref(), Some("base64" | "url" | "file"));
    if !carried {
        return None;
    }
    let media = doc.get(node, "media_type").and_then(|media| doc.str(media));
    if let Some(media) = media {
        return Some(of_media(&media));
    }
    let parent = doc.parent(node)?;
    let image = doc.key(parent).as_deref() == Some("image")
        || doc
            .get(parent, "type")
            .and_then(|kind| doc.str(kind))
            .as_deref()
            == Some("image");
    Some(if image { "image" } else { "file" })
}

fn has(doc: Doc<'_>, node: NodeId, key: &str) -> bool {
    doc.get(node, key).is_some()
}

pub(crate) fn of_media(media: &str) -> &'static str {
    let starts = |with: &str| {
        media
            .get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if starts("image/") {
        "image"
    } else if starts("audio/") {
        "audio"
    } else {
        "file"
    }
}
