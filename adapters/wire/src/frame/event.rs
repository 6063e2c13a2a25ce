//! One event of a stream, whatever its framing.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::{Framing, array, message, writer};
use crate::json::{Index, Limits};
use crate::sse;

/// One event of a stream. Its bytes are the stream's own.
#[derive(Clone, PartialEq, Eq)]
pub struct RawEvent {
    /// The event, verbatim, with whatever stood between it and the one before.
    pub raw: Bytes,
    /// How it is cut out of the stream.
    pub framing: Framing,
}

impl RawEvent {
    /// A server-sent event from its bytes.
    pub fn new(raw: impl Into<Bytes>) -> Self {
        Self::framed(Framing::Sse, raw)
    }

    /// An event from its bytes.
    pub fn framed(framing: Framing, raw: impl Into<Bytes>) -> Self {
        Self {
            raw: raw.into(),
            framing,
        }
    }

    /// The event's name, where the framing gives it one.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'_, str>> {
        match self.framing {
            Framing::Sse => sse::RawEvent::new(self.raw.clone())
                .name()
                .map(|name| Cow::Owned(name.into_owned())),
            Framing::Ndjson | Framing::JsonArray => None,
            Framing::EventStream => self
                .message()?
                .name()
                .map(|name| Cow::Owned(name.to_owned())),
            Framing::Chunks => {
                let message = self.message()?;
                match message.kind() {
                    Some("exception" | "error") => message.name().map(str::to_owned),
                    _ => member(&self.data(), "type"),
                }
                .map(Cow::Owned)
            }
        }
    }

    /// True for an event by which the framing itself reports a failure.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        matches!(self.framing, Framing::EventStream | Framing::Chunks)
            && self
                .message()
                .is_some_and(|message| matches!(message.kind(), Some("exception" | "error")))
    }

    /// What the event says: a JSON text, or nothing.
    #[must_use]
    pub fn data(&self) -> Cow<'_, [u8]> {
        match self.framing {
            Framing::Sse => sse::data(&self.raw),
            Framing::Ndjson => Cow::Borrowed(self.raw.trim_ascii()),
            Framing::JsonArray => Cow::Borrowed(array::element(&self.raw)),
            Framing::EventStream => match self.message() {
                Some(message) => Cow::Borrowed(message.payload),
                None => Cow::Borrowed(b""),
            },
            Framing::Chunks => match self.message() {
                Some(message) => unwrapped(message.payload),
                None => Cow::Borrowed(b""),
            },
        }
    }

    /// Whether a reader sees nothing of this event.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        match self.framing {
            Framing::Sse => sse::RawEvent::new(self.raw.clone()).is_comment(),
            _ => self.data().is_empty(),
        }
    }

    /// The same event with other data: what stood around it stays.
    #[must_use]
    pub fn with_data(&self, data: &[u8]) -> Self {
        let mut raw = Vec::with_capacity(self.raw.len() + data.len());
        match self.framing {
            Framing::JsonArray => {
                let range = array::element_range(&self.raw);
                raw.extend_from_slice(&self.raw[..range.start]);
                raw.extend_from_slice(data);
                raw.extend_from_slice(&self.raw[range.end..]);
            }
            framing => writer::write(&mut raw, framing, self.name().as_deref(), data),
        }
        Self::framed(self.framing, raw)
    }

    fn message(&self) -> Option<message::Message<'_>> {
        message::Message::read(&self.raw)
    }
}

impl From<Bytes> for RawEvent {
    fn from(raw: Bytes) -> Self {
        Self::new(raw)
    }
}

/// Says how long the event is, never what it says.
impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawEvent({:?}, {} bytes)", self.framing, self.raw.len())
    }
}

/// The JSON text that `{"bytes":"..."}` wraps; any other payload as it is.
fn unwrapped(payload: &[u8]) -> Cow<'_, [u8]> {
    member(payload, "bytes")
        .and_then(|text| STANDARD.decode(text).ok())
        .map_or(Cow::Borrowed(payload), Cow::Owned)
}

fn member(json: &[u8], name: &str) -> Option<String> {
    let index = Index::parse(json, &Limits::default()).ok()?;
    let doc = index.doc(json);
    doc.str(doc.get(doc.root(), name)?).map(Cow::into_owned)
}
