//! A disk that takes no more: calls are refused and say so, no provider sees them, and all goes on by itself.

use std::io::Write;
use std::process::Command;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};
use serde_json::json;

use crate::support::{
    Act, Answer, Connection, Dialect, Folder, Gate, Gateway, Request, Setup, Speech, Upstream,
    answer, both, of_path, open_stream, provider, stream, until,
};

fn well() -> Upstream {
    Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()))
}

fn setup(upstream: &Upstream) -> Setup {
    Setup::with(format!(
        "providers:\n{}",
        provider("up", &upstream.url(), "openai, anthropic", &["m"], "")
    ))
}

fn ask(gateway: &Gateway, dialect: Dialect) -> Answer {
    gateway.ask(dialect, &dialect.says("up/m", "hello"))
}

fn ready(gateway: &Gateway) -> bool {
    Request::get("/readyz").send(gateway.control).status == 200
}

/// Calls are refused, in the caller's dialect, and none reaches the provider.
fn refuses(gateway: &Gateway, upstream: &Upstream) {
    let before = upstream.count();
    for dialect in both() {
        let got = ask(gateway, dialect);
        assert_eq!(
            (got.status, got.code().as_str()),
            (503, "audit_unavailable"),
            "{}",
            got.text()
        );
        assert!(
            got.text().contains("audit trail") && got.header("retry-after").is_some(),
            "{got:?}"
        );
        assert_eq!(got.json()["type"] == "error", dialect == Dialect::Anthropic);
    }
    assert!(!ready(gateway), "/readyz says so");
    assert_eq!(
        upstream.count(),
        before,
        "a provider saw a call that was not written down"
    );
}

/// Service resumes by itself, and the trail is whole.
fn resumes(gateway: &mut Gateway) {
    until("service resumes", || {
        (ask(gateway, Dialect::OpenAi).status == 200).then_some(())
    });
    until("it is ready", || ready(gateway).then_some(()));
    assert_eq!(ask(gateway, Dialect::Anthropic).status, 200);
    let report = gateway.verify();
    assert_eq!(
        (&report["ok"], &report["open"]),
        (&json!(true), &json!(0)),
        "{report}"
    );
    assert!(gateway.stop().success());
    assert_eq!(gateway.verify()["ok"], true);
}

#[test]
fn a_trail_that_cannot_be_written_refuses_calls_until_it_can() {
    let upstream = well();
    // No file may grow beyond the reserve's size; what the shell ignores, the gateway does.
    let mut gateway = setup(&upstream)
        .prelude("trap '' XFSZ; ulimit -S -f 2048")
        .start();
    assert_eq!(ask(&gateway, Dialect::OpenAi).status, 200);
    limit(&gateway, Some(1));
    refuses(&gateway, &upstream);
    limit(&gateway, None);
    resumes(&mut gateway);
}

#[test]
fn a_stream_whose_ending_cannot_be_written_does_not_look_complete() {
    let gate = Gate::default();
    let waits = gate.clone();
    let upstream = Upstream::start(move |seen| {
        let pieces = of_path(seen.path()).streams(&["some words"]);
        let mut acts = open_stream(&pieces[..2]);
        acts.push(Act::Wait(waits.clone()));
        acts.extend(stream(&pieces[2..]).into_iter().skip(1));
        acts
    });
    let mut gateway = setup(&upstream)
        .prelude("trap '' XFSZ; ulimit -S -f 2048")
        .start();
    let mut connections = both().map(|dialect| {
        let mut body = dialect.says("up/m", "hello");
        body["stream"] = json!(true);
        let mut connection = Connection::open(gateway.data).unwrap();
        connection
            .send(
                &Request::post(dialect.path())
                    .key(&gateway.key)
                    .json(&body)
                    .bytes(),
            )
            .unwrap();
        assert_eq!(connection.head().unwrap().status, 200);
        connection
    });
    limit(&gateway, Some(1));
    gate.open();
    for connection in &mut connections {
        let mut heard = String::new();
        while let Ok(Some(chunk)) = connection.chunk() {
            heard.push_str(&String::from_utf8(chunk).unwrap());
        }
        assert!(
            !heard.contains("[DONE]") && !heard.contains("message_stop"),
            "{heard}"
        );
        assert!(heard.contains("audit_unavailable"), "{heard}");
    }
    limit(&gateway, None);
    until("service resumes", || ready(&gateway).then_some(()));
    gateway.stop();
    gateway.start();
    let report = gateway.verify();
    assert_eq!(
        (
            &report["ok"],
            &report["open"],
            &report["kinds"]["interrupted"]
        ),
        (&json!(true), &json!(0), &json!(2)),
        "{report}"
    );
}

/// How many bytes a file of the gateway's may have.
fn limit(gateway: &Gateway, bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = bytes.or(maximum);
    prlimit(
        Some(gateway.pid()),
        Resource::Fsize,
        Rlimit { current, maximum },
    )
    .unwrap();
}

/// A file system of four megabytes.
struct SmallDisk(Folder);

impl SmallDisk {
    /// `None` where this user may not mount one.
    fn new() -> Option<Self> {
        let folder = Folder::new();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "none"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|out| out.status.success())
            .then_some(Self(folder))
    }

    /// Takes all that is left of it.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.path().join("ballast")).unwrap();
        for block in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; block]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_refuses_calls_until_there_is_space() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let upstream = well();
    let mut gateway = setup(&upstream)
        .data_dir(&disk.0.path().join("data"))
        .start();
    for _ in 0..3 {
        assert_eq!(ask(&gateway, Dialect::OpenAi).status, 200);
    }
    disk.fill();
    // What was promised of the last block on disk may still be used up.
    until("the disk is full", || {
        (ask(&gateway, Dialect::OpenAi).status == 503).then_some(())
    });
    refuses(&gateway, &upstream);
    let records = gateway.records();
    let denied = records
        .iter()
        .filter(|record| record["code"] == "audit_unavailable")
        .count();
    assert!(denied > 0, "the reserve holds the refusals");
    disk.free();
    resumes(&mut gateway);
}

#[test]
fn a_gateway_that_is_stopped_on_a_full_disk_stops_and_starts_again_later() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let upstream = well();
    let mut gateway = setup(&upstream)
        .data_dir(&disk.0.path().join("data"))
        .start();
    assert_eq!(ask(&gateway, Dialect::OpenAi).status, 200);
    disk.fill();
    until("the disk is full", || {
        (ask(&gateway, Dialect::OpenAi).status == 503).then_some(())
    });
    gateway.signal(Signal::TERM);
    gateway.wait();
    disk.free();
    gateway.start();
    resumes(&mut gateway);
}

#[test]
fn with_a_second_folder_calls_go_on_and_their_records_come_back() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let (upstream, second) = (well(), Folder::new());
    let config = format!(
        "audit: {{reserve_bytes: 1048576, spool: {}}}\nproviders:\n{}",
        second.path().display(),
        provider("up", &upstream.url(), "openai, anthropic", &["m"], "")
    );
    let levels = "version: 1\nlevels:\n  - {subject: \"*\", level: metadata, mode: spool}\n";
    let mut gateway = Setup::with(config)
        .data_dir(&disk.0.path().join("data"))
        .policy("audit.yaml", levels.to_owned())
        .start();
    let chains = || {
        let entries = std::fs::read_dir(second.path().join("audit"));
        entries.into_iter().flatten().count()
    };
    for round in 0..2 {
        disk.fill();
        until("records go to the second folder", || {
            assert_eq!(ask(&gateway, Dialect::OpenAi).status, 200);
            (chains() > 0).then_some(())
        });
        let asked: Vec<String> = both()
            .into_iter()
            .map(|dialect| {
                let got = ask(&gateway, dialect);
                assert_eq!(got.status, 200, "{}", got.text());
                got.call()
            })
            .collect();
        assert!(ready(&gateway), "it takes calls");
        gateway.logs("Records go to the second folder");
        disk.free();
        if round == 1 {
            // The next process brings them back.
            gateway.kill();
            gateway.start();
        }
        until("they are back", || (chains() == 0).then_some(()));
        let records = gateway.records();
        for call in asked {
            let kinds: Vec<_> = records
                .iter()
                .filter(|record| record["call"] == call.as_str())
                .map(|record| record["kind"].clone())
                .collect();
            assert_eq!(kinds, ["intent", "complete"], "{call}");
        }
        let report = gateway.verify();
        assert_eq!(
            (&report["ok"], &report["open"]),
            (&json!(true), &json!(0)),
            "{report}"
        );
    }
    assert!(upstream.count() > 4);
}

#[test]
fn a_second_folder_that_is_not_there_is_told_with_the_line_that_wants_it() {
    let upstream = well();
    let levels = "version: 1\nlevels:\n  - {subject: \"*\", level: metadata, mode: spool}\n";
    let gateway = setup(&upstream).own_policies().start();
    gateway.write_policy("audit.yaml", levels);
    gateway.logs("audit.yaml:3:");
    assert!(gateway.log().contains("audit: {spool: FOLDER}"));
    assert_eq!(
        ask(&gateway, Dialect::OpenAi).status,
        200,
        "the old bundle stays"
    );
}
