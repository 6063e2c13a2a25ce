//! The answer to an append.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use marshal_audit::Seq;
use tokio::sync::oneshot;

use crate::error::SinkError;

/// Resolves when the record is durable, or when it is known that it will not be. Dropping it cancels nothing.
#[derive(Debug)]
#[must_use = "a record is durable only when its ack says so"]
pub struct Ack(State);

#[derive(Debug)]
enum State {
    Refused(SinkError),
    Waiting(oneshot::Receiver<Result<Seq, SinkError>>),
}

impl Ack {
    pub(crate) const fn refused(why: SinkError) -> Self {
        Self(State::Refused(why))
    }

    pub(crate) const fn waiting(on: oneshot::Receiver<Result<Seq, SinkError>>) -> Self {
        Self(State::Waiting(on))
    }

    /// Blocks the thread until the answer is there. Not for use within an async task.
    ///
    /// # Errors
    /// As the future.
    pub fn wait(self) -> Result<Seq, SinkError> {
        match self.0 {
            State::Refused(why) => Err(why),
            State::Waiting(on) => on.blocking_recv().unwrap_or(Err(SinkError::Closed)),
        }
    }
}

impl Future for Ack {
    type Output = Result<Seq, SinkError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Refused(why) => Poll::Ready(Err(*why)),
            State::Waiting(on) => Pin::new(on)
                .poll(cx)
                .map(|answer| answer.unwrap_or(Err(SinkError::Closed))),
        }
    }
}
