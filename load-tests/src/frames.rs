//! A response body in pieces, each of which reaches the socket by itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// The body of an answer: whole, or piece by piece.
pub enum Frames {
    /// One piece of known length.
    Whole(Option<Bytes>),
    /// Pieces, each flushed before the next is made.
    Pieces(Pieces),
}

/// The pieces of a [`Frames::Pieces`] body.
pub struct Pieces {
    source: Box<dyn Iterator<Item = Bytes> + Send>,
    delay: Duration,
    /// Pieces left before the connection is dropped; `None`: it is not.
    break_after: Option<usize>,
    sleep: Option<Pin<Box<Sleep>>>,
    ready: bool,
}

impl Frames {
    /// A body of known length.
    #[must_use]
    pub fn whole(body: Bytes) -> Self {
        Self::Whole(Some(body))
    }

    /// A body of pieces with `delay` before each but the first.
    ///
    /// With no delay the pieces are still written one by one. After `break_after` pieces the
    /// connection is dropped, as a provider that dies in the middle of a stream would.
    #[must_use]
    pub fn pieces(
        source: impl Iterator<Item = Bytes> + Send + 'static,
        delay: Duration,
        break_after: Option<usize>,
    ) -> Self {
        Self::Pieces(Pieces {
            source: Box::new(source),
            delay,
            break_after,
            sleep: None,
            ready: true,
        })
    }
}

impl Pieces {
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.ready {
            return Poll::Ready(());
        }
        if self.delay.is_zero() {
            // Pending once makes the server flush what it has: one write a piece, with no timer.
            self.ready = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let delay = self.delay;
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(delay)));
        if sleep.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.sleep = None;
        self.ready = true;
        Poll::Ready(())
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.poll_ready(context).is_pending() {
            return Poll::Pending;
        }
        if let Some(left) = &mut self.break_after {
            if *left == 0 {
                let broken = io::Error::new(io::ErrorKind::ConnectionAborted, "broken on purpose");
                return Poll::Ready(Some(Err(broken)));
            }
            *left -= 1;
        }
        let Some(piece) = self.source.next() else {
            return Poll::Ready(None);
        };
        self.ready = false;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Self::Pieces(pieces) => pieces.poll_piece(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.as_ref().is_none_or(Bytes::is_empty),
            Self::Pieces(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => {
                let length = body.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Pieces(_) => SizeHint::default(),
        }
    }
}
