//! What the user and tools show: pictures, documents and sound are never left out.

use marshal_adapter_api::{Array, MediaSource, Medium, Part, Untranslatable};
use marshal_types::Dialect;

use crate::items::{detail_image, file, sound};

/// True if the part can be written and says something.
pub(super) fn can_show(
    origin: Dialect,
    part: &Part,
    dropped: &mut Vec<String>,
) -> Result<bool, Untranslatable> {
    // An uploaded file is known only where it was uploaded.
    let known_file = origin == Dialect::OpenAi;
    match part {
        Part::Text { text, extra } => {
            extra.report(dropped);
            return Ok(!text.is_empty());
        }
        Part::Image {
            source: MediaSource::Url(_) | MediaSource::Base64 { .. },
            extra,
            ..
        }
        | Part::Document {
            source: MediaSource::Url(_) | MediaSource::Base64 { .. },
            extra,
            ..
        }
        | Part::Media {
            medium: Medium::Audio,
            source: MediaSource::Base64 { .. },
            extra,
        } => {
            extra.report(dropped);
            return Ok(true);
        }
        Part::Image {
            source: MediaSource::File(_),
            extra,
            ..
        }
        | Part::Document {
            source: MediaSource::File(_),
            extra,
            ..
        } if known_file => {
            extra.report(dropped);
            return Ok(true);
        }
        Part::Document {
            source: MediaSource::Text { .. },
            title,
            extra,
        } => {
            extra.report(dropped);
            if title.is_some() {
                dropped.push(extra.path_of("title"));
            }
            return Ok(true);
        }
        Part::Opaque { kind, .. } if known_file && kind == "input_audio" => return Ok(true),
        _ => {}
    }
    let path = part.path().to_owned();
    Err(Untranslatable {
        message: format!(
            "`{path}` cannot be shown through the Responses API: send text, and pictures and documents by address or base64."
        ),
        param: Some(path),
    })
}

/// Writes a part of text.
pub(super) fn input_text(text: &str, list: &mut Array<'_>) {
    let mut to = list.object();
    to.str("type", "input_text");
    to.str("text", text);
}

/// Writes a part that can be shown.
pub(super) fn write(part: &Part, list: &mut Array<'_>) {
    match part {
        // A text document says the same as a text.
        Part::Text { text, .. }
        | Part::Document {
            source: MediaSource::Text { data: text, .. },
            ..
        } => input_text(text, list),
        Part::Opaque { value, .. } => list.json(value),
        Part::Image { source, detail, .. } => {
            // Clients' types demand the member.
            let detail = detail.as_deref().unwrap_or("auto");
            detail_image(source, Some(detail), &mut list.object());
        }
        Part::Document { source, title, .. } => {
            // A file in the request needs a name.
            let title = title.as_deref().or(match source {
                MediaSource::Base64 { .. } => Some("document.pdf"),
                _ => None,
            });
            file(source, title, &mut list.object());
        }
        Part::Media { source, .. } => {
            sound(source, &mut list.object());
        }
        _ => {}
    }
}
