//! What the rest of the gateway holds of the trail.

use std::sync::Arc;
use std::thread::JoinHandle;

use marshal_audit::{Draft, Event, Link};
use marshal_types::InstanceId;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::ack::Ack;
use crate::error::{OpenError, SinkError};
use crate::open::{Recovered, SinkOptions};
use crate::queue::{Item, Mode, Shared};

/// The audit trail, for writing. Cheap to clone; the last clone to go closes it.
#[derive(Clone)]
pub struct Sink(Arc<Handle>);

struct Handle {
    instance: InstanceId,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink")
            .field("mode", &self.0.shared.mode())
            .finish_non_exhaustive()
    }
}

impl Sink {
    /// Begins this process's chain: ends what earlier processes left open, durably, then takes records.
    ///
    /// # Errors
    /// [`OpenError`] says what to do.
    pub fn open(options: SinkOptions) -> Result<(Self, Recovered), OpenError> {
        crate::open::open(options)
    }

    pub(crate) fn new(instance: InstanceId, shared: Arc<Shared>, thread: JoinHandle<()>) -> Self {
        Self(Arc::new(Handle {
            instance,
            shared,
            thread: Mutex::new(Some(thread)),
        }))
    }

    /// Appends a record. It is serialised here and now; only the [`Ack`] says that it is durable.
    ///
    /// Intents are refused when the disk is full; all other records may use the reserve.
    pub fn append(&self, event: &Event<'_>) -> Ack {
        let vital = !matches!(event, Event::Intent(_));
        let shared = &self.0.shared;
        let refused = match shared.mode() {
            Mode::Healthy => None,
            Mode::Full if vital => None,
            Mode::Full => Some(SinkError::Full),
            Mode::Failed => Some(SinkError::Unavailable),
            Mode::Closed => return Ack::refused(SinkError::Closed),
        };
        if let Some(why) = refused
            && !shared.claim_probe()
        {
            return Ack::refused(why);
        }
        let (done, waiting) = oneshot::channel();
        let item = Item {
            draft: Draft::of(event),
            vital,
            done,
        };
        match shared.push(item) {
            Ok(()) => Ack::waiting(waiting),
            Err(why) => Ack::refused(why),
        }
    }

    /// Whether an intent would be taken now. Asking also makes a failed trail try again, at most every 100 ms.
    #[must_use]
    pub fn healthy(&self) -> bool {
        let shared = &self.0.shared;
        match shared.mode() {
            Mode::Healthy => !shared.stalled(),
            Mode::Closed => false,
            Mode::Full | Mode::Failed => {
                if shared.claim_probe() {
                    shared.probe();
                }
                false
            }
        }
    }

    /// This chain's name.
    #[must_use]
    pub fn instance(&self) -> &str {
        self.0.instance.as_str()
    }

    /// As another chain's `start` names this one, at its durable end; `live`: it may go on.
    #[must_use]
    pub fn link(&self, live: bool) -> Link<'static> {
        let tail = self.0.shared.tail();
        Link {
            hash: tail.hash,
            instance: self.instance().to_owned().into(),
            live,
            seq: tail.seq.0,
        }
    }

    /// The newest checkpoint, a signed note, once there is one.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Arc<str>> {
        self.0.shared.note()
    }

    /// Makes durable all that was appended, writes `stop` and ends. Blocks until that is done; a second call does
    /// nothing. Appends made later are refused.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Handle {
    fn close(&self) {
        self.shared.close();
        if let Some(thread) = self.thread.lock().take() {
            // A panic of the writer was its own message.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}
