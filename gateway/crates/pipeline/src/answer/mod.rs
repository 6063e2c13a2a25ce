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
use marshal_types::{Dialect, Refusal};
use marshal_wire::frame::Framing;

pub use body::AnswerBody;
pub(crate) use ending::{Ending, Found};
pub(crate) use headers::{forward_headers, name_overhead, name_target, of_json};
pub(crate) use restore::{StreamRestore, whole as restore_whole};
pub(crate) use whole::{cached, local};

use crate::dispatch::UpstreamBody;
use crate::step::Answer;
use crate::voice::Voice;

/// Makes the client's answer of a provider's good one.
///
/// # Errors
/// The refusal if the provider's answer cannot be read; the attempt's ending is recorded then.
pub(crate) async fn of(
    ending: Box<Ending>,
    response: http::Response<UpstreamBody>,
    voice: Voice,
    framing: Framing,
    dropped: &[String],
) -> Result<Answer, Refusal> {
    let (head, body) = response.into_parts();
    let mut answer = match streamed(&head.headers, &ending, voice, framing) {
        Some(Streamed::Events(framing)) => {
            stream::answer(ending, &head, body, voice, Some(framing))
        }
        Some(Streamed::Bytes) => stream::answer(ending, &head, body, voice, None),
        None => whole::answer(ending, &head, body, voice).await?,
    };
    headers::name_dropped(answer.headers_mut(), dropped);
    Ok(answer)
}

/// How an answer is passed on piece by piece.
enum Streamed {
    /// As events.
    Events(Framing),
    /// As it comes: sound, files.
    Bytes,
}

fn streamed(
    headers: &http::HeaderMap,
    ending: &Ending,
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
            .or(ending.stream.then_some(Streamed::Events(Framing::Ndjson)))
            .or(Some(Streamed::Bytes))
    } else if ending.stream
        && framing == Framing::JsonArray
        && voice == Voice::Chat(Dialect::Gemini)
    {
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
