//! Making events and whole streams.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::message::{Header, Message};
use super::{Framing, RawEvent};
use crate::sse;

/// What an event says, apart from how it is framed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// The event's name, where the dialect gives it one.
    pub name: Option<String>,
    /// A JSON text.
    pub data: Vec<u8>,
}

impl Payload {
    /// The event, framed. In an array it is one that is not the first.
    #[must_use]
    pub fn framed(&self, framing: Framing) -> RawEvent {
        let mut raw = Vec::with_capacity(self.data.len() + 32);
        write(&mut raw, framing, self.name.as_deref(), &self.data);
        RawEvent::framed(framing, raw)
    }
}

/// Appends one whole event. In an array it is one that is not the first.
pub fn write(out: &mut Vec<u8>, framing: Framing, name: Option<&str>, data: &[u8]) {
    match framing {
        Framing::Sse => sse::write(out, name, data),
        Framing::Ndjson => {
            out.extend_from_slice(data);
            out.push(b'\n');
        }
        Framing::JsonArray => {
            out.extend_from_slice(b",\r\n");
            out.extend_from_slice(data);
        }
        Framing::EventStream => message(out, name.unwrap_or("chunk"), data),
        // A failure is the envelope's own to report: within a chunk Amazon's clients would take it for text.
        Framing::Chunks if name.is_some_and(|name| name.ends_with("Exception")) => {
            message(out, name.unwrap_or_default(), data);
        }
        Framing::Chunks if name == Some("error") => {
            message(out, "modelStreamErrorException", data);
        }
        Framing::Chunks => {
            let text = STANDARD.encode(data);
            message(out, "chunk", format!("{{\"bytes\":\"{text}\"}}").as_bytes());
        }
    }
}

fn message(out: &mut Vec<u8>, name: &str, payload: &[u8]) {
    // AWS names its exceptions so; an SDK raises them.
    let exception = name.ends_with("Exception");
    let header = |name, value| Header { name, value };
    let headers = [
        header(
            if exception {
                ":exception-type"
            } else {
                ":event-type"
            },
            name,
        ),
        header(":content-type", "application/json"),
        header(
            ":message-type",
            if exception { "exception" } else { "event" },
        ),
    ];
    Message::write(out, &headers, payload);
}

/// Makes a whole stream: an array needs its brackets.
#[derive(Clone, Debug)]
pub struct Writer {
    framing: Framing,
    begun: bool,
    ended: bool,
}

impl Writer {
    /// A stream of which nothing is written.
    #[must_use]
    pub const fn new(framing: Framing) -> Self {
        Self {
            framing,
            begun: false,
            ended: false,
        }
    }

    /// Appends an event. Without data nothing is written.
    pub fn event(&mut self, name: Option<&str>, data: &[u8], out: &mut Vec<u8>) {
        if data.is_empty() || self.ended {
            return;
        }
        if self.framing == Framing::JsonArray && !self.begun {
            out.push(b'[');
            out.extend_from_slice(data);
        } else {
            write(out, self.framing, name, data);
        }
        self.begun = true;
    }

    /// Appends what still lacks; idempotent.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if self.framing == Framing::JsonArray && !self.ended {
            out.extend_from_slice(if self.begun { b"\r\n]" } else { b"[]" });
        }
        self.ended = true;
    }
}
