//! The way back: decode, restore, encode, meter, settle, durable completion, last byte.

mod body;
mod ending;
mod failure;
mod headers;
mod restore;
mod stream;
mod transcode;
mod whole;

use bytes::Bytes;
use marshal_types::Dialect;
use marshal_wire::frame::Framing;

pub use body::AnswerBody;
pub(crate) use ending::{Ending, Found};
pub(crate) use failure::{in_answer, retry_delay};
pub(crate) use headers::{forward_headers, name_dropped, name_overhead, name_target, of_json};
pub(crate) use restore::{StreamRestore, whole as restore_whole};
pub(crate) use whole::{answer as whole, broke_off, cached, local};

use crate::dispatch::UpstreamBody;
use crate::step::Answer;
use crate::voice::Voice;

/// Makes the client's answer of a provider's stream.
pub(crate) fn streaming(
    ending: Box<Ending>,
    head: &http::response::Parts,
    body: UpstreamBody,
    voice: Voice,
    streamed: Streamed,
) -> Answer {
    let framing = match streamed {
        Streamed::Events(framing) => Some(framing),
        Streamed::Bytes => None,
    };
    stream::answer(ending, head, body, voice, framing)
}

/// How an answer is passed on piece by piece.
pub(crate) enum Streamed {
    /// As events.
    Events(Framing),
    /// As it comes: sound, files.
    Bytes,
}

/// How an answer with this head is passed on, unless it is read as one piece. `stream` and `framing` are what the
/// provider was asked for.
pub(crate) fn streamed(
    headers: &http::HeaderMap,
    stream: bool,
    voice: Voice,
    framing: Framing,
) -> Option<Streamed> {
    let media = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    if is("text/event-stream") {
        Some(Streamed::Events(Framing::Sse))
    } else if is("application/vnd.amazon.eventstream") {
        Some(Streamed::Events(match framing {
            Framing::Chunks => Framing::Chunks,
            _ => Framing::EventStream,
        }))
    } else if is("application/x-ndjson") || is("application/jsonlines") {
        matches!(voice, Voice::Chat(Dialect::Ollama))
            .then_some(Streamed::Events(Framing::Ndjson))
            .or(stream.then_some(Streamed::Events(Framing::Ndjson)))
            .or(Some(Streamed::Bytes))
    } else if stream && framing == Framing::JsonArray && voice == Voice::Chat(Dialect::Gemini) {
        Some(Streamed::Events(Framing::JsonArray))
    } else if matches!(voice, Voice::Task(..)) && !is("application/json") && !essence.is_empty() {
        Some(Streamed::Bytes)
    } else {
        None
    }
}

/// Appends to bytes that are on their way out.
pub(crate) fn join(first: Bytes, second: Bytes) -> Bytes {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => second,
        (_, true) => first,
        _ => [first, second].concat().into(),
    }
}
