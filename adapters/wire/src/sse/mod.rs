//! Server-sent events, as the WHATWG HTML standard frames them, with every byte kept.
//!
//! [`Splitter`] cuts a stream into blocks whose bytes, put together, are the stream again. [`RawEvent`] reads one
//! block. [`write()`] makes one.

mod event;
mod splitter;

#[cfg(test)]
mod tests;

pub use event::{Event, RawEvent, data};
pub use splitter::{Splitter, TooLarge};

use memchr::memchr2;

/// Appends one whole event. A line break in `data` starts another `data:` line, so none can end the event early.
///
/// `event` is a name of ours and holds no line break; if it does, the name ends there.
pub fn write(out: &mut Vec<u8>, event: Option<&str>, data: &[u8]) {
    out.reserve(data.len() + event.map_or(0, str::len) + 24);
    if let Some(name) = event {
        out.extend_from_slice(b"event: ");
        let name = name.as_bytes();
        out.extend_from_slice(&name[..memchr2(b'\n', b'\r', name).unwrap_or(name.len())]);
        out.push(b'\n');
    }
    let mut rest = Some(data);
    while let Some(lines) = rest {
        let (line, following) = event::cut_line(lines);
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
        rest = following;
    }
    out.push(b'\n');
}
