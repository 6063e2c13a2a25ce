//! What an auditor asks by the words of a framework is answered from the records, and checked without this gateway.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_audit::proof::{Checkpoint, Proof, Signer, Tree, leaf_hash};
use serde_json::json;

use crate::support::{Dialect, Request, Setup, Speech};

const PERIOD: [&str; 4] = ["--from", "2020-01-01", "--to", "2100-01-01"];

#[test]
fn a_bundle_of_evidence_is_checked_offline_and_a_changed_one_is_found() {
    let mut gateway = Setup::bare().start();
    let card = Dialect::OpenAi.says("demo/demo-chat", "my card is 4111111111111111");
    gateway.ask(Dialect::OpenAi, &card);
    gateway.stop();
    let key = gateway.run(&["audit", "key"]).stdout.trim().to_owned();
    let folder = gateway.home().join("evidence");
    let to = folder.to_str().unwrap();
    for framework in [
        "eu-ai-act",
        "iso-42001",
        "nist-ai-rmf",
        "soc2",
        "hipaa",
        "gdpr",
        "pci",
        "owasp-llm",
    ] {
        let mut asked = vec!["audit", "report", "--framework", framework];
        asked.extend(PERIOD);
        let report = gateway.run(&asked);
        assert_eq!(report.code, Some(0), "{framework}: {}", report.stderr);
        let report = report.json();
        assert_eq!(report["trail"]["ok"], true);
        assert!(report["controls"].as_array().unwrap().len() > 3);
    }
    let bundle = |to: &str, more: &[&str]| {
        let words = ["audit", "report", "--framework", "pci"];
        let of = ["--format", "bundle", "--output", to];
        gateway.run(&[&words[..], &of, &PERIOD, more].concat())
    };
    let made = bundle(to, &[]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let check_of = |folder: &str, key: &str| {
        let checked = gateway.run(&["audit", "report", "--check", folder, "--key", key, "--json"]);
        (checked.code, checked.json())
    };
    let check = |key: &str| check_of(to, key);
    let (code, good) = check(&key);
    assert_eq!(code, Some(0), "{good}");
    assert!(good["proofs"].as_u64().unwrap() > 0);
    assert_eq!(
        check("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").0,
        Some(1)
    );
    // As README.txt says, with what every machine has.
    let by_hand = || {
        let script = "sha256sum --check --strict --quiet SHA256SUMS || exit 1
            sum=$(sha256sum SHA256SUMS | cut -d ' ' -f 1)
            python3 verify.py --proof bundle.tlog-proof --key \"$0\" | grep -q \"$sum\" || exit 1
            for p in proofs/*.tlog-proof; do python3 verify.py --proof \"$p\" --key \"$0\" || exit 1; done";
        let ran = std::process::Command::new("sh")
            .args(["-c", script, &key])
            .current_dir(&folder)
            .output()
            .unwrap();
        ran.status.success()
    };
    assert!(by_hand(), "the verifier in the bundle agrees");
    let revisions: Vec<_> = std::fs::read_dir(folder.join("revisions"))
        .unwrap()
        .collect();
    assert_eq!(revisions.len(), 1, "the policies that decided are there");
    let sums = folder.join("SHA256SUMS");
    let refused = |why: &str| {
        let (code, bad) = check(&key);
        assert_eq!(code, Some(1), "{bad}");
        assert!(bad["error"].as_str().unwrap().contains(why), "{bad}");
        assert!(!by_hand(), "{why}");
    };
    // Whoever changes the report can make its digest anew, but not the signature.
    for (name, bytes) in files(&folder) {
        std::fs::write(&name, [&bytes, &b" "[..]].concat()).unwrap();
        let short = name.file_name().unwrap().to_str().unwrap();
        let (code, _) = check(&key);
        assert_eq!(code, Some(1), "{short} was changed");
        std::fs::write(&name, bytes).unwrap();
    }
    let report = folder.join("report.json");
    let (text, listed) = (
        std::fs::read_to_string(&report).unwrap(),
        std::fs::read_to_string(&sums).unwrap(),
    );
    std::fs::write(&report, text.replace("\"gap\"", "\"evidence\"")).unwrap();
    refused("report.json");
    let again = std::process::Command::new("sh")
        .args([
            "-c",
            "cut -c 67- SHA256SUMS | xargs sha256sum > new; mv new SHA256SUMS",
        ])
        .current_dir(&folder)
        .status();
    assert!(again.unwrap().success());
    refused("SHA256SUMS");
    std::fs::write(&report, &text).unwrap();
    std::fs::write(&sums, "").unwrap();
    refused("SHA256SUMS");
    std::fs::write(&sums, listed).unwrap();
    assert_eq!(check(&key).0, Some(0));
    // With all records the questions are put anew: whoever signed a false report with the trail's own key is found too.
    let whole = gateway.home().join("whole");
    let to_whole = whole.to_str().unwrap();
    let made = bundle(to_whole, &["--records"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let check_whole = || {
        let (code, said) = check_of(to_whole, &key);
        (code, said["error"].clone())
    };
    assert_eq!(check_whole(), (Some(0), json!(null)));
    let ran = std::process::Command::new("python3")
        .args(["verify.py", "audit", "--key", &key])
        .current_dir(&whole)
        .output();
    assert!(ran.unwrap().status.success(), "the copy verifies");
    // Nothing may lie there that was not signed, nor a way out of the folder.
    let more = whole.join("revisions/more.json");
    std::fs::write(&more, "{}").unwrap();
    assert_eq!(check_whole().0, Some(1));
    std::fs::remove_file(&more).unwrap();
    let readme = whole.join("README.txt");
    let away = gateway.home().join("README.txt");
    std::fs::rename(&readme, &away).unwrap();
    std::os::unix::fs::symlink(&away, &readme).unwrap();
    assert_eq!(check_whole().0, Some(1));
    std::fs::rename(&away, &readme).unwrap();
    assert_eq!(check_whole(), (Some(0), json!(null)));
    let again = bundle(to_whole, &["--records"]);
    assert_eq!(again.code, Some(2), "nothing is written over");
    let report = whole.join("report.json");
    let false_one = std::fs::read_to_string(&report).unwrap();
    std::fs::write(&report, false_one.replace("\"gap\"", "\"evidence\"")).unwrap();
    let sums = std::process::Command::new("sh")
        .args(["-c", "cut -c 67- SHA256SUMS | xargs sha256sum"])
        .current_dir(&whole)
        .output()
        .unwrap();
    std::fs::write(whole.join("SHA256SUMS"), &sums.stdout).unwrap();
    sign_anew(&whole.join("bundle.tlog-proof"), &sums.stdout, &gateway);
    let (code, why) = check_whole();
    assert_eq!(code, Some(1));
    assert!(why.as_str().unwrap().contains("do not answer"), "{why}");

    // A proof of something else is no signature under the bundle.
    let other = files(&folder.join("proofs")).remove(0).0;
    std::fs::copy(other, folder.join("bundle.tlog-proof")).unwrap();
    refused("bundle.tlog-proof");
}

/// As whoever holds the trail's key can.
fn sign_anew(proof: &std::path::Path, sums: &[u8], gateway: &crate::support::Gateway) {
    let seed = gateway.data_dir().join("state/audit-signing-key");
    let seed = std::fs::read_to_string(seed).unwrap();
    let key = Signer::from_seed(&STANDARD.decode(seed.trim()).unwrap()).unwrap();
    let mut old = Proof::read(&std::fs::read_to_string(proof).unwrap()).unwrap();
    let mut leaf: serde_json::Value = serde_json::from_slice(&old.record).unwrap();
    let sum = ring::digest::digest(&ring::digest::SHA256, sums);
    let sum: String = sum
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    leaf["sha256sums"] = sum.into();
    old.record = leaf.to_string().into_bytes();
    let mut tree = Tree::default();
    tree.push(leaf_hash(&old.record));
    let origin = Checkpoint::read(&old.checkpoint).unwrap().0.origin;
    old.checkpoint = Checkpoint::of(&origin, &tree).signed(&key);
    std::fs::write(proof, old.text()).unwrap();
}

/// Every file in a folder and below, with what it holds.
fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all
}

#[test]
fn what_was_used_is_listed_and_told_month_by_month() {
    let mut gateway = Setup::bare().start();
    gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("demo/demo-chat", "hello"),
    );
    gateway.stop();
    let mut asked = vec!["audit", "inventory"];
    asked.extend(PERIOD);
    let list = gateway.run(&asked).json();
    assert_eq!(list["targets"][0]["model"], "demo-chat", "{list}");
    asked.insert(2, "demo/demo-chat");
    let sheet = gateway.run(&asked).json();
    assert_eq!(sheet["months"][0]["attempts"], json!(1), "{sheet}");
    for (wrong, says) in [
        (
            vec![
                "audit",
                "report",
                "--framework",
                "iso",
                "--from",
                "2026-01-01",
                "--to",
                "2026-02-01",
            ],
            "eu-ai-act",
        ),
        (
            vec!["audit", "inventory", "--from", "May", "--to", "2026-02-01"],
            "2026-11-30",
        ),
        (
            vec![
                "audit",
                "inventory",
                "--from",
                "2026-03-01",
                "--to",
                "2026-02-01",
            ],
            "later",
        ),
    ] {
        let ran = gateway.run(&wrong);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn calls_are_found_by_what_they_were_and_the_index_is_made_anew_from_the_trail() {
    let mut gateway = Setup::bare().start();
    let got = gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("demo/demo-chat", "hello"),
    );
    gateway.stop();
    let query = |more: &[&str]| {
        let mut asked = vec!["audit", "query", "--json"];
        asked.extend(more);
        let calls = gateway.run(&asked).json()["calls"].clone();
        calls
            .as_array()
            .unwrap()
            .iter()
            .map(|call| call["call"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for found in [
        &["--provider", "demo"][..],
        &["--model", "demo-chat"],
        &["--result", "ok", "--since", "2020-01-01"],
    ] {
        assert_eq!(query(found), [got.call()], "{found:?}");
    }
    for none in [
        &["--provider", "other"][..],
        &["--until", "2020-01-01"],
        &["--class", "pci"],
        &["--user", "ada"],
        &["--team", "ward"],
        &["--service", "batch"],
    ] {
        assert!(query(none).is_empty(), "{none:?}");
    }
    let index = gateway.data_dir().join("index/audit.sqlite");
    std::fs::write(
        &index,
        "this is no database, and long enough to be taken for none",
    )
    .unwrap();
    for file in ["audit.sqlite-wal", "audit.sqlite-shm"] {
        let _ = std::fs::remove_file(index.with_file_name(file));
    }
    // Questions are answered all the same.
    assert_eq!(query(&["--provider", "demo"]), [got.call()]);
    let _ = std::fs::remove_file(&index);
    assert_eq!(gateway.run(&["audit", "index", "--rebuild"]).code, Some(0));
    assert_eq!(query(&["--provider", "demo"]), [got.call()]);
}

#[test]
fn calls_are_found_by_whose_they_are() {
    let gateway = Setup::bare().start();
    let call = |key: &str, model: &str| {
        let body = Dialect::OpenAi.says(model, "hello");
        let request = Request::post("/v1/chat/completions").key(key);
        request.json(&body).send(gateway.data).call()
    };
    call(&gateway.key, "demo/demo-chat");
    let ada = gateway.key_of(&["--user", "ada", "--team", "ward"]);
    let hers = call(&ada, "demo/demo-chat");
    let refused = call(&ada, "no/such");
    let its = call(&gateway.key_of(&["--service", "batch"]), "demo/demo-chat");
    // A key is waited for with questions that ask no model.
    let model = ["--model", "demo-chat"];
    for (asked, found) in [
        ([&["--user", "ada"][..], &model].concat(), vec![&hers]),
        (
            [&["--team", "ward", "--user", "ada"], &model[..]].concat(),
            vec![&hers],
        ),
        ([&["--service", "batch"][..], &model].concat(), vec![&its]),
        (
            vec!["--user", "ada", "--code", "unknown_model"],
            vec![&refused],
        ),
        (vec!["--user", "bob"], vec![]),
    ] {
        let words = [&["audit", "query", "--json"][..], &asked].concat();
        let calls = gateway.run(&words).json()["calls"].clone();
        let calls = calls.as_array().unwrap().iter();
        let calls: Vec<_> = calls.map(|call| call["call"].as_str().unwrap()).collect();
        assert_eq!(calls, found, "{asked:?}");
    }
}
