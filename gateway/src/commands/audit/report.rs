//! `marshal audit report | inventory | facts`: what the trail shows, for people who ask by the words of a framework.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marshal_audit::proof::{Proof, prove_of_chain};
use marshal_audit::{Spot, segment_file, trail_folder};
use marshal_config::Config;
use marshal_evidence::{Evidence, Framework, fact_sheet, inventory, report};
use marshal_types::{Clock, SystemClock, Timestamp};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::proofs;
use crate::assemble::chain;
use crate::cli::{Format, Period};
use crate::{output, revisions, signing};

/// The second verifier goes along, so that a bundle is checked without this program.
const VERIFIER: &str = include_str!("../../../crates/audit/verify.py");

const README: &str = "Evidence from a Marshal gateway's audit trail.

report.html, report.json   what was asked of the records, control by control, and what they answer
proofs/                    for each record that the report names, the record itself and the proof that it stands in the
                           signed trail (C2SP tlog-proof)
revisions/                 the policies that decided, by the digest that the records name
checkpoint.txt, key.txt    the newest signed checkpoint, and the public key: compare the key with what you were given before
verify.py                  checks a proof with Python's standard library alone
manifest.json              SHA-256 of every other file, and the records that no checkpoint follows yet

    for proof in proofs/*.tlog-proof; do python3 verify.py --proof \"$proof\" --key \"$(cat key.txt)\" || exit 1; done

or, with the program: marshal audit report --check DIR --key KEY
";

/// The period in question.
pub(super) fn times(period: &Period) -> Result<(Timestamp, Timestamp), String> {
    let read = |text: &str, name: &str| {
        Timestamp::parse(text).ok_or_else(|| {
            format!(
                "--{name} {text:?} is no day: write 2026-11-30, or a time as 2026-11-30T12:00:00Z"
            )
        })
    };
    let (from, to) = (read(&period.from, "from")?, read(&period.to, "to")?);
    if from >= to {
        return Err("--to has to be later than --from; it is no part of the period".to_owned());
    }
    Ok((from, to))
}

/// The evidence for a framework.
pub(super) fn run(
    config: &Config,
    framework: &str,
    period: &Period,
    format: Format,
    to_file: Option<&Path>,
    json: bool,
) -> ExitCode {
    let made = || -> Result<Evidence, String> {
        let known: Vec<&str> = Framework::all().iter().map(|one| &*one.id).collect();
        let framework = Framework::by_id(framework).ok_or_else(|| {
            format!(
                "{framework:?} is no framework; there are {}",
                known.join(", ")
            )
        })?;
        let (from, to) = times(period)?;
        let now = SystemClock::new().now();
        report(framework, &config.data_dir, from, to, now).map_err(|error| chain(&error))
    };
    let evidence = match made() {
        Ok(evidence) => evidence,
        Err(problem) => return output::wrong(&problem, json),
    };
    let written = match format {
        Format::Json => write(to_file, &evidence.to_json()),
        Format::Html => write(to_file, &evidence.to_html()),
        Format::Bundle => match to_file {
            Some(folder) => bundle(config, &evidence, folder),
            None => Err("a bundle is a folder: say which with --output DIR".to_owned()),
        },
    };
    match written {
        Ok(()) => {
            if let Some(file) = to_file {
                let summary = serde_json::to_value(evidence.summary).unwrap_or(Value::Null);
                if json {
                    output::object(
                        &json!({ "ok": true, "output": file.display().to_string(), "summary": summary }),
                    );
                } else {
                    output::print(&format!("{}: {summary}\n", file.display()));
                }
            }
            ExitCode::from(output::WELL)
        }
        Err(problem) => output::wrong(&problem, json),
    }
}

/// Models and providers that were used; or one of them, month by month.
pub(super) fn uses(
    data: &Path,
    target: Option<&str>,
    period: &Period,
    format: Format,
    to_file: Option<&Path>,
    json: bool,
) -> ExitCode {
    let made = || -> Result<String, String> {
        let (from, to) = times(period)?;
        let now = SystemClock::new().now();
        let html = match format {
            Format::Html => true,
            Format::Json => false,
            Format::Bundle => {
                return Err("only a report has a bundle; take json or html".to_owned());
            }
        };
        match target {
            Some(target) => fact_sheet(target, data, from, to, now).map(|sheet| {
                if html {
                    sheet.to_html()
                } else {
                    sheet.to_json()
                }
            }),
            None => inventory(data, from, to, now)
                .map(|list| if html { list.to_html() } else { list.to_json() }),
        }
        .map_err(|error| chain(&error))
    };
    match made().and_then(|text| write(to_file, &text)) {
        Ok(()) => ExitCode::from(output::WELL),
        Err(problem) => output::wrong(&problem, json),
    }
}

fn write(to: Option<&Path>, text: &str) -> Result<(), String> {
    match to {
        None => {
            output::print(&format!("{}\n", text.trim_end()));
            Ok(())
        }
        Some(file) => std::fs::write(file, text)
            .map_err(|error| format!("{} cannot be written: {error}", file.display())),
    }
}

/// Writes what is needed to check the report without this gateway.
fn bundle(config: &Config, evidence: &Evidence, folder: &Path) -> Result<(), String> {
    let trail = trail_folder(&config.data_dir);
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut put = |name: &str, text: &str| drop(files.insert(name.to_owned(), text.into()));
    put("README.txt", README);
    put("report.json", &evidence.to_json());
    put("report.html", &evidence.to_html());
    put("verify.py", VERIFIER);
    let (note, _) = proofs::newest(&trail, "")?;
    put("checkpoint.txt", &note);
    if let Some(signer) = signing::read(&signing::key_file(config))? {
        put("key.txt", &signer.public_text());
    }
    let mut digests = BTreeSet::new();
    let mut unproved = Vec::new();
    for (place, proof) in prove_examples(&trail, evidence)? {
        let Some(proof) = proof else {
            unproved.push(place);
            continue;
        };
        if let Ok(record) = serde_json::from_slice::<Value>(&proof.record) {
            let named = ["policy", "policy_digest", "to", "from"].map(|name| &record[name]);
            digests.extend(
                named
                    .into_iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned),
            );
        }
        let name = format!("proofs/{}.tlog-proof", place.replace(['/', ':'], "-"));
        put(&name, &proof.text());
    }
    for digest in digests {
        let file = revisions::folder(&config.data_dir).join(format!("{digest}.json"));
        // One from before revisions were kept is not there; the report itself does not depend on it.
        if let Ok(text) = std::fs::read_to_string(&file) {
            put(&format!("revisions/{digest}.json"), &text);
        }
    }
    let sums: BTreeMap<&String, String> = files
        .iter()
        .map(|(name, bytes)| (name, sha256(bytes)))
        .collect();
    let manifest =
        serde_json::to_string_pretty(&json!({ "files": sums, "not_signed_yet": unproved }))
            .map_err(|error| error.to_string())?;
    files.insert("manifest.json".to_owned(), manifest.into_bytes());
    for (name, bytes) in files {
        let file = folder.join(name);
        let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&file, bytes))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A proof of each record that the report names, by its place.
fn prove_examples(
    trail: &Path,
    evidence: &Evidence,
) -> Result<Vec<(String, Option<Proof>)>, String> {
    let mut named: BTreeMap<String, BTreeSet<Spot>> = BTreeMap::new();
    let queries = evidence
        .controls
        .iter()
        .flat_map(|control| &control.queries);
    for example in queries.flat_map(|query| &query.answer.examples) {
        let place = example
            .place
            .split_once('/')
            .zip(example.place.rsplit_once(':'));
        if let Some(((instance, rest), (_, line))) = place
            && let Some(segment) = rest.split('.').next().and_then(|name| name.parse().ok())
            && let Ok(line) = line.parse()
        {
            let spots = named.entry(instance.to_owned()).or_default();
            spots.insert(Spot { segment, line });
        }
    }
    let mut proofs = Vec::new();
    for (instance, spots) in named {
        let of_chain = prove_of_chain(trail, &instance, &|spot, _| spots.contains(&spot))
            .map_err(|error| chain(&error))?;
        proofs.extend(of_chain.into_iter().map(|(spot, proof)| {
            let place = format!("{instance}/{}:{}", segment_file(spot.segment), spot.line);
            (place, proof)
        }));
    }
    Ok(proofs)
}

/// Checks a bundle: its files are those of its manifest, and its proofs hold.
pub(super) fn check(folder: &Path, keys: &[String], json: bool) -> ExitCode {
    match checked(folder, keys) {
        Ok((files, proofs)) => {
            if json {
                output::object(&json!({ "ok": true, "files": files, "proofs": proofs }));
            } else {
                output::print(&format!(
                    "Good: {files} files are as the manifest says, {proofs} records are proved.\n"
                ));
            }
            ExitCode::from(output::WELL)
        }
        Err(why) => proofs::failed(&why, json),
    }
}

fn checked(folder: &Path, keys: &[String]) -> Result<(usize, usize), String> {
    let read = |file: &PathBuf| {
        std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
    };
    let manifest: Value = serde_json::from_slice(&read(&folder.join("manifest.json"))?)
        .map_err(|_| "manifest.json is none".to_owned())?;
    let files = manifest["files"]
        .as_object()
        .ok_or("manifest.json names no files")?;
    let trust = proofs::trust(keys, &[])?;
    let mut proved = 0;
    for (name, sum) in files {
        let bytes = read(&folder.join(name))?;
        if sum.as_str() != Some(&*sha256(&bytes)) {
            return Err(format!("{name} is not the file that the manifest names"));
        }
        if name.ends_with(".tlog-proof") {
            let proof = Proof::read(&String::from_utf8_lossy(&bytes))
                .map_err(|error| format!("{name}: {error}"))?;
            let holds = trust.keys.iter().any(|key| proof.verify(key).is_ok());
            if !holds {
                return Err(format!("{name} does not hold for the key that was given"));
            }
            proved += 1;
        }
    }
    Ok((files.len(), proved))
}
