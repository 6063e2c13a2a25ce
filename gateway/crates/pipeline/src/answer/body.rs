//! The body that goes out: bytes that are there, or a stream that ends well.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use marshal_state::CachedAnswer;

use super::stream::Stream;
use crate::BoxError;

/// An answer's body.
pub struct AnswerBody(Kind);

enum Kind {
    Whole {
        bytes: Option<Bytes>,
        cachable: Option<Box<CachedAnswer>>,
    },
    Stream(Box<Stream>),
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerBody").finish_non_exhaustive()
    }
}

impl AnswerBody {
    /// Bytes that are there.
    #[must_use]
    pub const fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole {
            bytes: Some(bytes),
            cachable: None,
        })
    }

    pub(crate) fn stream(stream: Stream) -> Self {
        Self(Kind::Stream(Box::new(stream)))
    }

    /// Keeps what the cache may have, in case it asks.
    pub(crate) fn cachable(mut self, answer: Option<CachedAnswer>) -> Self {
        if let Kind::Whole { cachable, .. } = &mut self.0 {
            *cachable = answer.map(Box::new);
        }
        self
    }

    /// What the cache may keep, once.
    pub(crate) fn take_cachable(&mut self) -> Option<CachedAnswer> {
        match &mut self.0 {
            Kind::Whole { cachable, .. } => cachable.take().map(|answer| *answer),
            Kind::Stream(_) => None,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.get_mut().0 {
            Kind::Whole { bytes, .. } => Poll::Ready(
                bytes
                    .take()
                    .filter(|bytes| !bytes.is_empty())
                    .map(|bytes| Ok(Frame::data(bytes))),
            ),
            Kind::Stream(stream) => stream
                .poll(cx)
                .map(|bytes| bytes.map(|bytes| bytes.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole { bytes, .. } => bytes.as_ref().is_none_or(Bytes::is_empty),
            Kind::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole { bytes, .. } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}
