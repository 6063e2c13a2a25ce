//! A report in a folder with what it stands on: checked, and believed, without the gateway that made it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use marshal_audit::proof::{Checkpoint, Proof, PublicKey, Signer, Tree, leaf_hash, prove_of_chain};
use marshal_audit::{
    Spot, Trust, chain_folders, segment_file, segment_numbers, trail_folder, verify_with,
};
use marshal_config::Config;
use marshal_evidence::{Evidence, Framework, report};
use marshal_types::Timestamp;
use ring::digest::{Context, SHA256, digest};
use serde_json::{Value, json};

use super::proofs;
use crate::assemble::chain;
use crate::{output, revisions, signing};

/// The second verifier goes along, so that a bundle is checked without this program.
const VERIFIER: &str = include_str!("../../../crates/audit/verify.py");

/// Digests of all other files, as `sha256sum` writes and checks them.
const SUMS: &str = "SHA256SUMS";
/// That the key of the trail signed those digests: the proof of a tree with one leaf, so that whoever checks one checks all.
const SIGNED: &str = "bundle.tlog-proof";
/// The folder of the trail, in a bundle as in a data folder.
const RECORDS: &str = "audit";
/// What that leaf is, in its member `bundle`.
const KIND: &str = "marshal-evidence@1";
/// The last part of its origin: no chain is called so.
const ORIGIN: &str = "evidence";

const README: &str = "Evidence from a Marshal gateway's audit trail.

report.html, report.json   what was asked of the records, control by control, and what they answer
proofs/                    for each record that the report names, the record itself and the proof that it stands in the
                           signed trail (C2SP tlog-proof)
revisions/                 the policies that decided, by the digest that the records name
checkpoint.txt, key.txt    the newest signed checkpoint, and the public key: compare the key with what you were given before
verify.py                  checks a proof with Python's standard library alone
SHA256SUMS                 digests of all of the above
bundle.tlog-proof          the digest of SHA256SUMS, signed with the trail's key

audit/                     with --records: a copy of the whole trail, so that the questions can be put anew

Three commands check all of it, with the verify.py that you have from the gateway's release: the one in here is one of the
files that are to be checked. The first has to print the second's `sha256sums`, and KEY is the key that you know:

    sha256sum --check --strict SHA256SUMS && sha256sum SHA256SUMS
    python3 verify.py --proof bundle.tlog-proof --key KEY
    (for proof in proofs/*.tlog-proof; do python3 verify.py --proof \"$proof\" --key KEY || exit 1; done)

or, with the program: marshal audit report --check DIR --key KEY

Where audit/ is there, python3 verify.py audit --key KEY verifies the trail, and the program's check puts every question to it
anew: the report has to come out as it stands. Whoever has a copy of the trail from elsewhere can do the same.
";

/// A bundle gets a folder of its own: nothing of another one is in it.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn must_be_empty(folder: &Path) -> Result<(), String> {
    if std::fs::read_dir(folder).is_ok_and(|mut there| there.next().is_some()) {
        return Err(format!(
            "{} is not empty; name a folder that is not there yet",
            folder.display()
        ));
    }
    Ok(())
}

/// Copies the trail as it is now, for a report that can be made anew from the copy.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn copy_trail(data: &Path, folder: &Path) -> Result<(), String> {
    let (from, to) = (trail_folder(data), trail_folder(folder));
    let cannot = |error: std::io::Error| format!("{} cannot be copied: {error}", from.display());
    // A chain that begins meanwhile links records that came after those that were copied: once more, then.
    for _ in 0..2 {
        for chain in chain_folders(&from).map_err(cannot)? {
            std::fs::create_dir_all(to.join(&chain)).map_err(cannot)?;
            for number in segment_numbers(&from, &chain).map_err(cannot)? {
                let file = Path::new(&chain).join(segment_file(number));
                std::fs::copy(from.join(&file), to.join(&file)).map_err(cannot)?;
            }
        }
        if verify_with(folder, &Trust::default()).ok {
            break;
        }
    }
    Ok(())
}

/// Writes it; with `records` what `evidence` was made from is in `folder`, by [`copy_trail`].
///
/// # Errors
/// A sentence for the operator.
pub(super) fn write(
    config: &Config,
    evidence: &Evidence,
    records: bool,
    folder: &Path,
) -> Result<(), String> {
    let trail = if records {
        trail_folder(folder)
    } else {
        trail_folder(&config.data_dir)
    };
    let signer = signing::read(&signing::key_file(config))?
        .ok_or("there is no key yet that signs the trail; the first `marshal serve` makes one")?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut put = |name: &str, text: &str| drop(files.insert(name.to_owned(), text.into()));
    put("README.txt", README);
    put("report.json", &evidence.to_json());
    put("report.html", &evidence.to_html());
    put("verify.py", VERIFIER);
    let (note, _) = proofs::newest(&trail, "")?;
    put("checkpoint.txt", &note);
    put("key.txt", &signer.public_text());
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
        put(&proof_file(&place), &proof.text());
    }
    for digest in digests {
        let file = revisions::folder(&config.data_dir).join(format!("{digest}.json"));
        // One from before revisions were kept is not there; the report itself does not depend on it.
        if let Ok(text) = std::fs::read_to_string(&file) {
            put(&format!("revisions/{digest}.json"), &text);
        }
    }
    let mut all = BTreeMap::new();
    for name in listed(folder)? {
        let sum = sum_of(folder, &name)?;
        all.insert(name, sum);
    }
    let made = files.iter();
    all.extend(made.map(|(name, bytes)| (name.clone(), sha256(bytes))));
    let lines = all.iter().map(|(name, sum)| format!("{sum}  {name}\n"));
    let sums: String = lines.collect();
    let leaf = json!({ "bundle": KIND, "not_signed_yet": unproved, "sha256sums": sha256(sums.as_bytes()), "version": env!("CARGO_PKG_VERSION") });
    let signed = sign(&leaf, &format!("{}/{ORIGIN}", config.audit.name), &signer);
    files.insert(SUMS.to_owned(), sums.into_bytes());
    files.insert(SIGNED.to_owned(), signed.text().into_bytes());
    for (name, bytes) in files {
        let file = folder.join(name);
        let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&file, bytes))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(())
}

/// Every file in a bundle, by its name there. There is nothing in it but folders and files.
fn listed(folder: &Path) -> Result<BTreeSet<String>, String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(name) = folders.pop() {
        let path = folder.join(&name);
        let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let entries = match std::fs::read_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(cannot)?,
        };
        for entry in entries {
            let entry = entry.map_err(cannot)?;
            let kind = entry.file_type().map_err(cannot)?;
            let text = entry.file_name().to_string_lossy().into_owned();
            let below = if name.is_empty() {
                text
            } else {
                format!("{name}/{text}")
            };
            if kind.is_dir() {
                folders.push(below);
            } else if kind.is_file() {
                files.insert(below);
            } else {
                return Err(format!("{below} is neither a file nor a folder"));
            }
        }
    }
    Ok(files)
}

/// Of a file that may be large.
fn sum_of(folder: &Path, name: &str) -> Result<String, String> {
    let file = folder.join(name);
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    let mut open = File::open(&file).map_err(cannot)?;
    let (mut hash, mut part) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        match open.read(&mut part).map_err(cannot)? {
            0 => return Ok(hex(hash.finish().as_ref())),
            some => hash.update(&part[..some]),
        }
    }
}

fn sign(leaf: &Value, origin: &str, key: &Signer) -> Proof {
    let record = leaf.to_string().into_bytes();
    let mut tree = Tree::default();
    tree.push(leaf_hash(&record));
    Proof {
        index: 0,
        record,
        hashes: Vec::new(),
        checkpoint: Checkpoint::of(origin, &tree).signed(key),
    }
}

fn proof_file(place: &str) -> String {
    format!("proofs/{}.tlog-proof", place.replace(['/', ':'], "-"))
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

/// What a good bundle holds.
struct Checked {
    files: usize,
    proofs: usize,
    /// Whether the trail came along.
    records: bool,
}

/// Checks a bundle: the key signed its digests, each file has its own, and each record that the report names is proved.
pub(super) fn check(folder: &Path, keys: &[String], json: bool) -> ExitCode {
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
