//! What tests stand on: a folder, records, and a trail that is written by hand.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use marshal_audit::{
    Admin, Draft, Event, Link, Log, Place, Resume, Start, Stop, segment_file, trail_folder,
};
use marshal_types::{Digest, Timestamp};

use crate::record::Record;

/// A folder that goes when the test ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("marshal-audit-export-{}-{next}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn trail(&self) -> PathBuf {
        trail_folder(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The record of a line, in the chain `a`.
pub(crate) fn record_of(line: &str) -> Record {
    let place = Place {
        chain: "a".into(),
        segment: 1,
        offset: 0,
        bytes: u32::try_from(line.len()).unwrap(),
    };
    Record::read(&place, line.as_bytes()).unwrap().0
}

/// So many records, numbered from 1.
pub(crate) fn records(count: u64) -> Vec<Record> {
    let line = |seq| {
        format!(
            r#"{{"kind":"admin","seq":{seq},"time":"2026-11-30T12:00:00.00000{seq}Z","who":"ada"}}"#
        )
    };
    (1..=count).map(|seq| record_of(&line(seq))).collect()
}

/// A deed with this text.
pub(crate) fn deed(detail: &str) -> Event<'_> {
    Event::Admin(Admin {
        action: "login".into(),
        detail: detail.into(),
        who: "ada".into(),
    })
}

/// A chain being written.
pub(crate) struct Pen {
    folder: PathBuf,
    name: &'static str,
    pub(crate) log: Log,
    pub(crate) segment: u32,
    micros: u64,
}

impl Pen {
    pub(crate) fn start(trail: &Path, name: &'static str, previous: Vec<Link<'static>>) -> Self {
        let mut pen = Self {
            folder: trail.join(name),
            name,
            log: Log::default(),
            segment: 1,
            micros: 1_000_000,
        };
        std::fs::create_dir_all(&pen.folder).unwrap();
        pen.commit(&[Event::Start(Start {
            handover: false,
            instance: name.into(),
            policy_digest: Digest([9; 32]),
            previous,
            version: "0".into(),
            vkey: None,
        })]);
        pen
    }

    /// Appends the events as the writer does: with one time for all of them.
    pub(crate) fn commit(&mut self, events: &[Event<'_>]) {
        self.micros += 1;
        let time = Timestamp::from_micros(self.micros).to_string();
        let mut lines = Vec::new();
        for event in events {
            self.log.seal(&Draft::of(event), &time, &mut lines);
        }
        self.append(&lines);
    }

    pub(crate) fn append(&self, bytes: &[u8]) {
        let mut all = std::fs::read(self.path()).unwrap_or_default();
        all.extend_from_slice(bytes);
        std::fs::write(self.path(), all).unwrap();
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(segment_file(self.segment))
    }

    pub(crate) fn length(&self) -> u64 {
        std::fs::metadata(self.path()).unwrap().len()
    }

    /// The segment failed: a new one begins, and of the old one so much counts.
    pub(crate) fn resume(&mut self, good_bytes: u64) {
        let resume = Event::Resume(Resume {
            good_bytes,
            poisoned: segment_file(self.segment).into(),
        });
        self.segment += 1;
        self.commit(&[resume]);
    }

    pub(crate) fn stop(mut self) -> Link<'static> {
        self.commit(&[Event::Stop(Stop {})]);
        Link {
            hash: self.log.chain.hash,
            instance: self.name.into(),
            live: false,
            seq: self.log.chain.seq.0,
        }
    }
}
