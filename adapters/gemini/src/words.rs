//! Finish reasons and media types, in both directions.

use marshal_adapter_api::{Finish, FinishReason, Medium};
use marshal_wire::json::{Doc, Kind, NodeId};

/// The word of a `finishReason`, which some clients have sent to them as a number.
///
/// Google AI and Vertex AI number the words from 6 up differently; those that both have among the refusals are read
/// as one.
pub(crate) fn finish_word(doc: Doc<'_>, node: NodeId) -> Option<String> {
    match doc.kind(node) {
        Kind::String => doc
            .str(node)
            .filter(|word| !word.is_empty() && word != "FINISH_REASON_UNSPECIFIED")
            .map(std::borrow::Cow::into_owned),
        Kind::Number => {
            let word = match doc.u64(node)? {
                0 => return None,
                1 => "STOP",
                2 => "MAX_TOKENS",
                3 => "SAFETY",
                4 => "RECITATION",
                6 | 7 => "BLOCKLIST",
                8 => "PROHIBITED_CONTENT",
                9 => "SPII",
                _ => "OTHER",
            };
            Some(word.to_owned())
        }
        _ => None,
    }
}

/// What a finish word means; `calls` where the answer calls a tool.
pub(crate) fn finish_of(word: String, calls: bool) -> Finish {
    let reason = match word.as_str() {
        "STOP" if calls => FinishReason::ToolCalls,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::Refusal,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word,
        stop_sequence: None,
    }
}

/// The finish of a prompt that was not let through.
pub(crate) const fn blocked(word: String) -> Finish {
    Finish {
        reason: FinishReason::Refusal,
        word,
        stop_sequence: None,
    }
}

/// The `finishReason` for an answer of another dialect.
pub(crate) const fn word_of(reason: FinishReason, refuses: bool) -> &'static str {
    match reason {
        FinishReason::Stop if refuses => "SAFETY",
        FinishReason::Stop
        | FinishReason::StopSequence
        | FinishReason::ToolCalls
        | FinishReason::Pause => "STOP",
        FinishReason::Length | FinishReason::ContextFull => "MAX_TOKENS",
        FinishReason::Refusal => "SAFETY",
        FinishReason::Other => "OTHER",
    }
}

/// True for reasons that [`word_of`] can only approach.
pub(crate) const fn is_approximate(reason: FinishReason) -> bool {
    matches!(reason, FinishReason::Pause | FinishReason::Other)
}

/// What kind of thing a media type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A picture.
    Image,
    /// Sound or moving pictures.
    Media(Medium),
    /// Anything else.
    Document,
}

/// What kind of thing a media type is.
pub(crate) fn shown(media_type: &str) -> Shown {
    let kind = media_type.split('/').next().unwrap_or_default();
    if kind.eq_ignore_ascii_case("image") {
        Shown::Image
    } else if kind.eq_ignore_ascii_case("audio") {
        Shown::Media(Medium::Audio)
    } else if kind.eq_ignore_ascii_case("video") {
        Shown::Media(Medium::Video)
    } else {
        Shown::Document
    }
}

/// Endings of file names and what they say.
const ENDINGS: [(&str, &str); 34] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("bmp", "image/bmp"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("xml", "text/xml"),
    ("json", "application/json"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("flac", "audio/flac"),
    ("aac", "audio/aac"),
    ("m4a", "audio/mp4"),
    ("aiff", "audio/aiff"),
    ("opus", "audio/opus"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("avi", "video/x-msvideo"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("wmv", "video/x-ms-wmv"),
    ("3gp", "video/3gpp"),
    ("flv", "video/x-flv"),
    ("mkv", "video/x-matroska"),
];

/// The media type that an address's ending says.
pub(crate) fn media_type_of(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next()?;
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    ENDINGS
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(ending))
        .map(|(_, media_type)| *media_type)
}

/// True for an address that Google alone can read: its own storage and uploaded files.
pub(crate) fn is_google_file(address: &str) -> bool {
    address.starts_with("gs://")
        || address.starts_with("https://generativelanguage.googleapis.com/")
}

/// True for a video that Google knows by its page.
pub(crate) fn is_youtube(address: &str) -> bool {
    let host = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))
        .unwrap_or_default();
    [
        "youtube.com/",
        "www.youtube.com/",
        "m.youtube.com/",
        "youtu.be/",
    ]
    .iter()
    .any(|start| host.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{is_youtube, media_type_of};

    #[test]
    fn an_address_says_what_it_shows() {
        assert_eq!(
            media_type_of("https://x.org/a/cat.PNG?size=2"),
            Some("image/png")
        );
        assert_eq!(media_type_of("https://x.org/a.b/cat"), None);
        assert_eq!(media_type_of("https://x.org"), None);
        assert!(is_youtube("https://youtu.be/abc") && !is_youtube("https://notyoutube.com/"));
    }
}
