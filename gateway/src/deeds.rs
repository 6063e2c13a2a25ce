//! Erasures, legal holds, exports and looks at what was said: asked for on the command line, carried out by the gateway if one runs, and recorded.
//!
//! What was asked for lies in `<data>/state/deeds` until its record is durable, and so does what is about to be done: a
//! process that ends midway leaves both to the next one, which does the rest. One process at a time does deeds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use marshal_audit::{Admin, Erase, Event, Exported, HoldChange};
use marshal_audit_sink::DataLock;
use marshal_config::Config;
use marshal_payloads::{Bucket, Ending, Hold, KeyName, Payloads, Scope, Subject};
use marshal_state::{LockedDir, write_atomic};
use marshal_types::{CallId, Clock, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::assemble::chain;
use crate::{paths, trail};

/// A running gateway looks several times a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// End the keys of a subject's payloads.
    Erase {
        tenant: String,
        subject: String,
        reason: String,
        by: String,
    },
    /// Keep what a hold is about.
    Hold {
        name: String,
        tenant: Option<String>,
        subject: Option<String>,
        reason: String,
        until: Option<u64>,
        by: String,
    },
    /// End a hold.
    Release { name: String, by: String },
    /// End the keys of a bucket whose time is over.
    Expire { bucket: String },
    /// Only to be recorded: what was said in a call is about to be read.
    ReadPayload { call: String, by: String },
    /// Only to be recorded: records were brought elsewhere.
    Exported {
        format: String,
        records: u64,
        to: String,
        by: String,
    },
}

/// What is about to be done, and what will be recorded and said of it. It is written down before it is done: nothing is
/// done without a record, and a record says all that was done, however often it was begun.
#[derive(Serialize, Deserialize)]
struct Planned {
    act: Act,
    record: Record,
    said: Value,
}

impl Planned {
    /// A plan that was begun and cut off: a hold that came between keeps what is left.
    fn resumed(mut self, payloads: &Payloads) -> Result<Self, String> {
        let Act::Destroy(keys) = &mut self.act else {
            return Ok(self);
        };
        let ending = payloads.endable_of(keys).map_err(|error| chain(&error))?;
        let held = |key: &KeyName| payloads.has(key) && !ending.keys.contains(key);
        keys.retain(|key| !held(key));
        if let Record::Erase(record) = &mut self.record {
            record.keys_destroyed = keys.len() as u64;
            record.held |= !ending.held_by.is_empty();
        }
        if self.said.is_object() {
            self.said["keys_destroyed"] = keys.len().into();
            if !ending.held_by.is_empty() {
                self.said["ok"] = false.into();
                self.said["held_by"] = ending.held_by.into();
            }
        }
        Ok(self)
    }
}

/// What a deed does. Done twice, it is done once.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    Destroy(Vec<KeyName>),
    Hold(Hold),
    Release(String),
    Nothing,
}

impl Act {
    /// Whether some of it may be done already. Otherwise it is planned anew: a hold may have come between.
    fn is_begun(&self, payloads: &Payloads) -> bool {
        !matches!(self, Self::Destroy(keys) if keys.iter().all(|key| payloads.has(key)))
    }

    fn carry_out(&self, payloads: &Payloads) -> Result<(), String> {
        let done = match self {
            Self::Destroy(keys) => payloads.destroy(keys),
            Self::Hold(hold) => payloads.hold(hold.clone()),
            Self::Release(name) => payloads.release(name).map(drop),
            Self::Nothing => Ok(()),
        };
        done.map_err(|error| chain(&error))
    }
}

/// The records that deeds have.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Admin(Admin<'static>),
    Erase(Erase<'static>),
    Hold(HoldChange<'static>),
    Export(Exported<'static>),
}

impl From<Record> for Event<'static> {
    fn from(record: Record) -> Self {
        match record {
            Record::Admin(record) => Self::Admin(record),
            Record::Erase(record) => Self::Erase(record),
            Record::Hold(record) => Self::Hold(record),
            Record::Export(record) => Self::Export(record),
        }
    }
}

/// What came of it, for whoever asked.
pub(crate) type Outcome = Result<Value, String>;

impl Deed {
    fn plan(&self, payloads: &Payloads) -> Result<Planned, String> {
        let planned = |act, record, said| Planned { act, record, said };
        Ok(match self {
            Self::Erase {
                tenant,
                subject,
                reason,
                by,
            } => {
                let subject = Subject {
                    tenant: tenant.clone(),
                    name: subject.clone(),
                };
                let ending = payloads.keys_of(&subject).map_err(|error| chain(&error))?;
                let id = payloads.id(&subject).to_string();
                let said = json!({ "ok": ending.held_by.is_empty(), "subject": id, "keys_destroyed": ending.keys.len(), "held_by": ending.held_by });
                let record = Record::Erase(erase(&ending, by, reason, &id));
                planned(Act::Destroy(ending.keys), record, said)
            }
            Self::Expire { bucket } => {
                let known = Bucket::parse(bucket).ok_or("no bucket goes by this name")?;
                let ending = payloads.keys_in(known).map_err(|error| chain(&error))?;
                let record = Record::Erase(erase(&ending, RETENTION, "its time is over", bucket));
                planned(Act::Destroy(ending.keys), record, Value::Null)
            }
            Self::Hold {
                name,
                tenant,
                subject,
                reason,
                until,
                by,
            } => {
                let holds = payloads.holds().map_err(|error| chain(&error))?;
                if holds.iter().any(|hold| hold.name == *name) {
                    return Err(format!(
                        "there is a hold {name:?} already; give this one another name, or release that one first"
                    ));
                }
                let hold = Hold {
                    name: name.clone(),
                    scope: scope(payloads, tenant.as_deref(), subject.as_deref()),
                    reason: reason.clone(),
                    until_micros: *until,
                };
                let said = json!({ "ok": true, "hold": hold.name, "subject": hold.scope.text() });
                let record = Record::Hold(held(&hold, by, false));
                planned(Act::Hold(hold), record, said)
            }
            Self::Release { name, by } => {
                let holds = payloads.holds().map_err(|error| chain(&error))?;
                let hold = holds.iter().find(|hold| hold.name == *name);
                let hold = hold.ok_or_else(|| {
                    format!("there is no hold {name:?}; `marshal audit holds` lists them")
                })?;
                let said = json!({ "ok": true, "released": hold.name });
                let record = Record::Hold(held(hold, by, true));
                planned(Act::Release(name.clone()), record, said)
            }
            Self::ReadPayload { call, by } => {
                let read = Admin {
                    action: "read-payload".into(),
                    detail: call.clone().into(),
                    who: by.clone().into(),
                };
                planned(Act::Nothing, Record::Admin(read), json!({ "ok": true }))
            }
            Self::Exported {
                format,
                records,
                to,
                by,
            } => {
                let exported = Exported {
                    by: by.clone().into(),
                    format: format.clone().into(),
                    records: *records,
                    standing: false,
                    to: to.clone().into(),
                };
                planned(
                    Act::Nothing,
                    Record::Export(exported),
                    json!({ "ok": true }),
                )
            }
        })
    }
}

fn scope(payloads: &Payloads, tenant: Option<&str>, subject: Option<&str>) -> Scope {
    match (tenant, subject) {
        (tenant, Some(subject)) => Scope::Subject(
            payloads
                .id(&Subject {
                    tenant: tenant.unwrap_or("default").to_owned(),
                    name: subject.to_owned(),
                })
                .to_string(),
        ),
        (Some(tenant), None) => payloads.tenant(tenant),
        (None, None) => Scope::All,
    }
}

fn erase(ending: &Ending, by: &str, reason: &str, subject: &str) -> Erase<'static> {
    Erase {
        by: by.to_owned().into(),
        held: !ending.held_by.is_empty(),
        keys_destroyed: ending.keys.len() as u64,
        reason: reason.to_owned().into(),
        subject: subject.to_owned().into(),
    }
}

fn held(hold: &Hold, by: &str, released: bool) -> HoldChange<'static> {
    let until = hold
        .until_micros
        .map(|micros| Timestamp::from_micros(micros).to_string().into());
    HoldChange {
        by: by.to_owned().into(),
        name: hold.name.clone().into(),
        reason: hold.reason.clone().into(),
        released,
        subject: hold.scope.text().into(),
        until,
    }
}

/// Who ends what is kept no longer, in its records.
const RETENTION: &str = "retention";

/// So long an answer waits for who asked.
const ANSWER_KEPT: Duration = Duration::from_secs(86_400);

/// Asks for the end of what is kept no longer, and tidies up. To be asked of [`look`] afterwards.
pub(crate) fn expire(data: &Path, payloads: &Payloads) -> Result<(), String> {
    let folder = folder(data);
    for bucket in payloads.over().map_err(|error| chain(&error))? {
        let ending = payloads.keys_in(bucket).map_err(|error| chain(&error))?;
        if ending.keys.is_empty() {
            payloads.clear(bucket).map_err(|error| chain(&error))?;
            continue;
        }
        let name = bucket.to_string();
        let deed = Deed::Expire {
            bucket: name.clone(),
        };
        put(&folder, &format!("expire-{name}"), &deed)?;
    }
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let old =
            |modified: std::time::SystemTime| modified.elapsed().is_ok_and(|age| age > ANSWER_KEPT);
        let modified = entry.metadata().and_then(|seen| seen.modified());
        if entry.file_name().to_string_lossy().ends_with(".done") && modified.is_ok_and(old) {
            // Whoever asked has left.
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn folder(data: &Path) -> PathBuf {
    paths::state(data).join("deeds")
}

/// Writes a deed down.
fn put(folder: &Path, id: &str, deed: &Deed) -> Result<(), String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let text = serde_json::to_vec(deed).map_err(|error| error.to_string())?;
    write_atomic(folder, &format!("{id}.json"), &text).map_err(|error| chain(&error))
}

/// Changes with each deed about what is kept of calls, whichever process did it: what a cache holds may be somebody's words.
pub(crate) fn newest(data: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(folder(data).join(NEWEST))
        .and_then(|seen| seen.modified())
        .ok()
}

const NEWEST: &str = "newest";

/// Carries out what was asked for; `record` makes a record durable.
///
/// # Errors
/// What could not be done or recorded; it stays, and is to be looked at again.
pub(crate) fn look(
    data: &Path,
    payloads: &Payloads,
    record: &dyn Fn(&Event<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let folder = folder(data);
    if asked(&folder).is_empty() {
        return Ok(());
    }
    // Two processes at a hand-over, or a command beside a gateway that begins.
    let _alone = LockedDir::lock(&folder, "lock").map_err(|error| chain(&error))?;
    let mut looked = Ok(());
    for id in asked(&folder) {
        looked = looked.and(one(&folder, &id, payloads, record));
    }
    looked
}

fn asked(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut ids: Vec<String> = names
        .filter(|name| !name.starts_with('.'))
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    // UUIDv7: in the order in which they were asked.
    ids.sort_unstable();
    ids
}

/// Carries out one deed, records it and answers.
fn one(
    folder: &Path,
    id: &str,
    payloads: &Payloads,
    record: &dyn Fn(&Event<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let file = |end: &str| folder.join(format!("{id}.{end}"));
    let write =
        |name: &str, text: &[u8]| write_atomic(folder, name, text).map_err(|error| chain(&error));
    let read = |end: &str| std::fs::read(file(end)).map_err(|error| error.to_string());
    let begun = read("plan")
        .and_then(|text| {
            serde_json::from_slice::<Planned>(&text).map_err(|error| error.to_string())
        })
        .ok()
        .filter(|planned| planned.act.is_begun(payloads));
    let planned = match begun {
        Some(planned) => planned.resumed(payloads),
        None => {
            let deed = read("json").and_then(|text| {
                serde_json::from_slice::<Deed>(&text).map_err(|error| error.to_string())
            });
            let planned = deed.and_then(|deed| deed.plan(payloads));
            if let Ok(planned) = &planned {
                let text = serde_json::to_vec(planned).map_err(|error| error.to_string())?;
                write(&format!("{id}.plan"), &text)?;
            }
            planned
        }
    };
    let answer = match planned {
        Ok(Planned {
            act,
            record: of,
            said,
        }) => {
            act.carry_out(payloads)?;
            let about_calls = !matches!(act, Act::Nothing);
            record(&of.into())?;
            if about_calls {
                write(NEWEST, id.as_bytes())?;
            }
            said
        }
        Err(error) => json!({ "ok": false, "error": error }),
    };
    if !answer.is_null() {
        write(&format!("{id}.done"), answer.to_string().as_bytes())?;
    }
    for end in ["json", "plan"] {
        match std::fs::remove_file(file(end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error.to_string());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Asks for it: of the gateway that runs, or of this process where none does.
pub(crate) fn ask(config: &Config, clock: &Arc<dyn Clock>, deed: &Deed) -> Outcome {
    let data = &config.data_dir;
    let folder = folder(data);
    let id = CallId::fresh().to_string();
    put(&folder, &id, deed)?;
    let answer = folder.join(format!("{id}.done"));
    let begun = Instant::now();
    let mut problem = None;
    loop {
        if let Ok(lock) = DataLock::acquire(data, false) {
            drop(lock);
            let payloads =
                Payloads::open(data, &id, clock.clone()).map_err(|error| chain(&error))?;
            let looked = look(data, &payloads, &|event| {
                trail::record_alone(config, clock, event)?
                    .then_some(())
                    .ok_or_else(|| "a gateway began meanwhile".to_owned())
            });
            problem = looked.err();
        }
        if let Ok(text) = std::fs::read_to_string(&answer) {
            let _ = std::fs::remove_file(&answer);
            let said: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            return match said["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(said),
            };
        }
        if begun.elapsed() > PATIENCE {
            let why =
                problem.unwrap_or_else(|| "the gateway that runs has not answered".to_owned());
            return Err(format!(
                "{why}; it stays asked for: the gateway does it as soon as it can, and its record says so"
            ));
        }
        // Nobody wakes this thread: it looks again.
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use marshal_payloads::Part;
    use marshal_types::ManualClock;

    use super::*;

    #[test]
    fn an_erasure_is_done_once_and_stays_until_it_is_recorded() {
        let data = std::env::temp_dir().join(format!("marshal-deeds-{}", std::process::id()));
        std::fs::create_dir_all(folder(&data)).unwrap();
        let clock = ManualClock::at(Timestamp::from_micros(1_795_377_944_000_000));
        let payloads = Payloads::open(&data, "run", clock.clone()).unwrap();
        let ada = Subject {
            tenant: "acme".into(),
            name: "u:ada".into(),
        };
        let part = (CallId::fresh(), 1, Part::Request);
        let key = payloads.key(&ada, 30).unwrap();
        drop(payloads.keep(&key, part, b"words").unwrap());
        let deed = Deed::Erase {
            tenant: ada.tenant.clone(),
            subject: ada.name.clone(),
            reason: "asked for".into(),
            by: "test".into(),
        };
        put(&folder(&data), "1", &deed).unwrap();
        let recorded = RefCell::new(Vec::new());
        let fails = |_: &Event<'_>| Err("the disk is full".to_owned());
        assert_eq!(
            look(&data, &payloads, &fails),
            fails(&Event::Stop(marshal_audit::Stop {}))
        );
        assert!(payloads.key_at_hand(&ada, 30).is_none(), "it is done");
        assert!(!folder(&data).join("1.done").exists(), "nobody is told yet");
        let records = |event: &Event<'_>| {
            recorded.borrow_mut().push(format!("{event:?}"));
            Ok(())
        };
        let before = newest(&data);
        look(&data, &payloads, &records).unwrap();
        look(&data, &payloads, &records).unwrap();
        assert_ne!(newest(&data), before, "other processes are told");
        assert_eq!(recorded.borrow().len(), 1, "once");
        assert!(recorded.borrow()[0].contains("keys_destroyed: 1"));
        assert!(folder(&data).join("1.done").exists());

        // A plan that was not begun gives way to a hold that came between.
        payloads.key(&ada, 30).unwrap();
        put(&folder(&data), "2", &deed).unwrap();
        let planned = serde_json::to_vec(&deed.plan(&payloads).unwrap()).unwrap();
        std::fs::write(folder(&data).join("2.plan"), planned).unwrap();
        let hold = Deed::Hold {
            name: "case 7".into(),
            tenant: None,
            subject: None,
            reason: "a court".into(),
            until: None,
            by: "test".into(),
        };
        put(&folder(&data), "1", &hold).unwrap();
        look(&data, &payloads, &records).unwrap();
        let last = recorded.borrow().last().unwrap().clone();
        assert!(
            last.contains("keys_destroyed: 0") && last.contains("held: true"),
            "{last}"
        );
        assert!(payloads.key_at_hand(&ada, 30).is_some());

        // What a time ends is a deed as well: once its hold is over, its keys end with a record.
        clock.advance(Duration::from_secs(86_400 * 365));
        expire(&data, &payloads).unwrap();
        assert!(asked(&folder(&data)).is_empty(), "held");
        payloads.release("case 7").unwrap();
        expire(&data, &payloads).unwrap();
        look(&data, &payloads, &records).unwrap();
        let last = recorded.borrow().last().unwrap().clone();
        assert!(
            last.contains("keys_destroyed: 1") && last.contains("retention"),
            "{last}"
        );
        let after = recorded.borrow().len();
        expire(&data, &payloads).unwrap();
        look(&data, &payloads, &records).unwrap();
        assert_eq!(recorded.borrow().len(), after);
        assert!(!data.join("payloads/2026-11.30d").exists());
        std::fs::remove_dir_all(&data).unwrap();
    }
}
