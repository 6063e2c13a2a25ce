//! Writes a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use marshal_audit::proof::{Checkpoint, Proof, Signer, Tree, leaf_hash, prove_of_chain};
use marshal_audit::{
    Spot, Trust, chain_folders, segment_file, segment_numbers, trail_folder, verify_with,
};
use marshal_config::Config;
use marshal_evidence::Evidence;
use serde_json::{Value, json};

use super::super::proofs;
use super::{KIND, ORIGIN, SIGNED, SUMS, listed, proof_file, sha256, sum_of};
use crate::assemble::chain;
use crate::{revisions, signing};

/// The second verifier goes along, so that a bundle is checked without this program.
const VERIFIER: &str = include_str!("../../../../crates/audit/verify.py");

const README: &str = "Evidence from a Marshal gateway's audit trail.

report.html, report.json   what was asked of the records, control by control, and what they answer
proofs/                    for each record that the report names, the record itself and the proof that it stands in the
                           signed trail (C2SP tlog-proof)
revisions/                 the policies that decided, by the digest that the records name
checkpoint.txt, key.txt    the newest signed checkpoint, and the public key: compare the key with what you were given before
verify.py                  checks a proof with Python's standard library alone
audit/                     with --records: a copy of the whole trail, so that the questions can be put anew
SHA256SUMS                 digests of all of the above
bundle.tlog-proof          the digest of SHA256SUMS, signed with the trail's key

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
pub(in super::super) fn must_be_empty(folder: &Path) -> Result<(), String> {
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
pub(in super::super) fn copy_trail(data: &Path, folder: &Path) -> Result<(), String> {
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
pub(in super::super) fn write(
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
