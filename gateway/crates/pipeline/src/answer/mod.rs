//! The way back: decode, restore, encode, meter, settle, durable completion, last byte.

mod body;
mod ending;
mod headers;
mod restore;
mod stream;
mod transcode;
mod whole;

use bytes::Bytes;
use marshal_types::{Dialect, Refusal};

pub use body::AnswerBody;
pub(crate) use ending::Ending;
pub(crate) use headers::{forward_headers, name_target, of_json};
pub(crate) use whole::{cached, local};

use crate::dispatch::UpstreamBody;
use crate::step::Answer;

/// Makes the client's answer of a provider's good one.
///
/// # Errors
/// The refusal if the provider's answer cannot be read; the attempt's ending is recorded then.
pub(crate) async fn of(
    ending: Box<Ending>,
    response: http::Response<UpstreamBody>,
    dialect: Dialect,
    dropped: &[String],
) -> Result<Answer, Refusal> {
    let (head, body) = response.into_parts();
    let mut answer = if is_stream(&head.headers) {
        stream::answer(ending, &head, body, dialect)
    } else {
        whole::answer(ending, &head, body, dialect).await?
    };
    headers::name_dropped(answer.headers_mut(), dropped);
    Ok(answer)
}

fn is_stream(headers: &http::HeaderMap) -> bool {
    let media = headers
        .get(http::header::CONTENT_TYPE)
        .map_or(b"".as_slice(), http::HeaderValue::as_bytes);
    media
        .get(..17)
        .is_some_and(|media| media.eq_ignore_ascii_case(b"text/event-stream"))
}

/// Appends to bytes that are on their way out.
pub(crate) fn join(first: Bytes, second: Bytes) -> Bytes {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => second,
        (_, true) => first,
        _ => [first, second].concat().into(),
    }
}
