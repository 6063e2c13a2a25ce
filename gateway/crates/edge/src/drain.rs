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
    phase: watch::Sender<Phase>,
    over: watch::Sender<bool>,
}

/// How the gateway stands to calls that are still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Another process takes new connections; those that are open here get one more answer.
    HandedOver,
    /// New calls are refused.
    Stopping,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            inner: Arc::new(Inner {
                in_flight: AtomicUsize::new(0),
                phase: watch::Sender::new(Phase::Serving),
                over: watch::Sender::new(false),
            }),
        }
    }
}

impl Drain {
    /// Whether connections end after the answer that they are giving.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.inner.phase.borrow() != Phase::Serving
    }

    /// Whether new calls are refused.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.inner.phase.borrow() == Phase::Stopping
    }

    /// From now on connections end after the answer that they are giving, and new calls are refused.
    pub fn begin(&self) {
        self.inner.phase.send_replace(Phase::Stopping);
    }

    /// The same, but a call that still comes on an open connection is served: its client cannot know.
    pub fn hand_over(&self) {
        self.inner.phase.send_if_modified(|phase| {
            let serving = *phase == Phase::Serving;
            if serving {
                *phase = Phase::HandedOver;
            }
            serving
        });
    }

    /// Tells calls that last that they are about to be cut.
    pub(crate) fn end(&self) {
        self.inner.over.send_replace(true);
    }

    /// Ends shortly before open calls are cut.
    pub async fn over(&self) {
        // The sender is there for as long as this is.
        let _ = self.inner.over.subscribe().wait_for(|over| *over).await;
    }

    /// Calls that have arrived and whose answer is not yet out.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.inner.in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Phase> {
        self.inner.phase.subscribe()
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
    }

    #[tokio::test]
    async fn who_waits_for_the_end_is_told_of_it() {
        let drain = Drain::default();
        let waits = drain.clone();
        let told = tokio::spawn(async move { waits.over().await });
        drain.begin();
        assert!(!told.is_finished());
        drain.end();
        told.await.unwrap();
    }

    #[test]
    fn who_has_handed_over_still_serves_and_who_stops_does_not() {
        let drain = Drain::default();
        assert!(!drain.is_draining());
        drain.hand_over();
        assert!(drain.is_draining() && !drain.is_stopping());
        drain.begin();
        drain.hand_over();
        assert!(drain.is_stopping());
    }
}
