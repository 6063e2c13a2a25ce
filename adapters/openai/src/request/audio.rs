//! Sound that a user lets the model hear: `input_audio`.

use marshal_adapter_api::{Fields, MediaSource, Object};

/// Takes the sound where it is plain: data and its format.
pub(super) fn decode(fields: &mut Fields<'_>) -> Option<MediaSource> {
    let doc = fields.doc();
    let at = fields.peek("input_audio")?;
    let data = doc.str(doc.get(at, "data")?)?.into_owned();
    let format = doc.str(doc.get(at, "format")?)?;
    let media_type = media_type(&format)?;
    if doc.len(at) != 2 {
        return None;
    }
    fields.take("input_audio");
    Some(MediaSource::Base64 { media_type, data })
}

/// Writes the sound; any format of its own dialect leads back to itself.
pub(super) fn write(media_type: &str, data: &str, to: &mut Object<'_>) {
    to.str("type", "input_audio");
    let mut at = to.object("input_audio");
    at.str("data", data);
    at.str("format", format(media_type));
}

/// Whether the documented formats hold it.
pub(super) fn is_heard(media_type: &str) -> bool {
    matches!(format(media_type), "wav" | "mp3")
}

/// `None` where the type would not lead back to the format.
fn media_type(word: &str) -> Option<String> {
    let media_type = match word {
        "mp3" => "audio/mpeg".to_owned(),
        word => format!("audio/{word}"),
    };
    (format(&media_type) == word).then_some(media_type)
}

fn format(media_type: &str) -> &str {
    let plain = media_type.split(';').next().unwrap_or_default().trim();
    match plain {
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        other => other.strip_prefix("audio/").unwrap_or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_heard, media_type};

    #[test]
    fn every_format_is_written_as_it_was_or_left_alone() {
        assert_eq!(media_type("wav").as_deref(), Some("audio/wav"));
        assert_eq!(media_type("mp3").as_deref(), Some("audio/mpeg"));
        assert_eq!(media_type("flac").as_deref(), Some("audio/flac"));
        assert_eq!(media_type("mpeg"), None);
        assert!(is_heard("audio/x-wav") && !is_heard("audio/ogg"));
    }
}
