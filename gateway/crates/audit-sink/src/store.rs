//! The chain's end on disk: one segment being written, replaced when it is long enough or failed.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::proof::Signer;
use marshal_audit::{Chain, Draft, Event, Log, Resume, Seq, segment_file};
use marshal_types::{Clock, Timestamp};

use crate::fs::Fs;
use crate::segment::Segment;

/// At least so often a checkpoint is signed while records come, and so many records bring one.
const SIGN_EVERY: Duration = Duration::from_secs(1);
const SIGN_RECORDS: u64 = 1_000;
/// A verifier lets records wait for a minute; well before that they are signed first of all.
const LATE: Duration = Duration::from_secs(20);

/// Who signs a chain's checkpoints.
pub(crate) struct Signing {
    /// The deployment's name and the chain's.
    pub(crate) origin: String,
    pub(crate) key: Arc<Signer>,
}

pub(crate) struct Store {
    fs: Arc<dyn Fs>,
    clock: Arc<dyn Clock>,
    folder: PathBuf,
    segment_bytes: u64,
    log: Log,
    signing: Option<Signing>,
    /// Monotonic time of the newest checkpoint.
    signed_at: Duration,
    /// The next commit signs, whether it is time or not: a chain's first, so that it is known whose it is, and its last.
    at_once: bool,
    /// Time of the oldest record that no checkpoint covers, if there is one.
    unsigned_since: Option<Timestamp>,
    /// The newest checkpoint that is durable, if it is new.
    note: Option<String>,
    number: u32,
    /// `None` after a failure: the segment is poisoned.
    segment: Option<Segment>,
    /// Bytes that count of the segment that failed.
    good_bytes: u64,
    last: Timestamp,
    lines: Vec<u8>,
    /// Held as long as this process may write.
    _lock: File,
}

impl Store {
    /// The first segment of a chain, empty.
    pub(crate) fn create(
        fs: Arc<dyn Fs>,
        clock: Arc<dyn Clock>,
        folder: PathBuf,
        segment_bytes: u64,
        signing: Option<Signing>,
        lock: File,
    ) -> io::Result<Self> {
        let file = fs.create(&folder.join(segment_file(1)))?;
        fs.sync_folder(&folder)?;
        Ok(Self {
            fs,
            signed_at: clock.monotonic(),
            clock,
            folder,
            segment_bytes,
            log: Log::default(),
            signing,
            at_once: true,
            unsigned_since: None,
            note: None,
            number: 1,
            segment: Some(Segment::new(file)),
            good_bytes: 0,
            last: Timestamp::default(),
            lines: Vec::new(),
            _lock: lock,
        })
    }

    /// Writes `drafts` as the next records and makes them durable: all of them or, on an error, none.
    /// The number of the first.
    pub(crate) fn commit<'a>(
        &mut self,
        drafts: impl Iterator<Item = &'a Draft>,
    ) -> io::Result<Seq> {
        self.last = self.last.max(self.clock.now());
        let time = self.last.to_string();
        match &self.segment {
            None => return self.resume(drafts, &time),
            Some(segment) if segment.good_bytes() >= self.segment_bytes => self.rotate()?,
            Some(_) => {}
        }
        let mut log = self.log.clone();
        self.lines.clear();
        let late = self.sign_late(&mut log, &time);
        let first = Seq(log.chain.seq.0 + 1);
        for draft in drafts {
            log.seal(draft, &time, &mut self.lines);
        }
        let note = self.sign(&mut log, &time).or(late);
        let Some(mut segment) = self.segment.take_if(|_| !self.lines.is_empty()) else {
            return Ok(first);
        };
        if let Err(error) = segment.append(&self.lines) {
            self.good_bytes = segment.give_up();
            return Err(error);
        }
        self.segment = Some(segment);
        self.written(log, note);
        Ok(first)
    }

    /// As [`Store::commit`], into a new segment that says how much of the failed one counts.
    fn resume<'a>(
        &mut self,
        drafts: impl Iterator<Item = &'a Draft>,
        time: &str,
    ) -> io::Result<Seq> {
        let poisoned = segment_file(self.number);
        let resume = Event::Resume(Resume {
            good_bytes: self.good_bytes,
            poisoned: poisoned.into(),
        });
        let mut log = self.log.clone();
        self.lines.clear();
        log.seal(&Draft::of(&resume), time, &mut self.lines);
        let first = Seq(log.chain.seq.0 + 1);
        for draft in drafts {
            log.seal(draft, time, &mut self.lines);
        }
        let note = self.sign(&mut log, time);
        let path = self.folder.join(segment_file(self.number + 1));
        let written = self.fs.create(&path).and_then(|file| {
            self.fs.sync_folder(&self.folder)?;
            let mut segment = Segment::new(file);
            segment.append(&self.lines)?;
            Ok(segment)
        });
        match written {
            Ok(segment) => {
                self.segment = Some(segment);
                self.number += 1;
                self.written(log, note);
                Ok(first)
            }
            Err(error) => {
                // Nothing in it counts and its name is used again.
                let _ = self.fs.remove(&path);
                Err(error)
            }
        }
    }

    /// After a pause, what waits is signed before anything new is written: of this write the beginning alone may survive.
    fn sign_late(&mut self, log: &mut Log, time: &str) -> Option<String> {
        let late = self
            .unsigned_since
            .is_some_and(|since| self.last.since(since) >= LATE);
        let signing = self.signing.as_ref().filter(|_| late)?;
        Some(log.sign(&signing.origin, &signing.key, time, &mut self.lines))
    }

    /// Appends a checkpoint to the lines, if one is due.
    fn sign(&mut self, log: &mut Log, time: &str) -> Option<String> {
        let signing = self.signing.as_ref()?;
        let waited = self.clock.monotonic().saturating_sub(self.signed_at) >= SIGN_EVERY;
        // A machine that slept, or whose clock was set: verifiers see the records' times alone.
        let waited = waited
            || self
                .unsigned_since
                .is_some_and(|since| self.last.since(since) >= SIGN_EVERY);
        let due = log.unsigned() >= SIGN_RECORDS || (waited || self.at_once) && log.unsigned() > 0;
        due.then(|| log.sign(&signing.origin, &signing.key, time, &mut self.lines))
    }

    fn written(&mut self, log: Log, note: Option<String>) {
        self.log = log;
        if let Some(note) = note {
            self.signed_at = self.clock.monotonic();
            self.note = Some(note);
            self.at_once = false;
        }
        let waits = self.log.unsigned() > 0;
        self.unsigned_since = waits.then(|| self.unsigned_since.unwrap_or(self.last));
    }

    /// The chain's end that is durable.
    pub(crate) const fn tail(&self) -> Chain {
        self.log.chain
    }

    /// The newest durable checkpoint, once.
    pub(crate) const fn take_note(&mut self) -> Option<String> {
        self.note.take()
    }

    /// For how long records may wait for a checkpoint that no more records bring; `None` if none waits.
    pub(crate) fn unsigned_for(&self) -> Option<Duration> {
        let waits = self.signing.is_some() && self.log.unsigned() > 0 && self.segment.is_some();
        let since = self.clock.monotonic().saturating_sub(self.signed_at);
        waits.then(|| SIGN_EVERY.saturating_sub(since))
    }

    /// The next commit signs, whether it is time or not.
    pub(crate) const fn hurry(&mut self) {
        self.at_once = true;
    }

    fn rotate(&mut self) -> io::Result<()> {
        // On an error the old segment counts as failed, whole: the next commit resumes after it.
        if let Some(whole) = self.segment.take() {
            self.good_bytes = whole.good_bytes();
        }
        let path = self.folder.join(segment_file(self.number + 1));
        let file = self.fs.create(&path)?;
        self.fs.sync_folder(&self.folder)?;
        self.segment = Some(Segment::new(file));
        self.number += 1;
        Ok(())
    }
}
