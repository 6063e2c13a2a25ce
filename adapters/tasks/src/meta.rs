//! What a whole answer says about itself: usage above all.

use marshal_adapter_api::{AnswerMeta, text_bytes};
use marshal_types::{Dialect, Surface, Units, Usage};
use marshal_wire::json::{Doc, Index, Limits};

use crate::look::{at, items};
use crate::usage::{units_of, usage_of};
use crate::{answer, sound};

/// The members of whole answers that hold generated text.
const GENERATED: [&[u8]; 7] = [
    b"text",
    b"response",
    b"outputText",
    b"generation",
    b"content",
    b"thinking",
    b"arguments",
];

/// Reads a whole answer. `asked` is what [`facts`](crate::facts()) found could be used at most: it stands where the
/// answer states nothing and it is what was used, as the characters of speech are.
#[must_use]
pub fn meta(
    surface: Surface,
    _dialect: Dialect,
    content_type: &str,
    body: &[u8],
    asked: Units,
) -> AnswerMeta {
    let mut meta = AnswerMeta {
        finished: true,
        ..AnswerMeta::default()
    };
    let index = is_json(content_type, body)
        .then(|| Index::parse(body, &Limits::default()).ok())
        .flatten();
    let stated = match &index {
        Some(index) => {
            let doc = index.doc(body);
            answer::note(doc, &mut meta);
            meta.usage = usage_of(doc);
            meta.output_chars = if has_no_text(surface) {
                0
            } else {
                text_bytes(body, &GENERATED)
            };
            Units {
                images: images(surface, doc),
                ..units_of(doc)
            }
        }
        None => {
            meta.output_chars = if has_no_text(surface) {
                0
            } else {
                body.len() as u64
            };
            Units {
                audio_ms: spoken_until(surface, body),
                ..Units::default()
            }
        }
    };
    let counts = match surface {
        Surface::CountTokens | Surface::GeminiCountTokens => true,
        Surface::ResponseTools => meta.usage.is_none() && meta.id.is_none(),
        _ => false,
    };
    if counts {
        // Counting is free: the numbers in the answer are what the question would cost.
        meta.usage = Some(Usage::default());
    }
    meta.units = used(surface, stated, asked);
    meta
}

fn is_json(content_type: &str, body: &[u8]) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let said = essence.ends_with("json") || essence.is_empty() || essence == "text/plain";
    said && body.trim_ascii_start().first() == Some(&b'{')
}

/// True where an answer holds vectors, pictures, sounds, verdicts or numbers.
const fn has_no_text(surface: Surface) -> bool {
    matches!(
        surface,
        Surface::Embeddings
            | Surface::EmbedContent
            | Surface::CohereEmbed
            | Surface::OllamaEmbed
            | Surface::Rerank
            | Surface::Moderations
            | Surface::ImageGenerations
            | Surface::ImageEdits
            | Surface::Speech
            | Surface::CountTokens
            | Surface::GeminiCountTokens
            | Surface::Files
            | Surface::Batches
    )
}

/// What was used beside tokens: as stated, else as asked where the question settles it. `asked` is what
/// [`facts`](crate::facts()) found could be used at most.
#[must_use]
pub fn used(surface: Surface, stated: Units, asked: Units) -> Units {
    let or = |stated: u64, asked: u64| if stated > 0 { stated } else { asked };
    match surface {
        Surface::Speech => Units {
            characters: or(stated.characters, asked.characters),
            ..stated
        },
        Surface::Transcriptions => Units {
            audio_ms: or(stated.audio_ms, asked.audio_ms),
            ..stated
        },
        Surface::ImageGenerations | Surface::ImageEdits | Surface::Invoke => Units {
            images: or(stated.images, asked.images),
            ..stated
        },
        Surface::Rerank => Units {
            searches: or(stated.searches, asked.searches),
            ..stated
        },
        _ => stated,
    }
}

/// The pictures in an answer.
fn images(surface: Surface, doc: Doc<'_>) -> u64 {
    let root = doc.root();
    let made = match surface {
        Surface::ImageGenerations | Surface::ImageEdits => items(doc, root, &["data"]).count(),
        Surface::Invoke | Surface::Passthrough => items(doc, root, &["images"])
            .chain(items(doc, root, &["artifacts"]))
            .count(),
        _ => 0,
    };
    made as u64
}

/// Subtitles (`srt`, `vtt`) say when the last words end: `--> 00:01:02,500`.
fn spoken_until(surface: Surface, body: &[u8]) -> u64 {
    if surface != Surface::Transcriptions {
        return 0;
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return 0;
    };
    let Some((_, behind)) = text.rsplit_once("--> ") else {
        return 0;
    };
    let time = behind.split_whitespace().next().unwrap_or_default();
    sound::clock(time).unwrap_or(0)
}

/// The number of tokens that a count says.
pub(crate) fn counted(doc: Doc<'_>) -> Option<u64> {
    ["input_tokens", "totalTokens", "inputTokens", "total_tokens"]
        .iter()
        .find_map(|name| doc.u64(at(doc, doc.root(), &[name])?))
}
