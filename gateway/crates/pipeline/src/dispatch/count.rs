//! How many tokens a conversation has, asked of a provider that has the question in other words.

use bytes::Bytes;
use marshal_adapter_api::Encoded;
use marshal_routing::Target;
use marshal_types::{Code, Refusal, Surface};
use marshal_wire::json::{Doc, Edits};

use super::encode::{named, untranslatable};
use crate::Shared;
use crate::call::Ask;
use crate::decode::{dialect, malformed};

/// Doors that count.
pub(crate) const COUNTS: [Surface; 3] = [
    Surface::CountTokens,
    Surface::GeminiCountTokens,
    Surface::ResponseTools,
];

/// True for a call that asks to count; what else goes through one of these doors does not cross dialects.
pub(crate) fn counts(surface: Surface, ask: &Ask) -> bool {
    COUNTS.contains(&surface) && !ask.tail.ends_with("/compact")
}

/// The question for the first counting door that the target's provider has.
pub(super) fn request(
    shared: &Shared,
    surface: Surface,
    ask: &Ask,
    target: &Target,
) -> Result<(Surface, Encoded), Refusal> {
    let door = COUNTS.iter().find(|door| target.surfaces.contains(door));
    let (Some(door), Some(doc)) = (door, ask.doc()) else {
        let message = "This model's provider does not count tokens; ask another model.";
        return Err(Refusal::new(Code::NoTarget, message).param("model"));
    };
    let chat = conversation(surface, doc, &ask.body);
    let canonical = shared
        .adapter(dialect(surface))
        .decode_request(&chat, named(ask, dialect(surface)))
        .map_err(malformed)?;
    let model = &*target.id;
    let encoded = shared
        .adapter(dialect(*door))
        .encode_request(&canonical, model, 1)
        .map_err(untranslatable)?;
    let body = marshal_tasks::count_request(dialect(*door), &encoded.body, model)
        .map_err(malformed)?
        .unwrap_or_default();
    Ok((
        *door,
        Encoded {
            body,
            dropped: encoded.dropped,
        },
    ))
}

/// The question as the request of a conversation.
fn conversation(surface: Surface, doc: Doc<'_>, body: &Bytes) -> Vec<u8> {
    let root = doc.root();
    if let Some(inner) = doc.get(root, "generateContentRequest") {
        return doc.raw(inner).to_vec();
    }
    if surface == Surface::CountTokens && doc.get(root, "max_tokens").is_none() {
        let mut edits = Edits::new();
        edits.insert_member(doc, root, "max_tokens", b"1");
        return edits.apply(body);
    }
    body.to_vec()
}

/// What a client reads where nobody can be asked: four bytes a token, as in every estimate here.
pub(crate) fn estimate(surface: Surface, bytes: usize) -> Vec<u8> {
    let tokens = crate::limit::estimate_tokens(bytes);
    match surface {
        Surface::GeminiCountTokens => format!("{{\"totalTokens\":{tokens}}}"),
        Surface::ResponseTools => {
            format!("{{\"object\":\"response.input_tokens\",\"input_tokens\":{tokens}}}")
        }
        _ => format!("{{\"input_tokens\":{tokens}}}"),
    }
    .into_bytes()
}
