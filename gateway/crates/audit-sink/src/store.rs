//! The chain's end on disk: one segment being written, replaced when it is long enough or failed.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use marshal_audit::{Chain, Draft, Event, Resume, Seq, segment_file};
use marshal_types::{Clock, Timestamp};

use crate::fs::{Fs, SegmentFile};

pub(crate) struct Store {
    fs: Arc<dyn Fs>,
    clock: Arc<dyn Clock>,
    folder: PathBuf,
    segment_bytes: u64,
    chain: Chain,
    number: u32,
    /// `None` after a failure: the segment is poisoned.
    file: Option<Box<dyn SegmentFile>>,
    /// Bytes of the segment that are acknowledged.
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
        lock: File,
    ) -> io::Result<Self> {
        let file = fs.create(&folder.join(segment_file(1)))?;
        fs.sync_folder(&folder)?;
        Ok(Self {
            fs,
            clock,
            folder,
            segment_bytes,
            chain: Chain::default(),
            number: 1,
            file: Some(file),
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
        if self.file.is_none() {
            return self.resume(drafts, &time);
        }
        if self.good_bytes >= self.segment_bytes {
            self.rotate()?;
        }
        let mut chain = self.chain;
        self.lines.clear();
        for draft in drafts {
            chain.seal(draft, &time, &mut self.lines);
        }
        let first = Seq(self.chain.seq.0 + 1);
        let Some(file) = self.file.as_mut().filter(|_| !self.lines.is_empty()) else {
            return Ok(first);
        };
        if let Err(error) = durable(&mut **file, &self.lines) {
            // Best effort: whether it works or not, `resume` says what counts.
            if let Some(mut file) = self.file.take() {
                let _ = file.truncate(self.good_bytes).and_then(|()| file.sync());
            }
            return Err(error);
        }
        self.chain = chain;
        self.good_bytes += self.lines.len() as u64;
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
        let mut chain = self.chain;
        self.lines.clear();
        chain.seal(&Draft::of(&resume), time, &mut self.lines);
        let first = Seq(chain.seq.0 + 1);
        for draft in drafts {
            chain.seal(draft, time, &mut self.lines);
        }
        let path = self.folder.join(segment_file(self.number + 1));
        let written = self.fs.create(&path).and_then(|mut file| {
            self.fs.sync_folder(&self.folder)?;
            durable(&mut *file, &self.lines)?;
            Ok(file)
        });
        match written {
            Ok(file) => {
                self.file = Some(file);
                self.number += 1;
                self.chain = chain;
                self.good_bytes = self.lines.len() as u64;
                Ok(first)
            }
            Err(error) => {
                // Nothing in it counts and its name is used again.
                let _ = self.fs.remove(&path);
                Err(error)
            }
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        // On an error the old segment counts as failed, whole: the next commit resumes after it.
        self.file = None;
        let path = self.folder.join(segment_file(self.number + 1));
        let file = self.fs.create(&path)?;
        self.fs.sync_folder(&self.folder)?;
        self.file = Some(file);
        self.number += 1;
        self.good_bytes = 0;
        Ok(())
    }
}

fn durable(file: &mut dyn SegmentFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    file.sync()
}
