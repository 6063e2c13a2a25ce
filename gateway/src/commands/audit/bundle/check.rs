//! Checks a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use marshal_audit::proof::{Proof, PublicKey};
use marshal_audit::{Trust, verify_with};
use marshal_evidence::{Framework, report};
use marshal_types::Timestamp;
use serde_json::{Value, json};

use super::super::proofs;
use super::{KIND, ORIGIN, RECORDS, SIGNED, SUMS, listed, proof_file, sha256, sum_of};
use crate::assemble::chain;
use crate::output;

/// What a good bundle holds.
struct Checked {
    files: usize,
    proofs: usize,
    /// Whether the trail came along.
    records: bool,
}

/// Checks a bundle: the key signed its digests, each file has its own, and each record that the report names is proved.
pub(in super::super) fn check(folder: &Path, keys: &[String], json: bool) -> ExitCode {
    match checked(folder, keys) {
        Ok(Checked {
            files,
            proofs,
            records,
        }) => {
            if json {
                output::object(
                    &json!({ "ok": true, "files": files, "proofs": proofs, "records": records }),
                );
            } else {
                let anew = if records {
                    ", and all records answer as the report says"
                } else {
                    "; the records are not in it, so what the report says of them is the signer's word"
                };
                output::print(&format!(
                    "Good: {files} files are as they were signed, {proofs} records are proved{anew}.\n"
                ));
            }
            ExitCode::from(output::WELL)
        }
        Err(why) => proofs::failed(&why, json),
    }
}

fn checked(folder: &Path, keys: &[String]) -> Result<Checked, String> {
    let keys = proofs::trust(keys, &[])?.keys;
    let mut there = listed(folder)?;
    let (signed, origin) = proved(folder, SIGNED, &keys)?;
    if signed["bundle"] != KIND || !origin.ends_with(&format!("/{ORIGIN}")) {
        return Err(format!("{SIGNED} is the proof of something else"));
    }
    let sums = read(folder, SUMS)?;
    if signed["sha256sums"] != sha256(&sums) {
        return Err(format!("{SUMS} is not the file that was signed"));
    }
    let sums = String::from_utf8_lossy(&sums).into_owned();
    let mut files = BTreeMap::new();
    for line in sums.lines() {
        let (sum, name) = line
            .split_once("  ")
            .ok_or_else(|| format!("{SUMS} has a line that is none: {line:?}"))?;
        files.insert(name.to_owned(), sum);
    }
    there.retain(|name| !matches!(&**name, SUMS | SIGNED));
    if let Some(name) = there.iter().find(|name| !files.contains_key(*name)) {
        return Err(format!("{name} was not signed"));
    }
    for (name, sum) in &files {
        // Names that lead elsewhere are of no file that was listed.
        if !there.contains(name) {
            return Err(format!("{name} is missing"));
        }
        if *sum != sum_of(folder, name)? {
            return Err(format!("{name} is not the file that was signed"));
        }
    }
    let records = files.keys().any(|name| name.starts_with(RECORDS));
    if records {
        asked_anew(folder, &signed, &keys)?;
    }
    let report: Value = serde_json::from_slice(&read(folder, "report.json")?)
        .map_err(|_| "report.json is none".to_owned())?;
    let waiting: BTreeSet<&str> = signed["not_signed_yet"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut proofs = 0;
    for (place, call) in places(&report) {
        if waiting.contains(&*place) {
            continue;
        }
        let name = proof_file(&place);
        if !files.contains_key(&name) {
            return Err(format!("{place} is named by the report, and not proved"));
        }
        let (record, origin) = proved(folder, &name, &keys)?;
        let instance = place.split('/').next().unwrap_or_default();
        let fits = origin.ends_with(&format!("/{instance}"))
            && call.is_none_or(|call| record["call"] == *call);
        if !fits {
            return Err(format!("{name} proves another record than {place}"));
        }
        proofs += 1;
    }
    Ok(Checked {
        files: files.len(),
        proofs,
        records,
    })
}

/// Puts the report's questions to the records that came along: they have to answer as it says.
fn asked_anew(folder: &Path, signed: &Value, keys: &[PublicKey]) -> Result<(), String> {
    let trust = Trust {
        keys: keys.to_vec(),
        ..Trust::default()
    };
    let verified = verify_with(folder, &trust);
    let text = String::from_utf8_lossy(&read(folder, "report.json")?).into_owned();
    let said: Value = serde_json::from_str(&text).map_err(|_| "report.json is none".to_owned())?;
    if !verified.ok && said["trail"]["ok"] == true {
        return Err("the records in audit/ do not verify with the key that was given".to_owned());
    }
    let time = |name: &str| {
        said[name]
            .as_str()
            .and_then(Timestamp::parse)
            .ok_or_else(|| format!("report.json does not say {name}"))
    };
    let framework = said["framework"].as_str().unwrap_or_default();
    let framework = Framework::by_id(framework)
        .ok_or_else(|| format!("{framework:?} is no framework that this version knows"))?;
    let anew = report(
        framework,
        folder,
        time("from")?,
        time("to")?,
        time("generated")?,
    )
    .map_err(|error| chain(&error))?;
    let html = String::from_utf8_lossy(&read(folder, "report.html")?).into_owned();
    for (name, text, anew) in [
        ("report.json", text, anew.to_json()),
        ("report.html", html, anew.to_html()),
    ] {
        if anew == text {
            continue;
        }
        let version = env!("CARGO_PKG_VERSION");
        return Err(match signed["version"].as_str() {
            Some(by) if by != version => format!(
                "{name} was made by version {by}, whose words may be others than those of {version}; check it with that version"
            ),
            _ => format!("the records in audit/ do not answer as {name} says"),
        });
    }
    Ok(())
}

/// Where the records stand that a report names, and of which call they are.
fn places(report: &Value) -> BTreeMap<String, Option<String>> {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let queries = list(report, "controls").into_iter();
    let queries = queries.flat_map(|control| list(&control, "queries"));
    let examples = queries.flat_map(|query| list(&query, "examples"));
    let text = |example: &Value, name: &str| example[name].as_str().map(str::to_owned);
    examples
        .filter_map(|example| Some((text(&example, "place")?, text(&example, "call"))))
        .collect()
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    let file = folder.join(name);
    std::fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

/// The record of a proof that holds for one of the keys, and whose log it is of.
fn proved(folder: &Path, name: &str, keys: &[PublicKey]) -> Result<(Value, String), String> {
    let text = read(folder, name)?;
    let proof =
        Proof::read(&String::from_utf8_lossy(&text)).map_err(|error| format!("{name}: {error}"))?;
    let checkpoint = keys.iter().find_map(|key| proof.verify(key).ok());
    let checkpoint =
        checkpoint.ok_or_else(|| format!("{name} does not hold for the key that was given"))?;
    let record = serde_json::from_slice(&proof.record);
    let record = record.map_err(|_| format!("{name} proves something that is no record"))?;
    Ok((record, checkpoint.origin))
}
