//! Parts that came in another dialect, written in this one.

use marshal_adapter_api::{MediaSource, Object, Part, index};
use marshal_wire::json::Kind;

use super::media;
use crate::ids::is_made_up;
use crate::seal;

/// Writes a text.
pub(crate) fn text(text: &str, to: &mut Object<'_>) {
    to.str("text", text);
}

/// Writes a thought for a client, with the seal that its provider gave it.
pub(crate) fn thought(text: &str, seal: Option<&str>, to: &mut Object<'_>) {
    to.str("text", text);
    to.bool("thought", true);
    if let Some(seal) = seal.filter(|seal| !seal.is_empty()) {
        to.str("thoughtSignature", &seal::signature(seal, text));
    }
}

/// Writes a call of a tool. Arguments that are not a JSON object stand, as text, under `arguments`.
pub(crate) fn call(id: &str, name: &str, arguments: &str, seal: Option<&str>, to: &mut Object<'_>) {
    {
        let mut call = to.object("functionCall");
        if !id.is_empty() && !is_made_up(id) {
            call.str("id", id);
        }
        call.str("name", name);
        let source = arguments.trim();
        if matches!(source, "" | "null") {
            call.raw("args", b"{}");
        } else if is_object(source) {
            call.raw("args", source.as_bytes());
        } else {
            call.object("args").str("arguments", arguments);
        }
    }
    to.opt_str("thoughtSignature", seal);
}

/// True for the source of a JSON object.
fn is_object(source: &str) -> bool {
    source.starts_with('{')
        && index(source.as_bytes()).is_ok_and(|index| {
            let doc = index.doc(source.as_bytes());
            doc.kind(doc.root()) == Kind::Object
        })
}

/// Writes a picture, a document, sound or moving pictures; `false` where this one cannot be shown.
pub(crate) fn data(part: &Part, to: &mut Object<'_>) -> bool {
    match part {
        // A text document says the same as a text.
        Part::Document {
            source: MediaSource::Text { data, .. },
            ..
        } => {
            to.str("text", data);
            true
        }
        Part::Image { source, .. } => media::foreign(source, "image/jpeg", to),
        Part::Document { source, .. } => media::foreign(source, "application/pdf", to),
        Part::Media { medium, source, .. } => {
            let fallback = match medium {
                marshal_adapter_api::Medium::Audio => "audio/mpeg",
                marshal_adapter_api::Medium::Video => "video/mp4",
            };
            media::foreign(source, fallback, to)
        }
        _ => false,
    }
}
