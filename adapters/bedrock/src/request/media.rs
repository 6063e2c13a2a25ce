//! Pictures, documents, sound and video, read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{Fields, Json, Malformed, MediaSource, Medium, Part, malformed};
use marshal_wire::json::Kind;

use crate::marks::{self, keep_rest, mark};
use crate::words;

/// Where data is: base64 of a kind with a known media type; else as it was written, its `format` left aside.
fn source(inner: &mut Fields<'_>, kind: &str) -> Result<MediaSource, Malformed> {
    let doc = inner.doc();
    let Some(node) = inner.take("source") else {
        return Err(inner.missing("source", "an object such as `{\"bytes\": \"...\"}`"));
    };
    if doc.kind(node) != Kind::Object {
        return Err(malformed(doc, node, "must be an object"));
    }
    let format = inner.peek("format").and_then(|node| doc.str(node));
    let media_type = format.and_then(|format| words::media_type(kind, &format));
    let bytes = doc
        .get(node, "bytes")
        .filter(|_| doc.len(node) == 1)
        .and_then(|node| doc.str(node));
    Ok(match (media_type, bytes) {
        (Some(media_type), Some(data)) => {
            inner.take("format");
            MediaSource::Base64 {
                media_type,
                data: data.into_owned(),
            }
        }
        _ => MediaSource::Opaque(Json::of(doc, node)),
    })
}

pub(super) fn picture(mut fields: Fields<'_>) -> Result<Option<Part>, Malformed> {
    let Some(mut inner) = fields.object("image")? else {
        return Ok(None);
    };
    let source = source(&mut inner, "image")?;
    let mut extra = fields.rest();
    keep_rest(inner, "image.", &mut extra);
    Ok(Some(Part::Image {
        source,
        detail: None,
        extra,
    }))
}

pub(super) fn media(
    mut fields: Fields<'_>,
    kind: &str,
    medium: Medium,
) -> Result<Option<Part>, Malformed> {
    let Some(mut inner) = fields.object(kind)? else {
        return Ok(None);
    };
    let source = source(&mut inner, kind)?;
    let mut extra = fields.rest();
    keep_rest(inner, &format!("{kind}."), &mut extra);
    Ok(Some(Part::Media {
        medium,
        source,
        extra,
    }))
}

pub(super) fn document(mut fields: Fields<'_>) -> Result<Option<Part>, Malformed> {
    let Some(mut inner) = fields.object("document")? else {
        return Ok(None);
    };
    let mut marks = Vec::new();
    let source = match plain_text(&mut inner, &mut marks) {
        Some(text) => text,
        None => as_text(source(&mut inner, "document")?, &mut marks),
    };
    let title = inner.str("name")?;
    let mut extra = fields.rest();
    keep_rest(inner, "document.", &mut extra);
    marks.into_iter().for_each(|name| mark(&mut extra, name));
    Ok(Some(Part::Document {
        source,
        title,
        extra,
    }))
}

/// A document whose text stands as it is.
fn plain_text(inner: &mut Fields<'_>, marks: &mut Vec<&'static str>) -> Option<MediaSource> {
    let doc = inner.doc();
    let node = inner.peek("source")?;
    let text = doc.str(doc.get(node, "text")?)?;
    let media_type = match inner.peek("format") {
        None => "text/plain".to_owned(),
        Some(format) => words::media_type("document", &doc.str(format)?)?,
    };
    if doc.len(node) != 1 {
        return None;
    }
    inner.take("source");
    if inner.take("format").is_none() {
        marks.push(marks::NO_FORMAT);
    }
    Some(MediaSource::Text {
        media_type,
        data: text.into_owned(),
    })
}

/// Text in base64 is text, if writing it again gives the same base64.
fn as_text(source: MediaSource, marks: &mut Vec<&'static str>) -> MediaSource {
    let text = match &source {
        MediaSource::Base64 { media_type, data } if media_type.starts_with("text/") => STANDARD
            .decode(data)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| STANDARD.encode(text) == *data)
            .map(|text| (media_type.clone(), text)),
        _ => None,
    };
    match text {
        Some((media_type, data)) => {
            marks.push(marks::BYTES);
            MediaSource::Text { media_type, data }
        }
        None => source,
    }
}
