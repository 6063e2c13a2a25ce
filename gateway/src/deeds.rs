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

/// What came of it, for whoever asked.
pub(crate) type Outcome = Result<Value, String>;

impl Deed {
    /// Does it; gives what is to be recorded, and what to say.
    fn carry_out(&self, payloads: &Payloads) -> Result<(Event<'static>, Value), String> {
        match self {
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
                Ok((erase(&erased, by, reason, &id), said))
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
                Ok((held(&hold, by, false), said))
            }
            Self::Release { name, by } => {
                let released = payloads.release(name).map_err(|error| chain(&error))?;
                let hold = released.ok_or_else(|| {
                    format!("there is no hold {name:?}; `marshal audit holds` lists them")
                })?;
                let said = json!({ "ok": true, "released": hold.name });
                Ok((held(&hold, by, true), said))
            }
            Self::Exported {
                format,
                records,
                to,
                by,
            } => {
                let exported = Event::Export(Exported {
                    by: by.clone().into(),
                    format: format.clone().into(),
                    records: *records,
                    to: to.clone().into(),
                });
                Ok((exported, json!({ "ok": true })))
            }
        }
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

fn erase(erased: &Erased, by: &str, reason: &str, subject: &str) -> Event<'static> {
    Event::Erase(Erase {
        by: by.to_owned().into(),
        held: !erased.held_by.is_empty(),
        keys_destroyed: erased.keys,
        reason: reason.to_owned().into(),
        subject: subject.to_owned().into(),
    })
}

fn held(hold: &Hold, by: &str, released: bool) -> Event<'static> {
    let until = hold
        .until_micros
        .map(|micros| Timestamp::from_micros(micros).to_string().into());
    Event::Hold(HoldChange {
        by: by.to_owned().into(),
        name: hold.name.clone().into(),
        reason: hold.reason.clone().into(),
        released,
        subject: hold.scope.text().into(),
        until,
    })
}

/// Ends what is kept no longer; gives the records of it.
pub(crate) fn expire(payloads: &Payloads) -> Result<Vec<Event<'static>>, String> {
    let ended = payloads.expire().map_err(|error| chain(&error))?;
    let record = |(bucket, erased): (Bucket, Erased)| {
        erase(
            &erased,
            "retention",
            "its time is over",
            &bucket.to_string(),
        )
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
    let mut done = 0;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(id) = name.strip_suffix(".json") else {
            continue;
        };
        let mut about_calls = 0;
        let outcome = std::fs::read(entry.path())
            .map_err(|error| error.to_string())
            .and_then(|text| {
                serde_json::from_slice::<Deed>(&text).map_err(|error| error.to_string())
            })
            .and_then(|deed| {
                about_calls = usize::from(!matches!(deed, Deed::Exported { .. }));
                deed.carry_out(payloads)
            })
            .and_then(|(event, said)| record(&event).map(|()| said));
        let answer = match &outcome {
            Ok(said) => said.clone(),
            Err(error) => {
                tracing::error!(%error, "What was asked of the audit trail could not be done.");
                json!({ "ok": false, "error": error })
            }
        };
        let answered = write_atomic(
            &folder,
            &format!("{id}.done"),
            answer.to_string().as_bytes(),
        );
        if answered.is_ok() && std::fs::remove_file(entry.path()).is_ok() {
            done += about_calls;
        }
    }
    done
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
