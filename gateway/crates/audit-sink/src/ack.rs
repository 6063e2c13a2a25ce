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
    /// Of something that is not recorded.
    Unrecorded,
    /// What else has to be durable, and the record's own answer once it is there.
    And(Box<And>),
    /// A record that may be missing: who is told of it, once.
    OrLost(Box<OrLost>),
}

struct OrLost {
    record: Ack,
    lost: Option<Box<dyn FnOnce(SinkError) + Send + Sync>>,
}

impl std::fmt::Debug for OrLost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OrLost").field(&self.record).finish()
    }
}

struct And {
    record: Ack,
    other: Pin<Box<dyn Future<Output = Result<(), SinkError>> + Send + Sync>>,
    recorded: Option<Seq>,
    kept: bool,
}

impl std::fmt::Debug for And {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("And").field(&self.record).finish()
    }
}

impl Ack {
    /// Of a record that will not be.
    pub const fn refused(why: SinkError) -> Self {
        Self(State::Refused(why))
    }

    /// Of something that no record is written of.
    pub const fn unrecorded() -> Self {
        Self(State::Unrecorded)
    }

    /// Resolves once the record and something else are durable.
    pub fn and(
        self,
        other: impl Future<Output = Result<(), SinkError>> + Send + Sync + 'static,
    ) -> Self {
        Self(State::And(Box::new(And {
            record: self,
            other: Box::pin(other),
            recorded: None,
            kept: false,
        })))
    }

    /// Resolves well in any case; tells if the record is not durable.
    pub fn or_lost(self, lost: impl FnOnce(SinkError) + Send + Sync + 'static) -> Self {
        Self(State::OrLost(Box::new(OrLost {
            record: self,
            lost: Some(Box::new(lost)),
        })))
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
            State::Unrecorded => Ok(Seq(0)),
            // What else there is resolves by itself; who blocks a thread waits for the record.
            State::And(both) => both.record.wait(),
            State::OrLost(mut one) => {
                let recorded = one.record.wait();
                Ok(recorded.unwrap_or_else(|error| tell(&mut one.lost, error)))
            }
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
            State::Unrecorded => Poll::Ready(Ok(Seq(0))),
            State::And(both) => both.poll(cx),
            State::OrLost(one) => Pin::new(&mut one.record)
                .poll(cx)
                .map(|recorded| Ok(recorded.unwrap_or_else(|error| tell(&mut one.lost, error)))),
        }
    }
}

/// The number of a record that is not there.
fn tell(lost: &mut Option<Box<dyn FnOnce(SinkError) + Send + Sync>>, error: SinkError) -> Seq {
    if let Some(lost) = lost.take() {
        lost(error);
    }
    Seq(0)
}

impl And {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Seq, SinkError>> {
        if self.recorded.is_none()
            && let Poll::Ready(recorded) = Pin::new(&mut self.record).poll(cx)
        {
            self.recorded = Some(recorded?);
        }
        if !self.kept
            && let Poll::Ready(kept) = self.other.as_mut().poll(cx)
        {
            kept?;
            self.kept = true;
        }
        match self.recorded {
            Some(seq) if self.kept => Poll::Ready(Ok(seq)),
            _ => Poll::Pending,
        }
    }
}
