//! Counts what is in flight, and says when the gateway is to stop taking calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// Shared by every connection and by the shutdown.
#[derive(Clone, Debug)]
pub struct Drain {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    in_flight: AtomicUsize,
    draining: watch::Sender<bool>,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            inner: Arc::new(Inner {
                in_flight: AtomicUsize::new(0),
                draining: watch::Sender::new(false),
            }),
        }
    }
}

impl Drain {
    /// Whether the gateway takes no new calls any more.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.inner.draining.borrow()
    }

    /// From now on connections end after the answer that they are giving.
    pub fn begin(&self) {
        self.inner.draining.send_replace(true);
    }

    /// Calls that have arrived and whose answer is not yet out.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.inner.in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.inner.draining.subscribe()
    }

    /// Counts one call until the guard is dropped.
    #[must_use]
    pub fn enter(&self) -> InFlight {
        self.inner.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight {
            drain: self.clone(),
        }
    }
}

/// One call in flight.
#[derive(Debug)]
pub struct InFlight {
    drain: Drain,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.drain.inner.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_counts_until_it_is_dropped() {
        let drain = Drain::default();
        let call = drain.enter();
        assert_eq!(drain.in_flight(), 1);
        drop(call);
        assert_eq!(drain.in_flight(), 0);
        assert!(!drain.is_draining());
        drain.begin();
        assert!(drain.is_draining());
    }
}
