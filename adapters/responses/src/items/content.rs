//! The parts of a message's content.

use marshal_adapter_api::{Fields, Malformed, MediaSource, Medium, Object, Part};
use marshal_wire::json::{Doc, Kind, NodeId};

use crate::words::data_url;

/// Reads one part; `model` where the model said it. What is not plain stays as it was written.
pub(super) fn decode(doc: Doc<'_>, node: NodeId, model: bool) -> Result<Part, Malformed> {
    if model && doc.kind(node) != Kind::Object {
        return Ok(Part::opaque(doc, node, ""));
    }
    let mut fields = Fields::new(doc, node)?;
    let kind = fields.peek("type").and_then(|node| doc.str(node));
    let text = fields.peek("text").and_then(|node| doc.str(node));
    let kind = match kind {
        Some(kind) => kind,
        // A text needs no other word.
        None if text.is_some() => {
            fields.know("type");
            "text".into()
        }
        None if model => return Ok(Part::opaque(doc, node, "")),
        None => {
            return Err(fields.missing("type", "the kind of this part, such as `input_text`"));
        }
    };
    Ok(match kind.as_ref() {
        "input_text" | "output_text" | "text" => {
            if kind == text_type(model) {
                fields.take("type");
            }
            Part::Text {
                text: fields.str_if("text").unwrap_or_default(),
                extra: fields.rest(),
            }
        }
        "refusal" => {
            fields.take("type");
            Part::Refusal {
                text: fields.str_if("refusal").unwrap_or_default(),
                extra: fields.rest(),
            }
        }
        "input_image" => match image_source(&mut fields) {
            Some(source) => Part::Image {
                source,
                detail: fields.str("detail")?,
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        "input_file" => match file_source(&mut fields) {
            Some(source) => Part::Document {
                source,
                title: fields.str("filename")?,
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        "input_audio" => match sound_source(&mut fields) {
            Some(source) => Part::Media {
                medium: Medium::Audio,
                source,
                extra: fields.rest(),
            },
            None => Part::opaque(doc, node, kind),
        },
        kind => Part::opaque(doc, node, kind),
    })
}

/// The type of plain text.
pub(super) const fn text_type(model: bool) -> &'static str {
    if model { "output_text" } else { "input_text" }
}

fn base64(url: &str) -> Option<MediaSource> {
    data_url(url).map(|(media_type, data)| MediaSource::Base64 {
        media_type: media_type.to_owned(),
        data: data.to_owned(),
    })
}

fn said(fields: &Fields<'_>, name: &str) -> Option<String> {
    let node = fields.peek(name)?;
    fields.doc().str(node).map(std::borrow::Cow::into_owned)
}

/// The one way in which the part says where it is; several or none are not plain.
fn only<'a>(fields: &Fields<'_>, ways: &[&'a str]) -> Option<&'a str> {
    let mut given = ways.iter().filter(|way| fields.peek(way).is_some());
    given.next().filter(|_| given.next().is_none()).copied()
}

fn image_source(fields: &mut Fields<'_>) -> Option<MediaSource> {
    let way = only(fields, &["image_url", "file_id"])?;
    let text = said(fields, way)?;
    fields.take(way);
    fields.take("type");
    Some(match way {
        "file_id" => MediaSource::File(text),
        _ => base64(&text).unwrap_or(MediaSource::Url(text)),
    })
}

fn file_source(fields: &mut Fields<'_>) -> Option<MediaSource> {
    let way = only(fields, &["file_data", "file_url", "file_id"])?;
    let text = said(fields, way)?;
    let source = match way {
        "file_data" => base64(&text)?,
        "file_url" => MediaSource::Url(text),
        _ => MediaSource::File(text),
    };
    fields.take(way);
    fields.take("type");
    Some(source)
}

fn sound_source(fields: &mut Fields<'_>) -> Option<MediaSource> {
    let doc = fields.doc();
    let node = fields.peek("input_audio")?;
    let text = |name: &str| doc.get(node, name).and_then(|node| doc.str(node));
    let (data, format) = (text("data")?, text("format")?);
    if doc.len(node) != 2 {
        return None;
    }
    fields.take("input_audio");
    fields.take("type");
    Some(MediaSource::Base64 {
        media_type: match format.as_ref() {
            "mp3" => "audio/mpeg".to_owned(),
            format => format!("audio/{format}"),
        },
        data: data.into_owned(),
    })
}

/// Writes a picture's members; false where this dialect has no word for its source.
pub(crate) fn detail_image(
    source: &MediaSource,
    detail: Option<&str>,
    to: &mut Object<'_>,
) -> bool {
    to.str("type", "input_image");
    match source {
        MediaSource::Url(url) => to.str("image_url", url),
        MediaSource::Base64 { media_type, data } => {
            to.str("image_url", &format!("data:{media_type};base64,{data}"));
        }
        MediaSource::File(id) => to.str("file_id", id),
        MediaSource::Text { .. } | MediaSource::Opaque(_) => return false,
    }
    to.opt_str("detail", detail);
    true
}

/// Writes a document's members; false where this dialect has no word for its source.
pub(crate) fn file(source: &MediaSource, title: Option<&str>, to: &mut Object<'_>) -> bool {
    to.str("type", "input_file");
    to.opt_str("filename", title);
    match source {
        MediaSource::Url(url) => to.str("file_url", url),
        MediaSource::Base64 { media_type, data } => {
            to.str("file_data", &format!("data:{media_type};base64,{data}"));
        }
        MediaSource::File(id) => to.str("file_id", id),
        MediaSource::Text { .. } | MediaSource::Opaque(_) => return false,
    }
    true
}

/// Writes sound's members; false where this dialect has no word for its source.
pub(crate) fn sound(source: &MediaSource, to: &mut Object<'_>) -> bool {
    let MediaSource::Base64 { media_type, data } = source else {
        return false;
    };
    to.str("type", "input_audio");
    let mut inner = to.object("input_audio");
    inner.str("data", data);
    inner.str(
        "format",
        match media_type.as_str() {
            "audio/mpeg" => "mp3",
            other => other.strip_prefix("audio/").unwrap_or(other),
        },
    );
    true
}
