//! One export: reads on, hands on, remembers how far it came; for as long as the process lives.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use marshal_types::{Clock, Timestamp};
use parking_lot::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::cursor::{CursorError, CursorFile};
use crate::destination::{Delivery, DeliveryError, Destination};
use crate::record::Record;
use crate::tail::Tail;

/// How often it is looked whether the trail has grown.
const POLL: Duration = Duration::from_millis(500);
/// A batch has at most so many records and about so many bytes.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 1024 * 1024;
/// So long a destination may take to acknowledge a batch.
const PATIENCE: Duration = Duration::from_secs(30);
/// While there is more to hand on, it is written down so often how far it came.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Hears how an export fares.
pub trait Meter: Send + Sync {
    /// So many records were acknowledged.
    fn exported(&self, records: u64);
    /// A batch was not acknowledged, or the trail or the cursor could not be read or written.
    fn failed(&self);
    /// How long ago the oldest record was written that is not acknowledged; zero if all are.
    fn lag(&self, lag: Duration);
}

/// An export of the trail to one destination.
pub struct Export {
    /// What the operator calls it.
    pub name: String,
    /// The trail's folder.
    pub trail: PathBuf,
    /// Where it is written down how far exports came.
    pub state: PathBuf,
    /// Where the records go.
    pub destination: Box<dyn Destination>,
    /// Hears how it fares.
    pub meter: Arc<dyn Meter>,
    /// For the lag.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why it went no further.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error("the audit trail cannot be read")]
    Trail(#[source] std::io::Error),
    #[error("reading failed")]
    Panicked(#[source] tokio::task::JoinError),
}

/// What is done on a thread that may wait for a disk.
struct Disk {
    tail: Tail,
    cursor: CursorFile,
}

/// How far one run of an export came.
struct Run {
    disk: Arc<Mutex<Disk>>,
    begun: Instant,
    /// Acknowledged since it was last written down.
    unsaved: bool,
    saved: Instant,
}

impl Export {
    /// Runs for as long as it is polled. Whatever fails is tried again, each time after twice as long.
    pub async fn run(mut self) {
        let mut backoff = Backoff::new();
        let mut behind = None;
        loop {
            let error = match self.begin().await {
                Ok(mut run) => loop {
                    if let Err(error) = self.step(&mut run, &mut backoff, &mut behind).await {
                        break error;
                    }
                },
                Err(error) => error,
            };
            self.failed(&error, &backoff, &mut behind);
            tokio::time::sleep(backoff.next()).await;
        }
    }

    /// Finds out where to go on, once no other process does.
    async fn begin(&self) -> Result<Run, Error> {
        let mut told = false;
        let (cursor, positions) = loop {
            let (state, name) = (self.state.clone(), self.name.clone());
            let opened = spawn_blocking(move || CursorFile::open(&state, &name)).await;
            match opened.map_err(Error::Panicked)? {
                Err(CursorError::Held { .. }) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::info!(export = %self.name, "Another process exports the audit trail; this one goes on when it ends.");
                    }
                    tokio::time::sleep(POLL).await;
                }
                opened => break opened?,
            }
        };
        let tail = Tail::new(self.trail.clone(), positions);
        let now = Instant::now();
        Ok(Run {
            disk: Arc::new(Mutex::new(Disk { tail, cursor })),
            begun: now,
            unsaved: false,
            saved: now,
        })
    }

    /// Hands one batch on, or waits for one. `behind`: since when something waits.
    async fn step(
        &mut self,
        run: &mut Run,
        backoff: &mut Backoff,
        behind: &mut Option<Timestamp>,
    ) -> Result<(), Error> {
        let now = run.begun.elapsed();
        let (more, oldest, batch) = run
            .on_disk(move |disk| {
                let more = disk.tail.read(now).map_err(Error::Trail)?;
                let oldest = disk.tail.oldest();
                Ok((more, oldest, disk.tail.take(BATCH, BATCH_BYTES)))
            })
            .await?;
        *behind = oldest;
        self.tell_lag(oldest);
        if batch.is_empty() {
            run.save().await?;
            if !more {
                tokio::time::sleep(POLL).await;
            }
            return Ok(());
        }
        match self.deliver(&batch).await {
            Ok(Delivery { rejected }) => {
                if !backoff.is_fresh() {
                    backoff.reset();
                    tracing::info!(export = %self.name, "The audit trail is exported again.");
                }
                self.meter
                    .exported((batch.len() as u64).saturating_sub(rejected));
                run.acknowledged(batch).await
            }
            Err(error) => {
                self.failed(&error, backoff, behind);
                run.on_disk(move |disk| {
                    disk.tail.put_back(batch);
                    Ok(())
                })
                .await?;
                run.save().await?;
                tokio::time::sleep(backoff.next()).await;
                Ok(())
            }
        }
    }

    async fn deliver(&mut self, batch: &[Record]) -> Result<Delivery, DeliveryError> {
        match tokio::time::timeout(PATIENCE, self.destination.deliver(batch)).await {
            Ok(delivered) => delivered,
            Err(_) => {
                self.destination.forget();
                Err(DeliveryError::Late { after: PATIENCE })
            }
        }
    }

    fn tell_lag(&self, since: Option<Timestamp>) {
        let lag = since.map_or(Duration::ZERO, |since| self.clock.now().since(since));
        self.meter.lag(lag);
    }

    /// One line when it begins to fail, not one each time.
    fn failed(
        &self,
        error: &(dyn std::error::Error + 'static),
        backoff: &Backoff,
        behind: &mut Option<Timestamp>,
    ) {
        self.meter.failed();
        // What waits may not be known: since now at least.
        let now = self.clock.now();
        self.tell_lag(Some(*behind.get_or_insert(now)));
        let cause = error.source().map(tracing::field::display);
        if backoff.is_fresh() {
            tracing::warn!(export = %self.name, %error, cause, "The audit trail is not exported; what waits is kept and tried again.");
        } else {
            tracing::debug!(export = %self.name, %error, cause, "The audit trail is still not exported.");
        }
    }
}

impl Run {
    /// Off the threads that serve.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Disk) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let disk = self.disk.clone();
        let done = spawn_blocking(move || work(&mut disk.lock()));
        done.await.map_err(Error::Panicked)?
    }

    async fn acknowledged(&mut self, batch: Vec<Record>) -> Result<(), Error> {
        self.unsaved = true;
        self.on_disk(move |disk| {
            disk.tail.sent(&batch);
            Ok(())
        })
        .await?;
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save().await?;
        }
        Ok(())
    }

    /// Writes down how far it came.
    async fn save(&mut self) -> Result<(), Error> {
        if !self.unsaved {
            return Ok(());
        }
        self.on_disk(|disk| Ok(disk.cursor.save(disk.tail.positions())?))
            .await?;
        self.unsaved = false;
        self.saved = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
