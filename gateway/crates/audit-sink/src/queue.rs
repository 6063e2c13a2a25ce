//! What callers and the writer share: the queue, and how the trail is doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use marshal_audit::{Chain, Draft, Seq};
use marshal_types::Clock;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::error::SinkError;

/// At most this often a failed trail is tried again.
pub(crate) const PROBE_EVERY: Duration = Duration::from_millis(100);
/// A sync that takes longer than this makes the trail unhealthy.
const STALL: Duration = Duration::from_secs(5);
/// So many records may wait.
const QUEUE: usize = 65_536;

/// A record on its way.
pub(crate) struct Item {
    pub(crate) draft: Draft,
    /// May use the reserve: everything but an intent.
    pub(crate) vital: bool,
    pub(crate) done: oneshot::Sender<Result<Seq, SinkError>>,
}

/// How the trail is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Every record is taken.
    Healthy = 0,
    /// The disk is full and the reserve is in use: vital records alone.
    Full = 1,
    /// The disk failed.
    Failed = 2,
    /// No more records.
    Closed = 3,
}

/// From this many records a turn on, the trail is busy enough that waiting for more costs nobody anything.
const BUSY_FROM: usize = 8;
/// So long a busy writer waits for as many records as the turn before had: a sync costs the same for one and for all.
const LINGER: Duration = Duration::from_micros(300);

#[derive(Default)]
struct Queue {
    items: Vec<Item>,
    /// Wake the writer once so many records wait; 0 while it writes and comes by itself.
    want: usize,
    probe: bool,
    closing: bool,
}

pub(crate) struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    mode: AtomicU8,
    /// Monotonic microseconds from which a probe is due.
    probe_at: AtomicU64,
    /// Monotonic microseconds from which the reserve may be made again. The writer's own.
    restore_at: AtomicU64,
    /// Monotonic microseconds plus one at which the running sync began; 0 when none runs.
    busy_since: AtomicU64,
    clock: Arc<dyn Clock>,
    note: Mutex<Option<Arc<str>>>,
    tail: Mutex<Chain>,
}

impl Shared {
    pub(crate) fn new(clock: Arc<dyn Clock>, mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::default(),
            wake: Condvar::new(),
            mode: AtomicU8::new(mode as u8),
            probe_at: AtomicU64::new(0),
            restore_at: AtomicU64::new(0),
            busy_since: AtomicU64::new(0),
            clock,
            note: Mutex::new(None),
            tail: Mutex::default(),
        })
    }

    pub(crate) fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Acquire) {
            0 => Mode::Healthy,
            1 => Mode::Full,
            2 => Mode::Failed,
            _ => Mode::Closed,
        }
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        if matches!(mode, Mode::Full | Mode::Failed) {
            self.probe_at
                .store(self.micros() + micros(PROBE_EVERY), Ordering::Release);
        }
        self.mode.store(mode as u8, Ordering::Release);
    }

    /// Whether the caller is the one to try the failed trail now.
    pub(crate) fn claim_probe(&self) -> bool {
        self.claim(&self.probe_at)
    }

    /// Whether to try to make the reserve again now: a full disk need not be asked for each record.
    pub(crate) fn claim_restore(&self) -> bool {
        self.claim(&self.restore_at)
    }

    fn claim(&self, at: &AtomicU64) -> bool {
        let (now, due) = (self.micros(), at.load(Ordering::Acquire));
        let next = now + micros(PROBE_EVERY);
        now >= due
            && at
                .compare_exchange(due, next, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// # Errors
    /// If the queue is full or closed.
    pub(crate) fn push(&self, item: Item) -> Result<(), SinkError> {
        let mut queue = self.queue.lock();
        if queue.closing {
            return Err(SinkError::Closed);
        }
        if queue.items.len() >= QUEUE {
            return Err(SinkError::Behind);
        }
        queue.items.push(item);
        let wake = queue.want != 0 && queue.items.len() >= queue.want;
        drop(queue);
        if wake {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Asks the writer to try the disk without a record.
    pub(crate) fn probe(&self) {
        self.queue.lock().probe = true;
        self.wake.notify_one();
    }

    pub(crate) fn close(&self) {
        self.queue.lock().closing = true;
        self.wake.notify_one();
    }

    /// Waits for work and moves it into `batch`, which must be empty. `last` is how many records the turn before had:
    /// a busy writer gives as many a moment to gather. After `idle` it goes on without work. False when there will be no
    /// more.
    pub(crate) fn next(&self, batch: &mut Vec<Item>, last: usize, idle: Option<Duration>) -> bool {
        let mut queue = self.queue.lock();
        queue.want = 1;
        let mut idled = false;
        while queue.items.is_empty() && !queue.probe && !queue.closing && !idled {
            match idle {
                Some(idle) => idled = self.wake.wait_for(&mut queue, idle).timed_out(),
                None => self.wake.wait(&mut queue),
            }
        }
        if last >= BUSY_FROM {
            queue.want = last;
            while queue.items.len() < last && !queue.probe && !queue.closing {
                if self.wake.wait_for(&mut queue, LINGER).timed_out() {
                    break;
                }
            }
        }
        queue.want = 0;
        let probe = std::mem::take(&mut queue.probe);
        std::mem::swap(&mut queue.items, batch);
        probe || idled || !batch.is_empty()
    }

    /// Refuses whatever still waits and all that comes.
    pub(crate) fn end(&self) {
        self.set_mode(Mode::Closed);
        let mut queue = self.queue.lock();
        queue.closing = true;
        queue.items.clear();
    }

    pub(crate) fn busy(&self, busy: bool) {
        let since = if busy { self.micros() + 1 } else { 0 };
        self.busy_since.store(since, Ordering::Relaxed);
    }

    pub(crate) fn stalled(&self) -> bool {
        let since = self.busy_since.load(Ordering::Relaxed);
        since != 0 && self.micros() + 1 > since + micros(STALL)
    }

    /// A checkpoint is durable.
    pub(crate) fn set_note(&self, note: String) {
        *self.note.lock() = Some(note.into());
    }

    /// So far the chain is durable.
    pub(crate) fn set_tail(&self, tail: Chain) {
        *self.tail.lock() = tail;
    }

    pub(crate) fn tail(&self) -> Chain {
        *self.tail.lock()
    }

    pub(crate) fn note(&self) -> Option<Arc<str>> {
        self.note.lock().clone()
    }

    fn micros(&self) -> u64 {
        micros(self.clock.monotonic())
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
