//! One block of a stream, and the fields in it.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use memchr::{memchr, memchr2};

/// One block of a stream: the lines up to a blank one, that one included. Its bytes are the stream's own.
#[derive(Clone, PartialEq, Eq)]
pub struct RawEvent {
    /// The block, verbatim.
    pub raw: Bytes,
}

/// The fields of a block.
#[derive(Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// The last `event:` field.
    pub event: Option<Cow<'a, str>>,
    /// All `data:` fields, joined by line feeds.
    pub data: Cow<'a, [u8]>,
    /// The block, verbatim.
    pub raw: &'a [u8],
}

impl RawEvent {
    /// A block from its bytes, for example one that [`super::write()`] made.
    pub fn new(raw: impl Into<Bytes>) -> Self {
        Self { raw: raw.into() }
    }

    /// The value of the last `event:` field. Bytes that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'_, str>> {
        self.fields()
            .filter(|(name, _)| *name == b"event")
            .last()
            .map(|(_, value)| String::from_utf8_lossy(value))
    }

    /// The values of all `data:` fields, joined by line feeds; empty if there are none. Borrowed if there is one.
    #[must_use]
    pub fn data(&self) -> Cow<'_, [u8]> {
        data(&self.raw)
    }

    /// Whether a reader sees nothing of this block: comments and blank lines only.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        self.fields().next().is_none()
    }

    /// Name and data, read in one pass.
    #[must_use]
    pub fn parse(&self) -> Event<'_> {
        let (mut event, mut data) = (None, None);
        for (name, value) in self.fields() {
            match name {
                b"event" => event = Some(String::from_utf8_lossy(value)),
                b"data" => data = Some(joined(data, value)),
                _ => {}
            }
        }
        Event {
            event,
            data: data.unwrap_or_default(),
            raw: &self.raw,
        }
    }

    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        fields(&self.raw)
    }
}

/// The values of all `data:` fields of a block, joined by line feeds; empty if there are none. Borrowed if there is one.
#[must_use]
pub fn data(block: &[u8]) -> Cow<'_, [u8]> {
    let mut data = None;
    for (name, value) in fields(block) {
        if name == b"data" {
            data = Some(joined(data, value));
        }
    }
    data.unwrap_or_default()
}

/// Every field but comments, with the one space after its colon taken off.
fn fields(block: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let start = block.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(block);
    let mut rest = Some(start);
    std::iter::from_fn(move || {
        loop {
            let (line, following) = cut_line(rest?);
            rest = following;
            match memchr(b':', line) {
                Some(0) => {}
                Some(colon) => {
                    let value = &line[colon + 1..];
                    return Some((&line[..colon], value.strip_prefix(b" ").unwrap_or(value)));
                }
                None if line.is_empty() => {}
                None => return Some((line, &[][..])),
            }
        }
    })
}

impl From<Bytes> for RawEvent {
    fn from(raw: Bytes) -> Self {
        Self { raw }
    }
}

/// Says how long the block is, never what it says.
impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawEvent({} bytes)", self.raw.len())
    }
}

/// Says the event's name and how long it is, never what it says.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.event.as_deref().unwrap_or("message");
        write!(f, "Event({name}, {} bytes)", self.raw.len())
    }
}

fn joined<'a>(before: Option<Cow<'a, [u8]>>, value: &'a [u8]) -> Cow<'a, [u8]> {
    match before {
        None => Cow::Borrowed(value),
        Some(before) => {
            let mut all = before.into_owned();
            all.push(b'\n');
            all.extend_from_slice(value);
            Cow::Owned(all)
        }
    }
}

/// The first line without its end, and what follows that end; `None` if there is no end.
pub(super) fn cut_line(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(at) = memchr2(b'\n', b'\r', text) else {
        return (text, None);
    };
    let end = if text[at..].starts_with(b"\r\n") {
        2
    } else {
        1
    };
    (&text[..at], Some(&text[at + end..]))
}
