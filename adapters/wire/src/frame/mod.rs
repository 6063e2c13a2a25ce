//! The ways in which providers cut an answer into events, each with every byte kept.
//!
//! [`Splitter`] cuts a stream into [`RawEvent`]s whose bytes, put together, are the stream again; [`write()`] makes
//! one; [`Writer`] makes a whole stream.

mod array;
mod event;
mod lines;
mod message;
mod splitter;
#[cfg(test)]
mod tests;
mod writer;

pub use event::RawEvent;
pub use message::{Header, Message};
pub use splitter::{Broken, Splitter};
pub use writer::{Payload, Writer, write};

/// How a stream is cut into events.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Framing {
    /// Server-sent events.
    #[default]
    Sse,
    /// A JSON text a line.
    Ndjson,
    /// One JSON array, an element an event.
    JsonArray,
    /// Amazon's binary event stream, with JSON payloads.
    EventStream,
    /// Amazon's binary event stream whose payloads wrap a JSON text in base64: `{"bytes":"..."}`.
    Chunks,
}

impl Framing {
    /// The media type of such a stream.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Sse => "text/event-stream; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::JsonArray => "application/json",
            Self::EventStream | Self::Chunks => "application/vnd.amazon.eventstream",
        }
    }
}
