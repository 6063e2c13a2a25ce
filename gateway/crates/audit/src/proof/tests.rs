use super::*;

/// RFC 6962 in its own words, for comparison: roots and proofs of lists of leaves.
fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    match leaves.len() {
        0 | 1 => leaves.iter().for_each(|leaf| tree.push(*leaf)),
        n => {
            let k = n.next_power_of_two() / 2;
            let (left, right) = (root(&leaves[..k]), root(&leaves[k..]));
            let mut context = ring::digest::Context::new(&ring::digest::SHA256);
            [&[1][..], &left, &right]
                .iter()
                .for_each(|part| context.update(part));
            return context.finish().as_ref().try_into().unwrap();
        }
    }
    tree.root()
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|n| leaf_hash(format!("record {n}").as_bytes()))
        .collect()
}

fn proof(mut prover: Prover, leaves: &[Hash]) -> Vec<Hash> {
    leaves.iter().for_each(|leaf| prover.push(*leaf));
    prover.finish()
}

#[test]
fn the_root_of_nothing_and_of_known_leaves_is_that_of_the_standard() {
    let hex = |hash: Hash| {
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    // Test vectors of Certificate Transparency's reference implementation.
    let mut tree = Tree::default();
    assert_eq!(
        hex(tree.root()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    tree.push(leaf_hash(b""));
    assert_eq!(
        hex(tree.root()),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
    tree.push(leaf_hash(&[0]));
    assert_eq!(
        hex(tree.root()),
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    );
}

#[test]
fn every_proof_of_every_small_tree_holds_and_no_other() {
    let all = leaves(40);
    for size in 1..=40_u64 {
        let tree = &all[..size as usize];
        let top = root(tree);
        let mut grown = Tree::default();
        tree.iter().for_each(|leaf| grown.push(*leaf));
        assert_eq!(grown.root(), top);
        for index in 0..size {
            let path = proof(Prover::inclusion(index, size), tree);
            let leaf = tree[index as usize];
            assert!(path.len() <= 6);
            assert!(verify_inclusion(&leaf, index, size, &path, &top));
            assert!(!verify_inclusion(&[7; 32], index, size, &path, &top));
            assert!(!verify_inclusion(&leaf, (index + 1) % size, size, &path, &top) || size == 1);
            for at in 0..path.len() {
                let mut wrong = path.clone();
                wrong[at][0] ^= 1;
                assert!(!verify_inclusion(&leaf, index, size, &wrong, &top));
                wrong.remove(at);
                assert!(!verify_inclusion(&leaf, index, size, &wrong, &top));
            }
        }
        for old in 0..=size {
            let before = root(&all[..old as usize]);
            let path = proof(Prover::consistency(old, size), tree);
            assert!(
                verify_consistency((old, &before), (size, &top), &path),
                "{old} of {size}"
            );
            if old > 0 && old < size {
                assert!(!verify_consistency((old, &[7; 32]), (size, &top), &path));
                assert!(!verify_consistency((old, &before), (size, &[7; 32]), &path));
            }
            for at in 0..path.len() {
                let mut wrong = path.clone();
                wrong[at][31] ^= 1;
                assert!(!verify_consistency((old, &before), (size, &top), &wrong));
            }
        }
    }
}

#[test]
fn a_proof_of_millions_has_at_most_24_hashes() {
    let prover = Prover::inclusion(9_999_999, 10_000_000);
    assert!(prover.finish().len() <= 24);
}

fn signer(seed: u8) -> Signer {
    Signer::from_seed(&[seed; 32]).unwrap()
}

#[test]
fn a_checkpoint_reads_back_and_holds_for_its_key_alone() {
    let mut tree = Tree::default();
    leaves(5).into_iter().for_each(|leaf| tree.push(leaf));
    let checkpoint = Checkpoint::of("marshal/run-1", &tree);
    let signed = checkpoint.signed(&signer(1));
    let (read, note) = Checkpoint::read(&signed).unwrap();
    assert_eq!(read, checkpoint);
    let vkey = signer(1).vkey("marshal/run-1");
    assert!(note.is_signed_by(&vkey));
    assert!(!note.is_signed_by(&signer(2).vkey("marshal/run-1")));
    assert!(!note.is_signed_by(&signer(1).vkey("marshal/run-2")));
    assert_eq!(Vkey::parse(&vkey.to_string()), Some(vkey.clone()));
    for other in [
        signed.replace("\n5\n", "\n6\n"),
        signed.replace("run-1\n5", "run-2\n5"),
    ] {
        let (_, note) = Checkpoint::read(&other).unwrap();
        assert!(!note.is_signed_by(&vkey), "{other}");
    }
    for none in [
        signed.replace("\n5\n", "\n05\n"),
        signed.replace('\u{2014}', "-"),
        signed.replace("\n\n", "\n"),
        String::new(),
    ] {
        assert_eq!(Checkpoint::read(&none), Err(NotOne), "{none}");
    }
    let id = vkey.to_string().replacen("run-1", "run-3", 1);
    assert_eq!(Vkey::parse(&id), None, "the id is another name's");
}

#[test]
fn a_witness_confirms_a_text_and_a_time() {
    let signed = Checkpoint::of("log", &Tree::default()).signed(&signer(1));
    let witness = Cosigner {
        name: "witness.example".into(),
        key: std::sync::Arc::new(signer(9)),
    };
    let text = Note::parse(&signed).unwrap().text.to_owned();
    let both = format!("{signed}{}", witness.line(&text, 1_700_000_000));
    let (_, note) = Checkpoint::read(&both).unwrap();
    assert!(note.is_signed_by(&witness.vkey()) && note.is_signed_by(&signer(1).vkey("log")));
    let twice = format!("{both}{}", witness.line(&text, 1));
    let note = Note::parse(&twice).unwrap();
    assert!(
        !note.is_signed_by(&witness.vkey()),
        "twice is once too often"
    );
}

#[test]
fn what_is_no_proof_says_what_it_lacks() {
    let proof = Proof {
        index: 3,
        record: b"{}".to_vec(),
        hashes: leaves(2),
        checkpoint: Checkpoint::of("log", &Tree::default()).signed(&signer(1)),
    };
    assert_eq!(Proof::read(&proof.text()).unwrap(), proof);
    for (from, to) in [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", "other "),
        ("index 3", "index x"),
        ("\n\n", "\n"),
    ] {
        let text = proof.text().replace(from, to);
        assert!(matches!(Proof::read(&text), Err(ProveError::Malformed(_))));
    }
}
