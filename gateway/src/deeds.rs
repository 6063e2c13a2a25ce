//! Erasures, legal holds and exports: asked for on the command line, carried out by the gateway if one runs, and recorded.
//!
//! What was asked for lies in `<data>/state/deeds` until its record is durable: a process that ends midway leaves it to the
//! next one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use marshal_audit::{Erase, Event, Exported, HoldChange};
use marshal_audit_sink::DataLock;
use marshal_config::Config;
use marshal_payloads::{Bucket, Erased, Hold, Payloads, Scope, Subject};
use marshal_state::write_atomic;
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
    /// Only to be recorded: records were brought elsewhere.
    Exported {
        format: String,
        records: u64,
        to: String,
        by: String,
    },
}

/// What was done and is not recorded yet. It lies beside its deed: nothing is done twice, and nothing without a record.
#[derive(Serialize, Deserialize)]
struct Done {
    record: Record,
    said: Value,
}

/// The records that deeds have.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Erase(Erase<'static>),
    Hold(HoldChange<'static>),
    Export(Exported<'static>),
}

impl From<Record> for Event<'static> {
    fn from(record: Record) -> Self {
        match record {
            Record::Erase(record) => Self::Erase(record),
            Record::Hold(record) => Self::Hold(record),
            Record::Export(record) => Self::Export(record),
        }
    }
}

/// What came of it, for whoever asked.
pub(crate) type Outcome = Result<Value, String>;

impl Deed {
    /// Does it; gives what is to be recorded, and what to say.
    fn carry_out(&self, payloads: &Payloads) -> Result<Done, String> {
        let (record, said) = match self {
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
                let erased = payloads.erase(&subject).map_err(|error| chain(&error))?;
                let id = payloads.id(&subject).to_string();
                let said = json!({ "ok": erased.held_by.is_empty(), "subject": id, "keys_destroyed": erased.keys, "held_by": erased.held_by });
                (Record::Erase(erase(&erased, by, reason, &id)), said)
            }
            Self::Hold {
                name,
                tenant,
                subject,
                reason,
                until,
                by,
            } => {
                let hold = Hold {
                    name: name.clone(),
                    scope: scope(payloads, tenant.as_deref(), subject.as_deref()),
                    reason: reason.clone(),
                    until_micros: *until,
                };
                payloads.hold(hold.clone()).map_err(|error| chain(&error))?;
                let said = json!({ "ok": true, "hold": hold.name, "subject": hold.scope.text() });
                (Record::Hold(held(&hold, by, false)), said)
            }
            Self::Release { name, by } => {
                let released = payloads.release(name).map_err(|error| chain(&error))?;
                let hold = released.ok_or_else(|| {
                    format!("there is no hold {name:?}; `marshal audit holds` lists them")
                })?;
                let said = json!({ "ok": true, "released": hold.name });
                (Record::Hold(held(&hold, by, true)), said)
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
                    to: to.clone().into(),
                };
                (Record::Export(exported), json!({ "ok": true }))
            }
        };
        Ok(Done { record, said })
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

fn erase(erased: &Erased, by: &str, reason: &str, subject: &str) -> Erase<'static> {
    Erase {
        by: by.to_owned().into(),
        held: !erased.held_by.is_empty(),
        keys_destroyed: erased.keys,
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

/// Ends what is kept no longer; gives the records of it.
pub(crate) fn expire(payloads: &Payloads) -> Result<Vec<Event<'static>>, String> {
    let ended = payloads.expire().map_err(|error| chain(&error))?;
    let record = |(bucket, erased): (Bucket, Erased)| {
        let about = bucket.to_string();
        Event::Erase(erase(&erased, "retention", "its time is over", &about))
    };
    Ok(ended.into_iter().map(record).collect())
}

fn folder(data: &Path) -> PathBuf {
    paths::state(data).join("deeds")
}

/// Carries out what was asked for; `record` makes a record durable. Gives how many deeds were about what is kept of calls.
pub(crate) fn look(
    data: &Path,
    payloads: &Payloads,
    record: &dyn Fn(&Event<'_>) -> Result<(), String>,
) -> usize {
    let folder = folder(data);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return 0;
    };
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let asked: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    let done = |id: &String| match one(&folder, id, payloads, record) {
        Ok(about_calls) => about_calls,
        Err(error) => {
            // It stays, and is looked at again.
            tracing::error!(%error, "What was asked of the audit trail is not recorded yet.");
            false
        }
    };
    asked.iter().filter(|id| done(id)).count()
}

/// Carries out one deed, unless that is done, records it and answers; true if it was about what is kept of calls.
fn one(
    folder: &Path,
    id: &str,
    payloads: &Payloads,
    record: &dyn Fn(&Event<'_>) -> Result<(), String>,
) -> Result<bool, String> {
    let file = |end: &str| folder.join(format!("{id}.{end}"));
    let write = |end: &str, text: &[u8]| {
        write_atomic(folder, &format!("{id}.{end}"), text).map_err(|error| chain(&error))
    };
    let read = |end: &str| std::fs::read(file(end)).map_err(|error| error.to_string());
    let (mut about_calls, mut answer) = (true, None);
    let done = match read("made") {
        Ok(text) => Some(serde_json::from_slice(&text).map_err(|error| error.to_string())?),
        Err(_) => {
            let deed = read("json").and_then(|text| {
                serde_json::from_slice::<Deed>(&text).map_err(|error| error.to_string())
            });
            match deed.and_then(|deed| deed.carry_out(payloads)) {
                Ok(done) => {
                    let text = serde_json::to_vec(&done).map_err(|error| error.to_string())?;
                    write("made", &text)?;
                    Some(done)
                }
                Err(error) => {
                    answer = Some(json!({ "ok": false, "error": error }));
                    None
                }
            }
        }
    };
    if let Some(done) = done {
        about_calls = !matches!(done.record, Record::Export(_));
        record(&done.record.into())?;
        answer = Some(done.said);
    }
    write("done", answer.unwrap_or_default().to_string().as_bytes())?;
    for end in ["json", "made"] {
        match std::fs::remove_file(file(end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error.to_string());
            }
            _ => {}
        }
    }
    Ok(about_calls)
}

/// Asks for it: of the gateway that runs, or of this process where none does.
pub(crate) fn ask(config: &Config, clock: &Arc<dyn Clock>, deed: &Deed) -> Outcome {
    let data = &config.data_dir;
    let folder = folder(data);
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let id = CallId::fresh().to_string();
    let text = serde_json::to_vec(deed).map_err(|error| error.to_string())?;
    write_atomic(&folder, &format!("{id}.json"), &text).map_err(|error| chain(&error))?;
    let answer = folder.join(format!("{id}.done"));
    let begun = Instant::now();
    loop {
        if let Ok(lock) = DataLock::acquire(data, false) {
            drop(lock);
            let payloads =
                Payloads::open(data, &id, clock.clone()).map_err(|error| chain(&error))?;
            look(data, &payloads, &|event| {
                trail::record_alone(config, clock, event)?
                    .then_some(())
                    .ok_or_else(|| "a gateway began meanwhile; ask again".to_owned())
            });
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
            return Err("the gateway that runs has not answered; it does this as soon as it can, and its record says so".to_owned());
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
        let payloads = Payloads::open(&data, "run", clock).unwrap();
        let ada = Subject {
            tenant: "acme".into(),
            name: "u:ada".into(),
        };
        let part = (CallId::fresh(), 1, Part::Request);
        drop(payloads.keep(&ada, 30, part, b"words").unwrap());
        let deed = Deed::Erase {
            tenant: ada.tenant.clone(),
            subject: ada.name.clone(),
            reason: "asked for".into(),
            by: "test".into(),
        };
        let text = serde_json::to_vec(&deed).unwrap();
        std::fs::write(folder(&data).join("1.json"), text).unwrap();
        let recorded = RefCell::new(Vec::new());
        let fails = |_: &Event<'_>| Err("the disk is full".to_owned());
        assert_eq!(look(&data, &payloads, &fails), 0);
        assert!(!folder(&data).join("1.done").exists(), "nobody is told yet");
        let records = |event: &Event<'_>| {
            recorded.borrow_mut().push(format!("{event:?}"));
            Ok(())
        };
        assert_eq!(look(&data, &payloads, &records), 1);
        assert_eq!(look(&data, &payloads, &records), 0, "once");
        let recorded = recorded.into_inner();
        assert_eq!(recorded.len(), 1);
        assert!(recorded[0].contains("keys_destroyed: 1"), "{recorded:?}");
        let left: Vec<_> = std::fs::read_dir(folder(&data)).unwrap().collect();
        assert_eq!(left.len(), 1, "the answer");
        std::fs::remove_dir_all(&data).unwrap();
    }
}
