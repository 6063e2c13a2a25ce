//! One message of Amazon's binary event stream.
//!
//! The format: two lengths and their checksum, headers, payload, checksum of it all; numbers are big-endian
//! (<https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html>).

use std::fmt;

use crc32fast::hash as crc32;

/// Lengths and checksums: what every message has at least.
pub(super) const OVERHEAD: usize = 16;

const PRELUDE: usize = 12;

/// One message, borrowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    headers: &'a [u8],
    /// What it carries.
    pub payload: &'a [u8],
}

/// A header whose value is text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header<'a> {
    /// For example `:event-type`.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
}

impl<'a> Message<'a> {
    /// Reads one whole message; `None` where lengths or checksums are wrong.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let total = length(bytes)?;
        let headers = usize::try_from(number(bytes, 4)?).ok()?;
        if total != bytes.len() || headers.checked_add(OVERHEAD)? > total {
            return None;
        }
        let end = total - 4;
        let whole = crc32(bytes.get(..8)?) == number(bytes, 8)?
            && crc32(bytes.get(..end)?) == number(bytes, end)?;
        whole.then(|| Self {
            headers: &bytes[PRELUDE..PRELUDE + headers],
            payload: &bytes[PRELUDE + headers..end],
        })
    }

    /// `:event-type`, or `:exception-type` where it is one.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.headers()
            .find(|header| {
                matches!(
                    header.name,
                    ":event-type" | ":exception-type" | ":error-code"
                )
            })
            .map(|header| header.value)
    }

    /// `:message-type`: `event`, `exception` or `error`.
    #[must_use]
    pub fn kind(&self) -> Option<&'a str> {
        self.headers()
            .find(|header| header.name == ":message-type")
            .map(|header| header.value)
    }

    /// The headers whose values are text; reading ends at the first that is misshapen.
    pub fn headers(&self) -> impl Iterator<Item = Header<'a>> {
        let mut rest = self.headers;
        std::iter::from_fn(move || {
            loop {
                let (name, after) = cut(rest, usize::from(*rest.first()?), 1)?;
                let name = std::str::from_utf8(name).ok()?;
                let (kind, after) = (*after.first()?, after.get(1..)?);
                let size = match kind {
                    0 | 1 => 0,
                    2 => 1,
                    3 => 2,
                    4 => 4,
                    5 | 8 => 8,
                    9 => 16,
                    6 | 7 => {
                        let size = after.get(..2)?;
                        let (value, after) = cut(
                            after,
                            usize::from(u16::from_be_bytes([size[0], size[1]])),
                            2,
                        )?;
                        rest = after;
                        if kind == 7 {
                            let value = std::str::from_utf8(value).ok()?;
                            return Some(Header { name, value });
                        }
                        continue;
                    }
                    _ => return None,
                };
                rest = after.get(size..)?;
            }
        })
    }

    /// Appends a message with text headers.
    pub fn write(out: &mut Vec<u8>, headers: &[Header<'_>], payload: &[u8]) {
        let start = out.len();
        out.extend_from_slice(&[0; PRELUDE]);
        for header in headers {
            let (name, value) = (header.name.as_bytes(), header.value.as_bytes());
            let (name, value) = (
                &name[..name.len().min(255)],
                &value[..value.len().min(32_767)],
            );
            out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(name);
            out.push(7);
            out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
            out.extend_from_slice(value);
        }
        let headers = out.len() - start - PRELUDE;
        out.extend_from_slice(payload);
        let total = out.len() - start + 4;
        put(out, start, total);
        put(out, start + 4, headers);
        let prelude = crc32(&out[start..start + 8]);
        out[start + 8..start + 12].copy_from_slice(&prelude.to_be_bytes());
        let whole = crc32(&out[start..]);
        out.extend_from_slice(&whole.to_be_bytes());
    }
}

/// Says how long it is, never what it says.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Message({:?}, {} bytes)",
            self.name(),
            self.payload.len()
        )
    }
}

/// The length that a message says it has; `None` until it is there.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    usize::try_from(number(bytes, 0)?).ok()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

fn put(out: &mut [u8], at: usize, number: usize) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    out[at..at + 4].copy_from_slice(&number.to_be_bytes());
}

fn cut(bytes: &[u8], size: usize, skip: usize) -> Option<(&[u8], &[u8])> {
    Some((bytes.get(skip..skip + size)?, bytes.get(skip + size..)?))
}
