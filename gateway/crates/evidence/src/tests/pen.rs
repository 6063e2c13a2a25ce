//! Writes trails with the code that the gateway writes them with.

use std::path::{Path, PathBuf};

use marshal_audit::proof::Signer;
pub(super) use marshal_audit::testing::Folder;
use marshal_audit::{Draft, Event, Log, segment_file};
use marshal_types::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A chain being written. Bytes are collected, and put on disk by [`Pen::save`].
pub(super) struct Pen {
    folder: PathBuf,
    name: String,
    log: Log,
    segment: u32,
    bytes: Vec<u8>,
    now: Timestamp,
    /// What signs its checkpoints.
    key: Option<Signer>,
}

impl Pen {
    pub(super) fn start(
        trail: &Path,
        name: &str,
        at: Timestamp,
        previous: Option<&Value>,
        is_signed: bool,
    ) -> Self {
        let key = is_signed.then(|| Signer::from_seed(&[5; 32]).unwrap());
        let mut pen = Self {
            folder: trail.join(name),
            name: name.to_owned(),
            log: Log::default(),
            segment: 1,
            bytes: Vec::new(),
            now: at,
            key,
        };
        std::fs::create_dir_all(&pen.folder).unwrap();
        let previous: Vec<&Value> = previous.into_iter().collect();
        let mut start = json!({
            "handover": false, "instance": name, "policy_digest": "09".repeat(32), "previous": previous, "version": "0.1.0",
        });
        if let Some(key) = &pen.key {
            start["vkey"] = key.vkey(&pen.origin()).to_string().into();
        }
        pen.write("start", start);
        pen
    }

    /// As the next chain's `start` names this one.
    pub(super) fn link(&self) -> Value {
        let hash = self.log.chain.hash.to_string();
        json!({"hash": hash, "instance": self.name, "live": false, "seq": self.log.chain.seq.0})
    }

    /// Sets the clock, which never goes back.
    pub(super) fn at(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
    }

    /// Appends a record a microsecond after the one before.
    pub(super) fn write(&mut self, kind: &str, members: Value) {
        self.now = Timestamp::from_micros(self.now.as_micros() + 1);
        let time = self.now.to_string();
        let draft = Draft::of(&event(kind, &members));
        self.log.seal(&draft, &time, &mut self.bytes);
    }

    fn origin(&self) -> String {
        format!("marshal/{}", self.name)
    }

    /// Signs what is there, as the writer does; nothing without a key.
    pub(super) fn sign(&mut self) {
        let (origin, time) = (self.origin(), self.now.to_string());
        if let Some(key) = &self.key {
            self.log.sign(&origin, key, &time, &mut self.bytes);
        }
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
fn event(kind: &str, members: &Value) -> Event<'static> {
    fn of<T: DeserializeOwned>(members: &Value) -> T {
        serde_json::from_value(members.clone()).unwrap_or_else(|error| panic!("{error}: {members}"))
    }
    match kind {
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
        "erase" => Event::Erase(of(members)),
        "hold" => Event::Hold(of(members)),
        "export" => Event::Export(of(members)),
        kind => panic!("{kind} is no kind of record"),
    }
}
