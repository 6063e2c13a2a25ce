//! The one thread that writes: takes whatever waits, makes it durable with one sync, tells everyone.

use std::io;
use std::sync::Arc;

use marshal_audit::{Draft, Event, Seq, Stop};

use crate::error::SinkError;
use crate::queue::{Item, Mode, Shared};
use crate::reserve::Reserve;
use crate::store::Store;

pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) reserve: Reserve,
    /// Whether the reserve is given up.
    pub(crate) full: bool,
    pub(crate) shared: Arc<Shared>,
}

impl Writer {
    pub(crate) fn run(mut self) {
        // However this thread ends, nobody may wait for it for ever.
        let _end = End(self.shared.clone());
        let mut batch = Vec::new();
        let mut last = 0;
        while self
            .shared
            .next(&mut batch, last, self.store.unsigned_for())
        {
            last = batch.len();
            self.shared.busy(true);
            self.turn(&mut batch);
            self.shared.busy(false);
            batch.clear();
        }
        // The last checkpoint covers the stop.
        self.store.hurry();
        let stop = Draft::of(&Event::Stop(Stop {}));
        if let Err(error) = self.store.commit(std::iter::once(&stop)) {
            tracing::error!(%error, "The audit trail's last record could not be written; the next start recovers.");
        }
        self.tell();
    }

    fn tell(&mut self) {
        self.shared.set_tail(self.store.tail());
        if let Some(note) = self.store.take_note() {
            self.shared.set_note(note);
        }
    }

    fn turn(&mut self, batch: &mut Vec<Item>) {
        if self.full && self.shared.claim_restore() {
            self.full = !self.reserve.restore();
        }
        if self.full {
            refuse(batch, |item| !item.vital, SinkError::Full);
        }
        let before = self.shared.mode();
        let mut written = self.write(batch);
        if let Err(error) = &written
            && is_full(error)
            && self.reserve.release()
        {
            tracing::error!(%error, "The disk is full: the audit trail lives on its reserve, calls are refused.");
            self.full = true;
            self.shared.set_mode(Mode::Full);
            refuse(batch, |item| !item.vital, SinkError::Full);
            written = self.write(batch);
        }
        // The mode is set before anyone is told, so that who is told finds it.
        match written {
            Ok(first) => {
                self.settle(before);
                self.tell();
                acknowledge(batch, first);
            }
            Err(error) => {
                if before != Mode::Failed {
                    tracing::error!(%error, "The audit trail cannot be written: calls are refused until it can.");
                }
                self.shared.set_mode(Mode::Failed);
                refuse(batch, |_| true, SinkError::Unavailable);
            }
        }
    }

    fn write(&mut self, batch: &[Item]) -> io::Result<Seq> {
        self.store.commit(batch.iter().map(|item| &item.draft))
    }

    fn settle(&self, before: Mode) {
        match (self.full, before) {
            (true, _) => self.shared.set_mode(Mode::Full),
            (false, Mode::Healthy) => {}
            (false, _) => {
                self.shared.set_mode(Mode::Healthy);
                tracing::info!("The audit trail can be written again.");
            }
        }
    }
}

fn acknowledge(batch: &mut Vec<Item>, first: Seq) {
    for (offset, item) in (0..).zip(batch.drain(..)) {
        // Nobody may be waiting any more; the record stands all the same.
        let _ = item.done.send(Ok(Seq(first.0 + offset)));
    }
}

fn refuse(batch: &mut Vec<Item>, which: impl Fn(&Item) -> bool, why: SinkError) {
    for item in batch.extract_if(.., |item| which(item)) {
        let _ = item.done.send(Err(why));
    }
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}
