//! Checkpoints are brought where this machine cannot take them back, and gateways confirm each other's.

use std::process::Command;

use serde_json::json;

use crate::support::{Dialect, Folder, Gateway, Setup, Speech, Upstream, answer, until};

fn ask(gateway: &Gateway) {
    let got = gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("demo/demo-chat", "hello"),
    );
    assert_eq!(got.status, 200, "{}", got.text());
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_folder_and_a_git_repository_hold_what_a_cut_trail_lacks() {
    let away = Folder::new();
    let repository = away.path().join("git");
    let git = |arguments: &[&str]| {
        let ran = Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(arguments)
            .output();
        ran.map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned())
    };
    std::fs::create_dir_all(&repository).unwrap();
    if git(&["init", "--quiet"]).is_err() {
        crate::support::skipped("git is not installed");
        return;
    }
    let kept = away.path().join("kept");
    let config = format!(
        "providers: {{demo: {{}}}}\naudit:\n  anchor_every_s: 1\n  anchors:\n    - {{kind: file, path: {}}}\n    - {{kind: git, path: {}}}\n",
        kept.display(),
        repository.display()
    );
    let mut gateway = Setup::with(config).start();
    ask(&gateway);
    // The first is of the start alone.
    let later = |file: &std::path::PathBuf| !file.to_string_lossy().ends_with("-1.txt");
    let checkpoint = until("a checkpoint is kept", || {
        files(&kept).into_iter().rfind(later)
    });
    until("a checkpoint is committed", || {
        git(&["log", "--format=%s"])
            .unwrap()
            .contains("Checkpoint")
            .then_some(())
    });
    for anchor in ["file", "git"] {
        let name = format!("marshal_audit_exported_records_total{{export=\"anchor-{anchor}\"}}");
        until("it is counted", || {
            (gateway.metric(&name) > 0.0).then_some(())
        });
    }
    gateway.stop();
    let verify = |gateway: &Gateway| {
        let file = checkpoint.to_str().unwrap();
        gateway
            .run(&["audit", "verify", "--checkpoint", file, "--json"])
            .json()
    };
    assert_eq!(verify(&gateway)["ok"], true);
    let segment = crate::support::segments(&gateway.data_dir()).pop().unwrap();
    let text = std::fs::read_to_string(&segment).unwrap();
    let cut: String = text.split_inclusive('\n').take(1).collect();
    std::fs::write(&segment, cut).unwrap();
    assert_eq!(gateway.verify()["ok"], true, "the trail alone cannot tell");
    assert_eq!(verify(&gateway)["ok"], false);
}

#[test]
fn a_peer_confirms_what_grew_and_nothing_else() {
    let mut one =
        Setup::with("providers: {demo: {}}\naudit: {name: one.example}\n".to_owned()).start();
    let key = one.run(&["audit", "key"]).stdout.trim().to_owned();
    one.stop();
    let witness = Setup::with(format!(
        "providers: {{demo: {{}}}}\naudit: {{name: two.example, witness_for: [{{name: one.example, key: \"{key}\"}}]}}\n"
    ))
    .start();
    let vkey = witness
        .run(&["audit", "key", "--witness"])
        .stdout
        .trim()
        .to_owned();
    let address = format!("http://{}/witness", witness.control);
    let config = format!(
        "providers: {{demo: {{}}}}\naudit:\n  name: one.example\n  anchor_every_s: 1\n  anchors:\n    - {{kind: witness, url: \"{address}\", vkey: \"{vkey}\"}}\n"
    );
    std::fs::write(one.home().join("marshal.yaml"), config).unwrap();
    one.start();
    ask(&one);
    let confirmed = |least: usize| {
        let folder = one.data_dir().join("anchors");
        let note = files(&folder)
            .pop()
            .and_then(|file| std::fs::read_to_string(file).ok())?;
        let size: usize = note.lines().nth(1)?.parse().ok()?;
        (size >= least).then_some((note, size))
    };
    let (first, size) = until("the peer has confirmed", || confirmed(1));
    assert_eq!(first.matches('\u{2014}').count(), 2, "{first}");
    ask(&one);
    let (later, _) = until("the peer has confirmed what came since", || {
        confirmed(size + 1)
    });
    assert_ne!(first, later);
    let folder = one.home().join("kept.txt");
    std::fs::write(&folder, &later).unwrap();
    let verified = one.run(&[
        "audit",
        "verify",
        "--checkpoint",
        folder.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(verified.json()["ok"], true, "{}", verified.stdout);
    // Whoever asks for the peer's word gets it checked: its own, and not another's.
    let asked = |kept: &std::path::Path, witness: &str| {
        let kept = kept.to_str().unwrap();
        let words = [
            "audit",
            "verify",
            "--checkpoint",
            kept,
            "--witness",
            witness,
        ];
        one.run(&words).code
    };
    assert_eq!(asked(&folder, &vkey), Some(0));
    let stranger = one.run(&["audit", "key", "--witness"]).stdout;
    assert_eq!(asked(&folder, stranger.trim()), Some(1));
    let alone = one.home().join("alone.txt");
    std::fs::write(&alone, one.run(&["audit", "checkpoint"]).stdout).unwrap();
    assert_eq!(asked(&alone, &vkey), Some(1));

    // What a peer does not confirm: a stranger's log, a forged signature, a log that did not grow.
    let post = |body: String| {
        let mut request =
            crate::support::Request::post("/witness/add-checkpoint").body(body.as_bytes());
        request = request.header("content-type", "text/plain");
        let mut connection = crate::support::Connection::open(witness.control).unwrap();
        connection.send(&request.bytes()).unwrap();
        connection.answer().unwrap()
    };
    let note = |text: &str| text.split_inclusive('\n').take(5).collect::<String>();
    assert_eq!(
        post(format!("old 0\n\n{}", note(&first))).status,
        409,
        "it is past that"
    );
    assert_eq!(post("old 0\n\nrubbish".to_owned()).status, 400);
    let strange = note(&first).replace("one.example", "nobody.example");
    assert_eq!(post(format!("old 0\n\n{strange}")).status, 404);
    let lines: Vec<&str> = first.lines().collect();
    let forged = note(&first).replacen(&format!("\n{}\n", lines[1]), "\n99\n", 1);
    assert_eq!(post(format!("old 0\n\n{forged}")).status, 403);
}

#[test]
fn a_time_stamping_authority_is_asked_in_its_own_words() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let openssl = |arguments: &[&str]| Command::new("openssl").args(arguments).output();
    let config = format!(
        "[ req ]\ndistinguished_name = dn\nx509_extensions = v3\nprompt = no\n[ dn ]\nCN = test authority\n[ v3 ]\nextendedKeyUsage = critical,timeStamping\n[ tsa ]\ndefault_tsa = one\n[ one ]\nserial = {}\ncrypto_device = builtin\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\nsigner_cert = {}\nsigner_key = {}\n",
        path("serial"),
        path("cert.pem"),
        path("key.pem")
    );
    std::fs::write(path("tsa.cnf"), config).unwrap();
    std::fs::write(path("serial"), "01\n").unwrap();
    let made = openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-config",
        &path("tsa.cnf"),
        "-keyout",
        &path("key.pem"),
        "-out",
        &path("cert.pem"),
    ]);
    if !made.is_ok_and(|made| made.status.success()) {
        crate::support::skipped("openssl is not installed");
        return;
    }
    let at = folder.path().to_owned();
    let authority = Upstream::start(move |seen| {
        let path = |name: &str| at.join(name).to_str().unwrap().to_owned();
        std::fs::write(at.join("query.tsq"), &seen.body).unwrap();
        let (config, query, cert) = (path("tsa.cnf"), path("query.tsq"), path("reply.tsr"));
        let ran = Command::new("openssl")
            .args([
                "ts",
                "-reply",
                "-config",
                &config,
                "-queryfile",
                &query,
                "-out",
                &cert,
            ])
            .output()
            .unwrap();
        if !ran.status.success() {
            return answer(500, &[], String::from_utf8_lossy(&ran.stderr).into_owned());
        }
        let media = ("content-type", "application/timestamp-reply");
        answer(200, &[media], std::fs::read(at.join("reply.tsr")).unwrap())
    });
    let config = format!(
        "providers: {{demo: {{}}}}\naudit: {{anchor_every_s: 1, anchors: [{{kind: timestamp, url: \"{}\"}}]}}\n",
        authority.url()
    );
    let gateway = Setup::with(config).start();
    ask(&gateway);
    let stamp = until("a time stamp is kept", || {
        files(&gateway.data_dir().join("anchors"))
            .into_iter()
            .filter(|file| file.extension().is_some_and(|end| end == "tsr"))
            .find(|file| file.metadata().is_ok_and(|found| found.len() > 0))
    });
    let note = stamp.with_extension("txt");
    let verified = Command::new("openssl")
        .args(["ts", "-verify", "-in"])
        .arg(&stamp)
        .arg("-data")
        .arg(&note)
        .args(["-CAfile", &path("cert.pem")])
        .output()
        .unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
    assert_eq!(
        json!(authority.last().header("content-type")),
        "application/timestamp-query"
    );
}
