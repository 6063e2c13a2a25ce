//! `marshal audit erase | hold | release | holds`, and what was said in a call.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use marshal_audit::trail_folder;
use marshal_config::Config;
use marshal_payloads::{Bucket, Part, Payloads, SubjectId};
use marshal_types::{CallId, Clock, Digest, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::proofs;
use crate::assemble::chain;
use crate::cli::{EraseAsked, HoldAsked};
use crate::deeds::{Deed, ask};
use crate::output;

/// Who asks, for the record.
pub(super) fn who() -> String {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, of) = (parts.next()?, parts.nth(1)?);
        (of == id).then(|| name.to_owned())
    });
    format!("cli ({})", name.unwrap_or_else(|| format!("user {id}")))
}

/// A deed on an empty folder would make a trail there that nobody meant.
fn without_trail(config: &Config) -> Option<String> {
    let data = &config.data_dir;
    (!trail_folder(data).is_dir()).then(|| {
        format!(
            "there is no audit trail in {}; run this where the gateway runs, or name its --config",
            data.display()
        )
    })
}

fn carry(config: &Config, deed: &Deed, json: bool) -> ExitCode {
    if let Some(problem) = without_trail(config) {
        return output::wrong(&problem, json);
    }
    if let Deed::Erase { reason, .. } | Deed::Hold { reason, .. } = deed
        && reason.trim().is_empty()
    {
        return output::wrong("--reason is empty; say why, for whoever asks later", json);
    }
    let clock: Arc<dyn Clock> = SystemClock::new();
    match ask(config, &clock, deed) {
        Ok(said) => {
            let good = said["ok"] == true;
            if json {
                output::object(&said);
            } else {
                output::print(&sentence(&said));
            }
            ExitCode::from(if good { output::WELL } else { output::FAILED })
        }
        Err(why) => proofs::failed(&why, json),
    }
}

fn sentence(said: &Value) -> String {
    if let Some(keys) = said["keys_destroyed"].as_u64() {
        let held: Vec<&str> = said["held_by"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if held.is_empty() && keys == 0 {
            return "Nothing is kept of this subject in this tenant, so there was no key to destroy.\n"
                .to_owned();
        }
        if held.is_empty() {
            return format!(
                "{keys} keys are no more: what they encrypted cannot be read by anyone.\n"
            );
        }
        return format!(
            "{keys} keys are no more. Others are kept by: {}.\n",
            held.join(", ")
        );
    }
    if let Some(name) = said["released"].as_str() {
        return format!("The hold {name} is released.\n");
    }
    format!(
        "The hold {} is in force.\n",
        said["hold"].as_str().unwrap_or_default()
    )
}

pub(super) fn erase(config: &Config, asked: EraseAsked, json: bool) -> ExitCode {
    if !named(&asked.subject) {
        return output::wrong(NO_SUBJECT, json);
    }
    let deed = Deed::Erase {
        tenant: asked.tenant,
        subject: asked.subject,
        reason: asked.reason,
        by: who(),
    };
    carry(config, &deed, json)
}

const NO_SUBJECT: &str = "a subject is a user or a key: u:ada, k:KEYID";

fn named(subject: &str) -> bool {
    ["u:", "k:"].iter().any(|kind| {
        subject
            .strip_prefix(kind)
            .is_some_and(|name| !name.is_empty())
    })
}

pub(super) fn hold(config: &Config, asked: HoldAsked, json: bool) -> ExitCode {
    if asked
        .subject
        .as_deref()
        .is_some_and(|subject| !named(subject))
    {
        return output::wrong(NO_SUBJECT, json);
    }
    let until = match asked.until.as_deref() {
        None => None,
        Some(text) => match Timestamp::parse(text) {
            Some(until) if until > SystemClock::new().now() => Some(until),
            Some(_) => {
                return output::wrong(&format!("--until {text:?} is over already"), json);
            }
            None => {
                return output::wrong(
                    &format!("--until {text:?} is no day: write 2026-11-30"),
                    json,
                );
            }
        },
    };
    let deed = Deed::Hold {
        name: asked.name,
        tenant: asked.tenant.filter(|_| !asked.all),
        subject: asked.subject,
        reason: asked.reason,
        until: until.map(Timestamp::as_micros),
        by: who(),
    };
    carry(config, &deed, json)
}

pub(super) fn release(config: &Config, name: String, json: bool) -> ExitCode {
    carry(config, &Deed::Release { name, by: who() }, json)
}

/// The payloads of a data folder, unless none were ever kept.
fn open(data: &Path) -> Result<Option<Arc<Payloads>>, String> {
    Payloads::open_existing(data, SystemClock::new()).map_err(|error| chain(&error))
}

pub(super) fn holds(data: &Path, json: bool) -> ExitCode {
    let all = open(data).and_then(|store| {
        let holds = store.map(|store| store.holds()).transpose();
        holds.map_err(|error| chain(&error))
    });
    let all = match all.map(Option::unwrap_or_default) {
        Ok(all) => all,
        Err(problem) => return output::wrong(&problem, json),
    };
    let until =
        |micros: Option<u64>| micros.map(|micros| Timestamp::from_micros(micros).to_string());
    if json {
        let list: Vec<Value> = all
            .iter()
            .map(|hold| json!({ "name": hold.name, "subject": hold.scope.text(), "reason": hold.reason, "until": until(hold.until_micros) }))
            .collect();
        output::object(&json!({ "ok": true, "holds": list }));
    } else if all.is_empty() {
        output::print("No holds.\n");
    } else {
        for hold in &all {
            let until = until(hold.until_micros).unwrap_or_else(|| "it is released".to_owned());
            output::print(&format!(
                "{}  {}  until {until}  {}\n",
                hold.name,
                hold.scope.text(),
                hold.reason
            ));
        }
    }
    ExitCode::from(output::WELL)
}

/// What was said in a call, as its records name it: one of each attempt and part; `null` where its key is no more.
/// Recorded before anything is read.
pub(super) fn said(config: &Config, call: CallId, records: &[Value]) -> Result<Vec<Value>, String> {
    if records.iter().any(|record| record["payload"].is_object()) {
        let clock: Arc<dyn Clock> = SystemClock::new();
        let by = who();
        let call = call.to_string();
        ask(config, &clock, &Deed::ReadPayload { call, by })?;
    }
    let store = open(&config.data_dir)?;
    let mut all = Vec::new();
    for record in records {
        let part = match record["kind"].as_str() {
            Some("intent") => Part::Request,
            Some("complete" | "abort") => Part::Response,
            _ => continue,
        };
        let Some(payload) = record["payload"].as_object() else {
            continue;
        };
        let text = |name: &str| {
            payload
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let attempt = record["attempt"]
            .as_u64()
            .and_then(|one| u32::try_from(one).ok())
            .unwrap_or(0);
        let place = Bucket::parse(text("bucket"))
            .zip(SubjectId::parse(text("subject")))
            .zip(digest(text("sha256")));
        let Some(((bucket, subject), sha256)) = place else {
            return Err("a record names a payload in a way that is not known here".to_owned());
        };
        let plain = match &store {
            None => None,
            Some(store) => store
                .read(bucket, &subject, (call, attempt, part), sha256)
                .map_err(|error| chain(&error))?,
        };
        let plain = plain.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        all.push(json!({ "attempt": attempt, "part": part, "said": plain }));
    }
    Ok(all)
}

fn digest(hex: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    let fits = hex.len() == 64 && hex.is_ascii();
    for (at, byte) in bytes.iter_mut().enumerate().filter(|_| fits) {
        *byte = u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).ok()?;
    }
    fits.then_some(Digest(bytes))
}
