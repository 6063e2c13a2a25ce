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

Three commands check all of it. The first has to print the second's `sha256sums`, and KEY is the key that you know:

    sha256sum --check --strict SHA256SUMS && sha256sum SHA256SUMS
    python3 verify.py --proof bundle.tlog-proof --key KEY
    for proof in proofs/*.tlog-proof; do python3 verify.py --proof \"$proof\" --key KEY || exit 1; done

or, with the program: marshal audit report --check DIR --key KEY

Where audit/ is there, python3 verify.py audit --key KEY verifies the trail, and the program's check puts every question to it
anew: the report has to come out as it stands. Whoever has a copy of the trail from elsewhere can do the same.
";

/// Copies the trail as it is now, for a report that can be made anew from the copy.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn copy_trail(data: &Path, folder: &Path) -> Result<(), String> {
    let (from, to) = (trail_folder(data), trail_folder(folder));
    if to.exists() {
        return Err(format!(
            "{} is there already; name a folder that is not there yet",
            to.display()
        ));
    }
    let cannot = |error: std::io::Error| format!("{} cannot be copied: {error}", from.display());
    for chain in chain_folders(&from).map_err(cannot)? {
        std::fs::create_dir_all(to.join(&chain)).map_err(cannot)?;
        for number in segment_numbers(&from, &chain).map_err(cannot)? {
            let file = Path::new(&chain).join(segment_file(number));
            std::fs::copy(from.join(&file), to.join(&file)).map_err(cannot)?;
        }
    }
    Ok(())
}

/// Writes it: what `evidence` was made from, and in `folder` the trail itself if [`copy_trail`] was there before.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn write(config: &Config, evidence: &Evidence, folder: &Path) -> Result<(), String> {
    let copied = trail_folder(folder);
    let trail = if copied.is_dir() {
        copied
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
    let mut all: BTreeMap<String, String> = records(folder)?;
    all.extend(
        files
            .iter()
            .map(|(name, bytes)| (name.clone(), sha256(bytes))),
    );
    let lines = all.iter().map(|(name, sum)| format!("{sum}  {name}\n"));
    let sums: String = lines.collect();
    let leaf = json!({ "bundle": KIND, "not_signed_yet": unproved, "sha256sums": sha256(sums.as_bytes()) });
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

/// The digests of the trail's segments in a bundle, if it has any.
fn records(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let trail = trail_folder(folder);
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", trail.display());
    let mut sums = BTreeMap::new();
    for chain in chain_folders(&trail).map_err(cannot)? {
        for number in segment_numbers(&trail, &chain).map_err(cannot)? {
            let name = format!("{RECORDS}/{chain}/{}", segment_file(number));
            sums.insert(name.clone(), sum_of(folder, &name)?);
        }
    }
    Ok(sums)
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

/// Checks a bundle: the key signed its digests, each file has its own, and each record that the report names is proved.
pub(super) fn check(folder: &Path, keys: &[String], json: bool) -> ExitCode {
    match checked(folder, keys) {
        Ok((files, proofs)) => {
            if json {
                output::object(&json!({ "ok": true, "files": files, "proofs": proofs }));
            } else {
                output::print(&format!(
                    "Good: {files} files are as they were signed, {proofs} records are proved.\n"
                ));
            }
            ExitCode::from(output::WELL)
        }
        Err(why) => proofs::failed(&why, json),
    }
}

fn checked(folder: &Path, keys: &[String]) -> Result<(usize, usize), String> {
    let keys = proofs::trust(keys, &[])?.keys;
    let (signed, origin) = proved(folder, SIGNED, &keys)?;
    if signed["bundle"] != KIND || !origin.ends_with(&format!("/{ORIGIN}")) {
        return Err(format!("{SIGNED} is the proof of something else"));
    }
    let sums = read(folder, SUMS)?;
    if signed["sha256sums"] != sha256(&sums) {
        return Err(format!("{SUMS} is not the file that was signed"));
    }
    let sums = String::from_utf8_lossy(&sums).into_owned();
    let files: BTreeMap<&str, &str> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name, sum))
        .collect();
    for (name, sum) in &files {
        if *sum != sum_of(folder, name)? {
            return Err(format!("{name} is not the file that was signed"));
        }
    }
    if files.keys().any(|name| name.starts_with(RECORDS)) {
        asked_anew(folder, &keys)?;
    }
    let report: Value = serde_json::from_slice(&read(folder, "report.json")?)
        .map_err(|_| "report.json is none".to_owned())?;
    let waiting: Vec<&str> = signed["not_signed_yet"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let places = places(&report);
    for place in places.iter().filter(|place| !waiting.contains(&&***place)) {
        let name = proof_file(place);
        if !files.contains_key(&*name) {
            return Err(format!("{place} is named by the report, and not proved"));
        }
        proved(folder, &name, &keys)?;
    }
    Ok((files.len(), places.len() - waiting.len().min(places.len())))
}

/// Puts the report's questions to the records that came along: they have to answer as it says.
fn asked_anew(folder: &Path, keys: &[PublicKey]) -> Result<(), String> {
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
    if anew.to_json() == text {
        Ok(())
    } else {
        Err("the records in audit/ do not answer as report.json says".to_owned())
    }
}

/// Where the records stand that a report names.
fn places(report: &Value) -> BTreeSet<String> {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let queries = list(report, "controls").into_iter();
    let queries = queries.flat_map(|control| list(&control, "queries"));
    let examples = queries.flat_map(|query| list(&query, "examples"));
    examples
        .filter_map(|example| example["place"].as_str().map(str::to_owned))
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
