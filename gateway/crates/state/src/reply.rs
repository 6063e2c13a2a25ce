//! An answer that is here already, or comes later: a store in this process allocates nothing for it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What every method of [`Store`](crate::Store) gives: a future.
#[must_use = "a reply that is not awaited may hold money or a place in a limit"]
pub enum Reply<'a, T> {
    /// Done at the call itself.
    Ready(Option<T>),
    /// Another process has to answer first.
    Later(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<'a, T> Reply<'a, T> {
    /// An answer that is here.
    pub fn ready(value: T) -> Self {
        Self::Ready(Some(value))
    }

    /// An answer that comes later.
    pub fn later(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self::Later(Box::pin(future))
    }
}

impl<T: Unpin> Future for Reply<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut *self {
            // Polled again after it was done: a future may not answer twice, and it may stay pending.
            Self::Ready(value) => value.take().map_or(Poll::Pending, Poll::Ready),
            Self::Later(future) => future.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for Reply<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready(_) => "Reply::Ready",
            Self::Later(_) => "Reply::Later",
        })
    }
}
