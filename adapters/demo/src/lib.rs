//! A provider that needs no key: deterministic answers in the real wire formats.
//!
//! It is no language model and says so. It repeats the caller's last words, so that what the gateway redacted and
//! restored can be seen; it calls the tools that it is offered and fills in the schemas that it is given. The same
//! body always gets the same bytes.
//!
//! **Tokens**: one for every four characters begun, and at least one, of the input and of each answer. The input is
//! the text of all messages and tool results, the arguments of earlier tool calls, and the tools as written; images,
//! sounds and files count nothing. A streamed answer has a token an event.
//!
//! **Embeddings** are no model's either: a text's vector is made from hashes of its words, so texts that share words
//! lie near each other, whatever they mean.

mod anthropic;
mod ask;
mod embed;
mod openai;
mod reply;
mod schema;

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use marshal_types::Dialect;
use marshal_wire::sse;
use serde_json::Value;

/// The provider's name in configurations and records.
pub const PROVIDER: &str = "demo";

/// The models on offer. They answer alike; two, so that routing has a choice to make.
pub const MODELS: &[&str] = &["demo-chat", "demo-chat-large"];

/// The models that make vectors.
pub const EMBED_MODELS: &[&str] = &["demo-embed"];

/// How long a vector is, unless fewer numbers are asked for.
pub const DIMENSIONS: usize = 256;

/// An answer never has more tokens than this, whatever the caller allows.
pub const MAX_OUTPUT: u64 = 4_096;

/// The second in which every answer says it was made.
const CREATED: u64 = 1_767_225_600;

/// What the demo provider says to one request.
#[derive(Clone, PartialEq, Eq)]
pub struct DemoAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The value of the `content-type` header.
    pub content_type: &'static str,
    /// The body: whole in one chunk, or one chunk for each event of a stream.
    pub chunks: Vec<Bytes>,
}

/// Says how much the answer is, never what it says: it repeats the caller's words.
impl fmt::Debug for DemoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DemoAnswer({}, {} chunks)",
            self.status,
            self.chunks.len()
        )
    }
}

/// Answers a request body of `POST messages` (Anthropic), or of `POST chat/completions` for any other dialect.
///
/// Any bytes get an answer; those that are no request get a 400 in the dialect.
#[must_use]
pub fn answer(dialect: Dialect, body: &[u8]) -> DemoAnswer {
    let id = fnv(body);
    let parsed = serde_json::from_slice(body).unwrap_or(Value::Null);
    match dialect {
        Dialect::Anthropic => anthropic::answer(&parsed, id),
        _ => openai::answer(&parsed, id),
    }
}

/// Answers a request body of `POST embeddings` (OpenAI).
///
/// Any bytes get an answer; those that are no request get a 400.
#[must_use]
pub fn answer_embeddings(body: &[u8]) -> DemoAnswer {
    let parsed = serde_json::from_slice(body).unwrap_or(Value::Null);
    embed::answer(&parsed)
}

fn whole(status: u16, body: &Value) -> DemoAnswer {
    DemoAnswer {
        status,
        content_type: "application/json",
        chunks: vec![Bytes::from(body.to_string())],
    }
}

fn streamed(chunks: Vec<Bytes>) -> DemoAnswer {
    DemoAnswer {
        status: 200,
        content_type: "text/event-stream; charset=utf-8",
        chunks,
    }
}

fn event(name: Option<&str>, data: &str) -> Bytes {
    let mut out = Vec::new();
    sse::write(&mut out, name, data.as_bytes());
    Bytes::from(out)
}

/// FNV-1a: an id that differs with the body and is the same for the same one.
fn fnv(body: &[u8]) -> u64 {
    body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One token for every four characters begun, and at least one.
const fn tokens(chars: u64) -> u64 {
    let tokens = chars.div_ceil(4);
    if tokens == 0 { 1 } else { tokens }
}
