//! `marshal audit verify | prove | diff | checkpoint | key | tiles`: what can be checked without trusting anyone.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_audit::proof::{
    Checkpoint, Note, Proof, PublicKey, Vkey, consistency, prove, write_tiles,
};
use marshal_audit::{Trust, each_record, trail_folder, verify_with};
use marshal_types::CallId;
use serde_json::json;

use crate::assemble::chain;
use crate::output;

/// What `verify` is told from elsewhere.
pub(super) fn trust(keys: &[String], checkpoints: &[PathBuf]) -> Result<Trust, String> {
    Ok(Trust {
        keys: keys
            .iter()
            .map(|key| public(key))
            .collect::<Result<_, _>>()?,
        checkpoints: checkpoints
            .iter()
            .map(|file| Ok(kept(file)?.1))
            .collect::<Result<_, String>>()?,
    })
}

/// A public key as people write it: base64 alone, or a verifier's key.
fn public(text: &str) -> Result<PublicKey, String> {
    if let Some(vkey) = Vkey::parse(text) {
        return Ok(vkey.key);
    }
    let bytes = STANDARD.decode(text).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            format!("{text:?} is no public key: `marshal audit key` prints one, 32 bytes in base64")
        })
}

/// Witnesses, as people write them.
pub(super) fn witnesses(texts: &[String]) -> Result<Vec<Vkey>, String> {
    let read = |text: &String| {
        let vkey = Vkey::parse(text).filter(Vkey::is_cosigner);
        vkey.ok_or_else(|| {
            format!(
                "{text:?} is no witness; `marshal audit key --witness` prints one: name+id+base64"
            )
        })
    };
    texts.iter().map(read).collect()
}

/// Which kept checkpoint a witness has not confirmed: it may be of another history than all others see.
pub(super) fn unconfirmed(
    checkpoints: &[PathBuf],
    witnesses: &[Vkey],
) -> Result<Option<String>, String> {
    for file in checkpoints {
        let (note, _) = kept(file)?;
        let confirmed =
            |vkey: &&Vkey| Note::parse(&note).is_some_and(|note| note.is_signed_by(vkey));
        if let Some(vkey) = witnesses.iter().find(|vkey| !confirmed(vkey)) {
            let (file, name) = (file.display(), &vkey.name);
            return Ok(Some(format!("{file}: {name} has not confirmed it")));
        }
    }
    Ok(None)
}

fn kept(file: &Path) -> Result<(String, Checkpoint), String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let checkpoint = Checkpoint::read(&text)
        .map_err(|error| format!("{}: {error}", file.display()))?
        .0;
    Ok((text, checkpoint))
}

/// Checks a whole trail.
pub(super) fn verify(dir: &Path, trust: &Trust, json: bool) -> ExitCode {
    if !dir.is_dir() {
        return output::wrong(
            &format!(
                "{} is no folder; give the data folder, or its audit folder",
                dir.display()
            ),
            json,
        );
    }
    let report = verify_with(dir, trust);
    if json {
        match serde_json::to_value(&report) {
            Ok(value) => output::object(&value),
            Err(error) => return output::wrong(&error.to_string(), json),
        }
    } else if let Some(bad) = &report.first_bad {
        output::print(&format!(
            "NOT as it was written: {}:{}: {}\n",
            bad.file, bad.line, bad.why
        ));
    } else {
        let kinds: Vec<String> = report
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        output::print(&format!(
            "Good: {} records in {} chains ({}); {} attempts still open.\n{} checkpoints, {} records not signed yet; signed by {}.\n",
            report.records,
            report.chains,
            kinds.join(", "),
            report.open,
            report.checkpoints,
            report.unsigned,
            if report.keys.is_empty() {
                "nobody".to_owned()
            } else {
                report.keys.join(", ")
            },
        ));
        match trust.checkpoints.len() {
            0 => {}
            1 => output::print("It holds what the kept checkpoint signs.\n"),
            many => output::print(&format!(
                "It holds what the {many} kept checkpoints sign.\n"
            )),
        }
    }
    exit(report.ok)
}

fn exit(ok: bool) -> ExitCode {
    ExitCode::from(if ok { output::WELL } else { output::FAILED })
}

/// Writes a proof of each record of a call.
pub(super) fn prove_call(data: &Path, call: &str, to: &Path, json: bool) -> ExitCode {
    let id: CallId = match call.parse() {
        Ok(id) => id,
        Err(problem) => return output::wrong(problem, json),
    };
    let proofs = match prove(&trail_folder(data), id) {
        Ok(proofs) => proofs,
        Err(error) => return failed(&chain(&error), json),
    };
    let mut files = Vec::new();
    for (number, proof) in (1..).zip(&proofs) {
        let file = to.join(format!("{call}-{number}.tlog-proof"));
        if let Err(error) = std::fs::write(&file, proof.text()) {
            return output::wrong(
                &format!("{} cannot be written: {error}", file.display()),
                json,
            );
        }
        files.push(file.display().to_string());
    }
    if json {
        output::object(&json!({ "ok": true, "call": call, "proofs": files }));
    } else {
        output::print(&format!("{}\n", files.join("\n")));
    }
    exit(true)
}

/// Checks one proof against a key.
pub(super) fn check_proof(file: &Path, keys: &[String], json: bool) -> ExitCode {
    let read = || -> Result<(Proof, Vec<PublicKey>), String> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        let proof = Proof::read(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let keys: Vec<_> = keys
            .iter()
            .map(|key| public(key))
            .collect::<Result<_, _>>()?;
        Ok((proof, keys))
    };
    let (proof, keys) = match read() {
        Ok(read) => read,
        Err(problem) => return output::wrong(&problem, json),
    };
    let checks: Vec<_> = keys.iter().map(|key| proof.verify(key)).collect();
    match checks.iter().find_map(|check| check.as_ref().ok()) {
        Some(checkpoint) => {
            let record = String::from_utf8_lossy(&proof.record);
            if json {
                let record: serde_json::Value = serde_json::from_str(&record).unwrap_or_default();
                output::object(
                    &json!({ "ok": true, "origin": checkpoint.origin, "index": proof.index, "size": checkpoint.size, "record": record }),
                );
            } else {
                output::print(&format!(
                    "Good: record {} of {}, among {} that are signed.\n{record}\n",
                    proof.index + 1,
                    checkpoint.origin,
                    checkpoint.size
                ));
            }
            exit(true)
        }
        None => {
            let why = checks.into_iter().find_map(Result::err);
            failed(
                why.unwrap_or("no key was given; take --key from whom you trust"),
                json,
            )
        }
    }
}

/// What came between two checkpoints, with the proof that nothing before was changed.
pub(super) fn diff(data: &Path, old: &Path, new: Option<&Path>, json: bool) -> ExitCode {
    let trail = trail_folder(data);
    let read = || -> Result<(Checkpoint, Checkpoint), String> {
        let old = kept(old)?.1;
        let new = match new {
            Some(file) => kept(file)?.1,
            None => newest(&trail, old.origin.rsplit('/').next().unwrap_or_default())?.1,
        };
        Ok((old, new))
    };
    let (old, new) = match read() {
        Ok(both) => both,
        Err(problem) => return output::wrong(&problem, json),
    };
    let growth = match consistency(&trail, &old, &new) {
        Ok(growth) => growth,
        Err(error) => return failed(&chain(&error), json),
    };
    let head = |one: &Checkpoint| json!({ "size": one.size, "root": STANDARD.encode(one.root) });
    let proof: Vec<String> = growth
        .proof
        .iter()
        .map(|hash| STANDARD.encode(hash))
        .collect();
    if json {
        output::object(
            &json!({ "ok": true, "origin": old.origin, "old": head(&old), "new": head(&new), "records": new.size - old.size, "kinds": growth.kinds, "proof": proof }),
        );
    } else {
        let kinds: Vec<String> = growth
            .kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        output::print(&format!(
            "Good: {} grew from {} to {} records and the first {} are unchanged ({} hashes prove it). In between: {}.\n",
            old.origin,
            old.size,
            new.size,
            old.size,
            proof.len(),
            if kinds.is_empty() {
                "nothing".to_owned()
            } else {
                kinds.join(", ")
            }
        ));
    }
    exit(true)
}

/// The newest checkpoint of a chain, or of the newest chain that has one.
pub(super) fn newest(trail: &Path, instance: &str) -> Result<(String, Checkpoint), String> {
    let mut names = marshal_audit::chains_in_order(trail).map_err(|error| error.to_string())?;
    names.reverse();
    names.retain(|name| instance.is_empty() || name == instance);
    for name in names {
        let mut last = None;
        let read = each_record(trail, &name, &mut |_, line| {
            if memchr::memmem::find(line, b"\"kind\":\"checkpoint\"").is_some() {
                last = Some(line.to_vec());
            }
            true
        });
        read.map_err(|error| error.to_string())?;
        let note = last
            .and_then(|line| serde_json::from_slice::<serde_json::Value>(&line).ok())
            .and_then(|record| record["note"].as_str().map(str::to_owned));
        if let Some(note) = note
            && let Ok((checkpoint, _)) = Checkpoint::read(&note)
        {
            return Ok((note, checkpoint));
        }
    }
    Err(
        "the trail has no checkpoint yet; a running gateway signs one within a second of a record"
            .to_owned(),
    )
}

/// Prints the newest checkpoint, for somebody else to keep.
pub(super) fn checkpoint(data: &Path, json: bool) -> ExitCode {
    match newest(&trail_folder(data), "") {
        Ok((note, checkpoint)) if json => {
            output::object(
                &json!({ "ok": true, "note": note, "origin": checkpoint.origin, "size": checkpoint.size }),
            );
            exit(true)
        }
        Ok((note, _)) => {
            output::print(&note);
            exit(true)
        }
        Err(why) => failed(&why, json),
    }
}

/// Writes a chain as the static files of C2SP's tlog-tiles.
pub(super) fn tiles(data: &Path, instance: Option<&str>, to: &Path, json: bool) -> ExitCode {
    let trail = trail_folder(data);
    let name = match instance {
        Some(name) => name.to_owned(),
        None => match newest(&trail, "") {
            Ok((_, newest)) => newest
                .origin
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
            Err(why) => return failed(&why, json),
        },
    };
    match write_tiles(&trail, &name, to) {
        Ok(checkpoint) => {
            if json {
                output::object(
                    &json!({ "ok": true, "origin": checkpoint.origin, "size": checkpoint.size }),
                );
            } else {
                output::print(&format!(
                    "{} records of {} in {}\n",
                    checkpoint.size,
                    checkpoint.origin,
                    to.display()
                ));
            }
            exit(true)
        }
        Err(error) => failed(&chain(&error), json),
    }
}

/// A check that failed, in a sentence.
pub(super) fn failed(why: &str, json: bool) -> ExitCode {
    eprintln!("{why}");
    if json {
        output::object(&json!({ "ok": false, "error": why }));
    }
    exit(false)
}
