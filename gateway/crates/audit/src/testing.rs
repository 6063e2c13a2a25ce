//! What tests of a trail stand on, here and in the crates that read one: a folder, and a chain written by hand with the code
//! that the sink writes with. Only with the feature `testing`.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot write its files ends there"
)]

pub mod records;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use marshal_types::{Digest, Timestamp};

use crate::proof::Signer;
use crate::{Draft, Event, Link, Log, Resume, Start, Stop, segment_file, trail_folder};

/// A folder that goes when the test ends.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    /// A new one, empty.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("marshal-audit-{}-{next}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where the trail of this data folder lies.
    #[must_use]
    pub fn trail(&self) -> PathBuf {
        trail_folder(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Says that a test runs without what it wants; in continuous integration that is a failure.
///
/// # Panics
/// Where `CI` is `true`.
pub fn skipped(why: &str) {
    println!("skipped: {why}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
}

/// The key that signs the chains of tests.
#[must_use]
pub fn key() -> Signer {
    Signer::from_seed(&[5; 32]).unwrap()
}

/// A chain being written.
#[derive(Debug)]
pub struct Pen {
    folder: PathBuf,
    deployment: String,
    name: String,
    /// Its end.
    pub log: Log,
    /// The segment in work, from 1.
    pub segment: u32,
    /// The time of the newest record, in microseconds since 1970.
    pub micros: u64,
}

impl Pen {
    /// Signed by [`key`].
    pub fn start(trail: &Path, name: &str, micros: u64, previous: Vec<Link<'_>>) -> Self {
        Self::start_with(trail, name, micros, previous, &key())
    }

    /// Signed by another key.
    pub fn start_with(
        trail: &Path,
        name: &str,
        micros: u64,
        previous: Vec<Link<'_>>,
        key: &Signer,
    ) -> Self {
        let vkey = key.vkey(&format!("marshal/{name}")).to_string();
        Self::begin(trail, ("marshal", name), micros, previous, Some(vkey))
    }

    /// Signed by [`key`], of a deployment that is called so.
    pub fn start_of(
        deployment: &str,
        trail: &Path,
        name: &str,
        micros: u64,
        previous: Vec<Link<'_>>,
    ) -> Self {
        let vkey = key().vkey(&format!("{deployment}/{name}")).to_string();
        Self::begin(trail, (deployment, name), micros, previous, Some(vkey))
    }

    /// Of a time before there was a key.
    pub fn start_unsigned(trail: &Path, name: &str, micros: u64, previous: Vec<Link<'_>>) -> Self {
        Self::begin(trail, ("marshal", name), micros, previous, None)
    }

    fn begin(
        trail: &Path,
        (deployment, name): (&str, &str),
        micros: u64,
        previous: Vec<Link<'_>>,
        vkey: Option<String>,
    ) -> Self {
        let mut pen = Self {
            folder: trail.join(name),
            deployment: deployment.to_owned(),
            name: name.to_owned(),
            log: Log::default(),
            segment: 1,
            micros,
        };
        std::fs::create_dir_all(&pen.folder).unwrap();
        pen.write(&Event::Start(Start {
            handover: false,
            instance: name.into(),
            policy_digest: Digest([9; 32]),
            previous,
            version: "0.1.0".into(),
            vkey: vkey.map(Into::into),
        }));
        pen
    }

    /// The file of the segment in work.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(segment_file(self.segment))
    }

    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        std::fs::metadata(self.path()).unwrap().len()
    }

    /// The next record's line, not written yet.
    pub fn line(&mut self, event: &Event<'_>) -> Vec<u8> {
        self.lines(std::slice::from_ref(event))
    }

    fn lines(&mut self, events: &[Event<'_>]) -> Vec<u8> {
        let (time, mut lines) = (self.tick(), Vec::new());
        for event in events {
            self.log.seal(&Draft::of(event), &time, &mut lines);
        }
        lines
    }

    fn tick(&mut self) -> String {
        self.micros += 1;
        Timestamp::from_micros(self.micros).to_string()
    }

    /// Appends a record.
    pub fn write(&mut self, event: &Event<'_>) {
        self.commit(std::slice::from_ref(event));
    }

    /// Appends records as the writer does: with one time for all of them.
    pub fn commit(&mut self, events: &[Event<'_>]) {
        let lines = self.lines(events);
        self.append(&lines);
    }

    /// The segment failed: a new one begins, and of the old one so much counts.
    pub fn resume(&mut self, good_bytes: u64) {
        let resume = Event::Resume(Resume {
            good_bytes,
            poisoned: segment_file(self.segment).into(),
        });
        self.segment += 1;
        self.write(&resume);
    }

    /// Ends the chain in good order.
    pub fn stop(mut self) -> Link<'static> {
        self.write(&Event::Stop(Stop {}));
        self.link(false)
    }

    /// Signs what is there, with [`key`]; gives the note.
    pub fn sign(&mut self) -> String {
        self.sign_with(&key())
    }

    /// Signs what is there; gives the note.
    pub fn sign_with(&mut self, key: &Signer) -> String {
        let (time, mut line) = (self.tick(), Vec::new());
        let origin = format!("{}/{}", self.deployment, self.name);
        let note = self.log.sign(&origin, key, &time, &mut line);
        self.append(&line);
        note
    }

    /// Appends bytes as they are; whoever reads meanwhile never sees a shorter file.
    pub fn append(&self, bytes: &[u8]) {
        let mut options = OpenOptions::new();
        let mut file = options.append(true).create(true).open(self.path()).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// As a later chain's `start` names this one.
    #[must_use]
    pub fn link(&self, live: bool) -> Link<'static> {
        Link {
            hash: self.log.chain.hash,
            instance: self.name.clone().into(),
            live,
            seq: self.log.chain.seq.0,
        }
    }
}
