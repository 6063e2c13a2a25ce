//! What signatures, kept checkpoints and proofs show, to both verifiers.

use std::ffi::OsStr;
use std::path::Path;

use marshal_types::CallId;

use super::{lines, python};
use crate::proof::{Checkpoint, Proof, Signer, consistency, prove, write_tiles};
use crate::testbed::*;
use crate::*;

/// What both verifiers say of a trail with what is known from elsewhere: the file and the line, if something is wrong.
fn trusting(folder: &Path, key: Option<&Signer>, kept: &[&str]) -> Option<(String, u64)> {
    let trust = Trust {
        keys: key.iter().map(|key| key.public()).collect(),
        checkpoints: kept
            .iter()
            .map(|note| Checkpoint::read(note).unwrap().0)
            .collect(),
    };
    let report = verify_with(folder, &trust);
    let mut arguments = vec![folder.as_os_str().to_owned()];
    if let Some(key) = key {
        arguments.extend(["--key".into(), key.public_text().into()]);
    }
    let notes = Folder::new();
    for (number, note) in kept.iter().enumerate() {
        let file = notes.0.join(format!("{number}.txt"));
        std::fs::write(&file, note).unwrap();
        arguments.extend(["--checkpoint".into(), file.into()]);
    }
    let arguments: Vec<&OsStr> = arguments.iter().map(|one| &**one).collect();
    if let Some(theirs) = python(&arguments) {
        let bad = serde_json::to_value(&report.first_bad).unwrap();
        for key in ["file", "line"] {
            assert_eq!(bad[key], theirs["first_bad"][key], "{bad} {theirs}");
        }
    }
    report.first_bad.map(|bad| (bad.file, bad.line))
}

fn at(file: &str, line: u64) -> Option<(String, u64)> {
    Some((file.to_owned(), line))
}

#[test]
fn a_kept_checkpoint_and_a_known_key_find_what_the_trail_alone_cannot_show() {
    let write = |key: &Signer, denials: usize| {
        let folder = Folder::new();
        let mut pen = Pen::start_with(&folder.0, "a", 1_000_000, Vec::new(), key);
        let mut notes = Vec::new();
        for number in 0..denials {
            pen.write(&deny(CallId::fresh()));
            if number % 2 == 1 {
                notes.push(pen.sign());
            }
        }
        (folder, notes)
    };
    let (folder, notes) = write(&key(), 4);
    let [first, last] = &notes[..] else { panic!() };
    assert_eq!(trusting(&folder.0, Some(&key()), &[first, last]), None);
    let other = Signer::from_seed(&[6; 32]).unwrap();
    assert_eq!(
        trusting(&folder.0, Some(&other), &[]),
        at("a/000001.jsonl", 1)
    );

    // The newest records cut off whole: nothing in the trail itself tells.
    let file = folder.0.join("a/000001.jsonl");
    lines(&file, |lines| lines.truncate(5));
    assert_eq!(trusting(&folder.0, Some(&key()), &[first]), None);
    assert_eq!(
        trusting(&folder.0, Some(&key()), &[first, last]),
        at("a/000001.jsonl", 6)
    );

    // Rewritten from the first record on and signed with the stolen key.
    let (rewritten, _) = write(&key(), 4);
    assert_eq!(trusting(&rewritten.0, Some(&key()), &[]), None);
    assert_eq!(
        trusting(&rewritten.0, Some(&key()), &[first]),
        at("a/000001.jsonl", 1)
    );
    std::fs::remove_dir_all(rewritten.0.join("a")).unwrap();
    let (elsewhere, _) = write(&key(), 2);
    std::fs::rename(elsewhere.0.join("a"), rewritten.0.join("a")).unwrap();
    assert!(trusting(&rewritten.0, None, &[last]).is_some());
}

/// Who has no key can write a chain anew, and leave the checkpoints out: all but the newest moment.
#[test]
fn what_no_checkpoint_covers_is_few_and_new() {
    let write = |micros: u64, records: usize| {
        let folder = Folder::new();
        let mut pen = Pen::start(&folder.0, "a", 1_000_000, Vec::new());
        pen.sign();
        for _ in 0..records {
            pen.micros += micros;
            pen.write(&deny(CallId::fresh()));
        }
        (folder, pen)
    };
    let (folder, mut pen) = write(19_000_000, 4);
    assert_eq!(
        trusting(&folder.0, Some(&key()), &[]),
        None,
        "it is less than a minute"
    );
    pen.micros += 4_000_000;
    pen.write(&deny(CallId::fresh()));
    assert_eq!(
        trusting(&folder.0, Some(&key()), &[]),
        at("a/000001.jsonl", 3)
    );
    pen.sign();
    assert_eq!(trusting(&folder.0, Some(&key()), &[]), None);
    pen.write(&Event::Stop(Stop {}));
    assert_eq!(
        trusting(&folder.0, Some(&key()), &[]),
        None,
        "the power may fail between a stop and what signs it"
    );
    pen.sign();
    assert_eq!(trusting(&folder.0, Some(&key()), &[]), None);
}

#[test]
fn a_chain_that_is_not_signed_stands_only_before_those_that_are() {
    let folder = Folder::new();
    let mut old = Pen::start_unsigned(&folder.0, "a", 1_000_000, Vec::new());
    old.write(&Event::Stop(Stop {}));
    assert_eq!(trusting(&folder.0, None, &[]), None);
    assert_eq!(
        trusting(&folder.0, Some(&key()), &[]),
        at("a/000001.jsonl", 1)
    );
    let mut new = Pen::start(&folder.0, "b", 2_000_000, vec![old.link(false)]);
    new.sign();
    assert_eq!(trusting(&folder.0, Some(&key()), &[]), None);
    let link = vec![new.link(true)];
    Pen::start_unsigned(&folder.0, "c", 3_000_000, link);
    assert_eq!(trusting(&folder.0, None, &[]), at("c/000001.jsonl", 1));
}

#[test]
fn every_record_of_a_call_is_proved_and_the_second_verifier_agrees() {
    let folder = Folder::new();
    let calls = story(&folder.0);
    for (call, records) in [(calls.answered, 4), (calls.denied, 1), (calls.left, 2)] {
        let proofs = prove(&folder.0, call);
        if call == calls.left {
            // Its first chain ended before a checkpoint came: its process was killed.
            assert!(proofs.unwrap_err().to_string().contains("a/000003.jsonl:1"));
            continue;
        }
        let proofs = proofs.unwrap();
        assert_eq!(proofs.len(), records);
        for proof in proofs {
            proof.verify(&key().public()).unwrap();
            assert!(String::from_utf8_lossy(&proof.record).contains(&call.to_string()));
            let file = folder.0.join("a.tlog-proof");
            let asked = |proof: &Proof, key: &Signer| {
                std::fs::write(&file, proof.text()).unwrap();
                let key = key.public_text();
                let arguments = [
                    "--proof".as_ref(),
                    file.as_os_str(),
                    "--key".as_ref(),
                    key.as_ref(),
                ];
                python(&arguments).map(|answer| answer["ok"] == true)
            };
            assert_ne!(asked(&proof, &key()), Some(false));
            let other = Signer::from_seed(&[6; 32]).unwrap();
            assert!(proof.verify(&other.public()).is_err());
            assert_ne!(asked(&proof, &other), Some(true));
            for wrong in [
                Proof {
                    index: proof.index + 1,
                    ..proof.clone()
                },
                Proof {
                    record: b"{}".to_vec(),
                    ..proof.clone()
                },
                Proof {
                    hashes: proof.hashes[1..].to_vec(),
                    ..proof.clone()
                },
            ] {
                assert!(wrong.verify(&key().public()).is_err());
                assert_ne!(asked(&wrong, &key()), Some(true));
            }
        }
    }
    assert!(prove(&folder.0, CallId::fresh()).is_err());
}

#[test]
fn growth_between_checkpoints_is_proved_or_the_contradiction_named() {
    let folder = Folder::new();
    let mut pen = Pen::start(&folder.0, "a", 1_000_000, Vec::new());
    let mut heads = Vec::new();
    for _ in 0..5 {
        pen.write(&deny(CallId::fresh()));
        heads.push(Checkpoint::read(&pen.sign()).unwrap().0);
    }
    let growth = consistency(&folder.0, &heads[1], &heads[3]).unwrap();
    assert_eq!(growth.kinds["deny"], 2);
    assert!(crate::proof::verify_consistency(
        (heads[1].size, &heads[1].root),
        (heads[3].size, &heads[3].root),
        &growth.proof
    ));
    let says = |old: &Checkpoint, new: &Checkpoint| {
        consistency(&folder.0, old, new).unwrap_err().to_string()
    };
    assert!(says(&heads[3], &heads[1]).contains("the older one first"));
    let rewritten = Checkpoint {
        root: [0; 32],
        ..heads[1].clone()
    };
    assert!(says(&rewritten, &heads[3]).contains("was rewritten"));
    let later = Checkpoint {
        size: 100,
        ..heads[3].clone()
    };
    assert!(says(&heads[1], &later).contains("records are missing"));
    let elsewhere = |one: &Checkpoint| Checkpoint {
        origin: "marshal/z".into(),
        ..one.clone()
    };
    assert!(says(&elsewhere(&heads[1]), &elsewhere(&heads[3])).contains("no chain"));
    assert!(says(&heads[1], &elsewhere(&heads[3])).contains("two chains"));
}

#[test]
fn tiles_hold_every_record_and_lead_to_the_signed_root() {
    let folder = Folder::new();
    let mut pen = Pen::start(&folder.0, "a", 1_000_000, Vec::new());
    for _ in 0..700 {
        pen.write(&deny(CallId::fresh()));
    }
    pen.sign();
    let to = Folder::new();
    let checkpoint = write_tiles(&folder.0, "a", &to.0).unwrap();
    assert_eq!(checkpoint.size, 701);
    let read = |name: &str| std::fs::read(to.0.join(name)).unwrap();
    let all = [
        read("tile/0/000"),
        read("tile/0/001"),
        read("tile/0/002.p/189"),
    ]
    .concat();
    let mut tree = crate::proof::Tree::default();
    for hash in all.chunks(32) {
        tree.push(hash.try_into().unwrap());
    }
    assert_eq!(tree.root(), checkpoint.root);
    assert_eq!(read("tile/1/000.p/2").len(), 64);
    let entries = [
        read("tile/entries/000"),
        read("tile/entries/001"),
        read("tile/entries/002.p/189"),
    ]
    .concat();
    let (mut rest, mut count) = (&entries[..], 0);
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        assert_eq!(
            crate::proof::leaf_hash(&after[..length]),
            all[count * 32..][..32]
        );
        (rest, count) = (&after[length..], count + 1);
    }
    assert_eq!(count, 701);
    assert_eq!(
        Checkpoint::read(&String::from_utf8(read("checkpoint")).unwrap())
            .unwrap()
            .0,
        checkpoint
    );
}
