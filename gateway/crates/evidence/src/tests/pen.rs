//! Writes trails with the code that the gateway writes them with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use marshal_audit::{Chain, Draft, Event, segment_file};
use marshal_types::{Digest, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A folder that goes when the test ends.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("marshal-evidence-{}-{next}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A chain being written. Bytes are collected, and put on disk by [`Pen::save`].
pub(super) struct Pen {
    folder: PathBuf,
    name: String,
    chain: Chain,
    segment: u32,
    bytes: Vec<u8>,
    now: Timestamp,
    /// Whether kinds that the audit crate checks by more than their hash are written.
    every_kind: bool,
}

impl Pen {
    pub(super) fn start(
        trail: &Path,
        name: &str,
        at: Timestamp,
        previous: Option<&Value>,
        every_kind: bool,
    ) -> Self {
        let mut pen = Self {
            folder: trail.join(name),
            name: name.to_owned(),
            chain: Chain::default(),
            segment: 1,
            bytes: Vec::new(),
            now: at,
            every_kind,
        };
        std::fs::create_dir_all(&pen.folder).unwrap();
        let previous: Vec<&Value> = previous.into_iter().collect();
        let start = json!({
            "handover": false, "instance": name, "policy_digest": "09".repeat(32), "previous": previous, "version": "0.1.0",
        });
        pen.write("start", start);
        pen
    }

    /// As the next chain's `start` names this one.
    pub(super) fn link(&self) -> Value {
        let hash: String = self
            .chain
            .hash
            .0
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        json!({"hash": hash, "instance": self.name, "live": false, "seq": self.chain.seq.0})
    }

    /// Sets the clock, which never goes back.
    pub(super) fn at(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
    }

    /// Appends a record a microsecond after the one before.
    pub(super) fn write(&mut self, kind: &str, members: Value) {
        self.now = Timestamp::from_micros(self.now.as_micros() + 1);
        let time = self.now.to_string();
        if let Some(event) = event(kind, &members) {
            self.chain.seal(&Draft::of(&event), &time, &mut self.bytes);
        } else if self.every_kind {
            self.raw(kind, members, &time);
        }
    }

    /// A kind whose struct is its own crate's business: canonical JSON and its hash, by the format's rules.
    fn raw(&mut self, kind: &str, mut members: Value, time: &str) {
        let prev = self.link()["hash"].clone();
        self.chain.seq.0 += 1;
        members["kind"] = kind.into();
        members["prev"] = prev;
        members["seq"] = self.chain.seq.0.into();
        members["time"] = time.into();
        members["v"] = 1.into();
        let Value::Object(members) = members else {
            panic!("a record is an object")
        };
        let sorted: std::collections::BTreeMap<String, Value> = members.into_iter().collect();
        let body = serde_json::to_string(&sorted).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
        self.chain.hash = Digest(digest.as_ref().try_into().unwrap());
        let hash = self.link()["hash"].clone();
        let line = format!("{},\"hash\":{hash}}}\n", &body[..body.len() - 1]);
        self.bytes.extend_from_slice(line.as_bytes());
    }

    /// A write fails: what it left is void, and the chain goes on in the next segment.
    pub(super) fn fail(&mut self) {
        let good = self.bytes.len();
        self.bytes
            .extend_from_slice(b"{\"kind\":\"deny\",\"torn\n{\"void\":1}\n");
        let poisoned = segment_file(self.segment);
        self.save();
        self.bytes.clear();
        self.segment += 1;
        self.write("resume", json!({"good_bytes": good, "poisoned": poisoned}));
    }

    pub(super) fn save(&self) {
        std::fs::write(self.folder.join(segment_file(self.segment)), &self.bytes).unwrap();
    }
}

/// The typed record, so that what is written here is what the gateway would write.
fn event(kind: &str, members: &Value) -> Option<Event<'static>> {
    fn of<T: DeserializeOwned>(members: &Value) -> T {
        serde_json::from_value(members.clone()).unwrap_or_else(|error| panic!("{error}: {members}"))
    }
    Some(match kind {
        "start" => Event::Start(of(members)),
        "stop" => Event::Stop(of(members)),
        "resume" => Event::Resume(of(members)),
        "intent" => Event::Intent(Box::new(of(members))),
        "complete" => Event::Complete(Box::new(of(members))),
        "abort" => Event::Abort(of(members)),
        "interrupted" => Event::Interrupted(of(members)),
        "deny" => Event::Deny(Box::new(of(members))),
        "admin" => Event::Admin(of(members)),
        "key-change" => Event::KeyChange(of(members)),
        "policy-change" => Event::PolicyChange(of(members)),
        "break-glass" => Event::BreakGlass(of(members)),
        _ => return None,
    })
}
