//! Cutting a stream of any chunks into whole events, whatever its framing.

use std::fmt;

use bytes::{Bytes, BytesMut};

use super::{Framing, RawEvent, array, lines, message};
use crate::sse;

/// The stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An event is larger than the limit.
    #[error("An event of the stream is larger than {limit} bytes.")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A binary message has lengths or a checksum that do not fit.
    #[error("A binary message of the stream is damaged.")]
    Damaged,
}

/// Cuts a stream into events: push chunks as they come, take events until there is none.
///
/// The events depend on the stream's bytes alone, not on how they were chunked, and put together they are the stream.
pub struct Splitter {
    framing: Framing,
    inner: Inner,
}

enum Inner {
    Sse(sse::Splitter),
    Other(Pieces),
}

/// Everything but server-sent events: bytes wait here until an event is whole.
struct Pieces {
    max: usize,
    held: BytesMut,
    seen: usize,
    scan: array::Scan,
    broken: Option<Broken>,
}

impl Splitter {
    /// A splitter that refuses an event of more than `max` bytes.
    #[must_use]
    pub fn new(framing: Framing, max: usize) -> Self {
        let inner = match framing {
            Framing::Sse => Inner::Sse(sse::Splitter::new(max)),
            _ => Inner::Other(Pieces {
                max,
                held: BytesMut::new(),
                seen: 0,
                scan: array::Scan::default(),
                broken: None,
            }),
        };
        Self { framing, inner }
    }

    /// How the stream is cut.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: Bytes) {
        match &mut self.inner {
            Inner::Sse(splitter) => splitter.push(chunk),
            Inner::Other(pieces) => pieces.held.extend_from_slice(&chunk),
        }
    }

    /// The next whole event; `None` until more is pushed.
    ///
    /// # Errors
    /// [`Broken`], and from then on always.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator ends at its first None; this one goes on with the next chunk"
    )]
    pub fn next(&mut self) -> Result<Option<RawEvent>, Broken> {
        let raw = match &mut self.inner {
            Inner::Sse(splitter) => splitter
                .next()
                .map_err(|sse::TooLarge { limit }| Broken::TooLarge { limit })?
                .map(|event| event.raw),
            Inner::Other(pieces) => pieces.next(self.framing)?,
        };
        Ok(raw.map(|raw| RawEvent::framed(self.framing, raw)))
    }

    /// What is left when the stream has ended; call until `None`.
    pub fn finish(&mut self) -> Option<RawEvent> {
        let raw = match &mut self.inner {
            Inner::Sse(splitter) => splitter.finish()?.raw,
            Inner::Other(pieces) => match pieces.next(self.framing) {
                Ok(Some(raw)) => raw,
                Err(_) => return None,
                Ok(None) => {
                    pieces.seen = 0;
                    let rest = pieces.held.split().freeze();
                    if rest.is_empty() {
                        return None;
                    }
                    rest
                }
            },
        };
        Some(RawEvent::framed(self.framing, raw))
    }
}

impl Pieces {
    fn next(&mut self, framing: Framing) -> Result<Option<Bytes>, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let found = self.find(framing);
        match found {
            Ok(Some(end)) if end <= self.max => {
                self.seen = 0;
                Ok(Some(self.held.split_to(end).freeze()))
            }
            Ok(None) if self.held.len() <= self.max => Ok(None),
            Ok(_) => Err(self.give_up(Broken::TooLarge { limit: self.max })),
            Err(broken) => Err(self.give_up(broken)),
        }
    }

    fn find(&mut self, framing: Framing) -> Result<Option<usize>, Broken> {
        let whole = match framing {
            Framing::JsonArray => self.scan.ends(&self.held, &mut self.seen),
            Framing::EventStream | Framing::Chunks => return self.message(),
            Framing::Ndjson | Framing::Sse => lines::ends(&self.held, &mut self.seen),
        };
        Ok(whole.then_some(self.seen))
    }

    fn message(&self) -> Result<Option<usize>, Broken> {
        let Some(length) = message::length(&self.held) else {
            return Ok(None);
        };
        if length < message::OVERHEAD {
            return Err(Broken::Damaged);
        }
        if length > self.max {
            return Err(Broken::TooLarge { limit: self.max });
        }
        let Some(bytes) = self.held.get(..length) else {
            return Ok(None);
        };
        message::Message::read(bytes)
            .map(|_| Some(length))
            .ok_or(Broken::Damaged)
    }

    fn give_up(&mut self, broken: Broken) -> Broken {
        self.broken = Some(broken);
        self.held.clear();
        broken
    }
}

/// Says how the stream is cut, never what it says.
impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Splitter({:?})", self.framing)
    }
}
