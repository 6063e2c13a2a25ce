//! Cutting a stream of any chunks into whole blocks.

use std::collections::VecDeque;
use std::fmt;

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

use super::RawEvent;

/// A block is larger than the limit; the stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A server-sent event is larger than {limit} bytes.")]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit: usize,
}

/// Cuts a stream into blocks: push chunks as they come, take blocks until there is none.
///
/// The blocks depend on the stream's bytes alone, not on how they were chunked, and put together they are the stream.
/// A block that lies within one chunk is a slice of it; only one that is spread over chunks is copied, once.
/// A blank line after a blank line is a block of its own.
///
/// Lines end with LF, CR LF or CR. Where the end could be either of the last two, the next byte decides, so a blank
/// line's CR waits for it, except where lines have ended with a bare CR before.
pub struct Splitter {
    max: usize,
    chunks: VecDeque<Bytes>,
    /// The start of a block whose end has not come.
    partial: BytesMut,
    /// How far the first chunk has been looked at.
    seen: usize,
    line: Line,
    broken: bool,
}

/// Where in a block the last byte looked at left us.
#[derive(Clone, Copy, Default)]
struct Line {
    /// The line so far has text.
    text: bool,
    /// The line before ended with a bare CR.
    bare_cr: bool,
    /// The last byte was a CR, and the next may be its LF.
    cr: Option<Cr>,
}

#[derive(Clone, Copy)]
enum Cr {
    EndsLine,
    EndsBlock,
}

impl Splitter {
    /// A splitter that refuses a block of more than `max_event_bytes`.
    #[must_use]
    pub fn new(max_event_bytes: usize) -> Self {
        Self {
            max: max_event_bytes,
            chunks: VecDeque::new(),
            partial: BytesMut::new(),
            seen: 0,
            line: Line::default(),
            broken: false,
        }
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
    }

    /// The next whole block; `None` until more is pushed.
    ///
    /// # Errors
    /// [`TooLarge`] once a block passes the limit, and from then on always.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator ends at its first None; this one goes on with the next chunk"
    )]
    pub fn next(&mut self) -> Result<Option<RawEvent>, TooLarge> {
        while !self.broken {
            let Some(chunk) = self.chunks.front() else {
                return Ok(None);
            };
            let end = self.line.block_end(chunk, &mut self.seen);
            if self.partial.len() + self.seen > self.max {
                break;
            }
            if end {
                return Ok(Some(self.take_block()));
            }
            self.partial.extend_from_slice(chunk);
            self.chunks.pop_front();
            self.seen = 0;
        }
        self.broken = true;
        self.chunks.clear();
        Err(TooLarge { limit: self.max })
    }

    /// What is left when the stream has ended, a block without its blank line; call until `None`.
    pub fn finish(&mut self) -> Option<RawEvent> {
        match self.next() {
            Ok(Some(event)) => Some(event),
            Err(TooLarge { .. }) => None,
            Ok(None) => {
                self.line = Line::default();
                let raw = std::mem::take(&mut self.partial).freeze();
                (!raw.is_empty()).then_some(RawEvent { raw })
            }
        }
    }

    /// Cuts off the block that ends at `seen` in the first chunk.
    fn take_block(&mut self) -> RawEvent {
        let head = match self.chunks.front_mut() {
            Some(chunk) => chunk.split_to(self.seen),
            None => Bytes::new(),
        };
        if self.chunks.front().is_some_and(Bytes::is_empty) {
            self.chunks.pop_front();
        }
        self.seen = 0;
        if self.partial.is_empty() {
            return RawEvent { raw: head };
        }
        self.partial.extend_from_slice(&head);
        let raw = self.partial.split().freeze();
        RawEvent { raw }
    }
}

impl Line {
    /// Looks at `chunk` from `at` on; `at` moves past what was looked at. True if a block ends there.
    fn block_end(&mut self, chunk: &[u8], at: &mut usize) -> bool {
        while *at < chunk.len() {
            if let Some(cr) = self.cr.take() {
                let crlf = chunk[*at] == b'\n';
                *at += usize::from(crlf);
                self.bare_cr = !crlf;
                if let Cr::EndsBlock = cr {
                    *self = Self::default();
                    return true;
                }
                continue;
            }
            let rest = &chunk[*at..];
            let Some(end) = memchr2(b'\n', b'\r', rest) else {
                self.text = true;
                *at = chunk.len();
                return false;
            };
            *at += end + 1;
            let blank = !std::mem::take(&mut self.text) && end == 0;
            match (rest[end], blank) {
                (b'\n', true) => {
                    *self = Self::default();
                    return true;
                }
                (b'\n', false) => self.bare_cr = false,
                (_, true) if self.bare_cr => {
                    *self = Self::default();
                    return true;
                }
                (_, true) => self.cr = Some(Cr::EndsBlock),
                (_, false) => self.cr = Some(Cr::EndsLine),
            }
        }
        false
    }
}

/// Says how much is held, never what it says.
impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chunks: usize = self.chunks.iter().map(Bytes::len).sum();
        write!(f, "Splitter({} bytes held)", self.partial.len() + chunks)
    }
}
