//! Streams as plain values, cut by the wire's own splitter and read by nothing else.

use bytes::Bytes;
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use serde_json::Value;

/// The largest event.
const MOST: usize = 16 * 1024 * 1024;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    /// Its name, where the framing gives it one.
    pub name: Option<String>,
    /// What it says; OpenAI's last word, which is no JSON, as a string.
    pub data: Value,
}

/// The whole events of a stream fed in the given chunks.
pub(crate) fn split<'a>(
    framing: Framing,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<RawEvent>, String> {
    let mut splitter = Splitter::new(framing, MOST);
    let mut events = Vec::new();
    for chunk in chunks {
        splitter.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = splitter.next().map_err(|error| error.to_string())? {
            events.push(event);
        }
    }
    while let Some(event) = splitter.finish() {
        events.push(event);
    }
    Ok(events)
}

/// The events that say something.
pub(crate) fn plain(events: &[RawEvent]) -> Vec<Plain> {
    let read = |event: &RawEvent| {
        let data = event.data();
        let data = if data.trim_ascii() == b"[DONE]" {
            Value::from("[DONE]")
        } else {
            serde_json::from_slice(&data).ok()?
        };
        let name = event.name().map(std::borrow::Cow::into_owned);
        Some(Plain { name, data })
    };
    events.iter().filter_map(read).collect()
}

/// A stream's events that say something.
///
/// # Errors
/// When it cannot be cut.
pub(crate) fn plain_events(framing: Framing, bytes: &[u8]) -> Result<Vec<Plain>, String> {
    Ok(plain(&split(framing, std::iter::once(bytes))?))
}
