//! The trail: whatever becomes of a call or of the process, each attempt that a provider saw was written down before,
//! each has one ending, and nobody changes a byte of it unseen.

mod anchors;
mod crash;
mod disk;
mod evidence;
mod export;
mod export_nats;
mod export_redis;
mod faults;
mod fleet;
mod payloads;
mod proofs;

use std::path::Path;

use marshal_audit::verify;
use serde_json::{Value, json};

use crate::support::{
    Act, Connection, Dialect, Folder, Gate, Gateway, Request, Setup, Speech, Upstream, answer,
    both, failing, of_path, open_stream, provider, segments, stream, until,
};

/// A provider that does what the prompt says.
fn obedient(gate: &Gate) -> Upstream {
    let gate = gate.clone();
    Upstream::start(move |seen| {
        let dialect = of_path(seen.path());
        let text = String::from_utf8_lossy(&seen.body).into_owned();
        let pieces = dialect.streams(&["some words", " and more"]);
        if text.contains("break midway") {
            let mut acts = open_stream(&pieces[..2]);
            acts.push(Act::Close);
            acts
        } else if text.contains("wait midway") {
            let mut acts = open_stream(&pieces[..2]);
            acts.push(Act::AwaitHangUp(Gate::default()));
            acts
        } else if text.contains("wait before") {
            vec![Act::Wait(gate.clone()), Act::Close]
        } else if text.contains("hang up") {
            vec![Act::Close]
        } else if text.contains("fail") {
            failing(500)
        } else if text.contains("\"stream\":true") {
            stream(&pieces)
        } else {
            answer(200, &[], dialect.answers("well").to_string())
        }
    })
}

fn start(upstream: &Upstream) -> Gateway {
    let config = format!(
        "providers:\n{}{}models:\n  either: {{candidates: [up/m, also/m]}}\n",
        provider("up", &upstream.url(), "openai, anthropic", &["m"], ""),
        provider("also", &upstream.url(), "openai, anthropic", &["m"], "")
    );
    Setup::with(config).start()
}

/// A streamed call whose client leaves after the head, or before it.
fn leave(gateway: &Gateway, dialect: Dialect, text: &str, after_head: bool) {
    let mut body = dialect.says("up/m", text);
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
    if after_head {
        connection.head().unwrap();
        connection.chunk().unwrap();
    }
}

/// Calls that end in every way that there is.
fn mixed_traffic(gateway: &Gateway, upstream: &Upstream) {
    for dialect in both() {
        for (text, streamed) in [
            ("well", false),
            ("well", true),
            ("break midway", true),
            ("hang up", true),
            ("fail", false),
        ] {
            for model in ["up/m", "either"] {
                let mut body = dialect.says(model, text);
                body["stream"] = json!(streamed);
                gateway.ask(dialect, &body);
            }
        }
        gateway.ask(dialect, &dialect.says("up/none", "well"));
        gateway.ask(dialect, &dialect.says("up/m", "4111 1111 1111 1111"));
        Request::post(dialect.path()).send(gateway.data);
        gateway.get("/v1/models");
        leave(gateway, dialect, "wait midway", true);
        let count = upstream.count();
        let waiting = std::thread::scope(|scope| {
            // It leaves once the provider has its call.
            let request = Request::post(dialect.path())
                .key(&gateway.key)
                .json(&dialect.says("up/m", "wait before"));
            let mut connection = Connection::open(gateway.data).unwrap();
            connection.send(&request.bytes()).unwrap();
            scope.spawn(|| upstream.wait_for(count + 1)).join().unwrap();
            connection
        });
        drop(waiting);
    }
}

fn count(report: &Value, kind: &str) -> u64 {
    report["kinds"][kind].as_u64().unwrap_or(0)
}

#[test]
fn every_call_has_one_ending() {
    let gate = Gate::default();
    let upstream = obedient(&gate);
    let mut gateway = start(&upstream);
    mixed_traffic(&gateway, &upstream);
    let report = until("every attempt has ended", || {
        let report = gateway.verify();
        (report["open"] == 0).then_some(report)
    });
    gate.open();
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(
        count(&report, "intent"),
        count(&report, "complete") + count(&report, "abort"),
        "{report}"
    );
    let records = gateway.records();
    let intents = records.iter().filter(|record| record["kind"] == "intent");
    for intent in intents {
        let ends = records.iter().filter(|record| {
            ["complete", "abort", "interrupted"]
                .iter()
                .any(|kind| record["kind"] == *kind)
                && record["call"] == intent["call"]
                && record["attempt"] == intent["attempt"]
        });
        assert_eq!(ends.count(), 1, "{intent}");
    }
    let outcomes = ["ok", "client_gone", "upstream_broken"];
    for outcome in outcomes {
        assert!(
            records.iter().any(|record| record["outcome"] == outcome),
            "no {outcome}"
        );
    }
    assert!(
        records
            .iter()
            .any(|record| record["kind"] == "abort" && record["code"] == "client_gone")
    );
    assert!(gateway.stop().success());
    let report = gateway.verify();
    assert_eq!(
        (&report["ok"], count(&report, "stop")),
        (&json!(true), 1),
        "{report}"
    );
}

#[test]
fn the_command_shows_one_calls_whole_story() {
    let upstream = obedient(&Gate::default());
    let gateway = start(&upstream);
    let got = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("up/m", "well"));
    let story = gateway
        .run(&["audit", "show", &got.call(), "--json"])
        .json();
    let kinds: Vec<_> = story["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["kind"].clone())
        .collect();
    assert_eq!(kinds, ["intent", "complete"]);
    let complete = &story["records"][1];
    assert_eq!(
        (&complete["usage"]["input"], &complete["usage"]["output"]),
        (&json!(7), &json!(5)),
        "{complete}"
    );
    let unknown = gateway.run(&[
        "audit",
        "show",
        "0193f1c2-7d5e-7c3a-9f00-2b1c8d4e6f70",
        "--json",
    ]);
    assert_eq!(
        (unknown.code, &unknown.json()["ok"]),
        (Some(1), &json!(false))
    );
}

fn copy_trail(from: &Path, to: &Path) {
    for segment in segments(from) {
        let target = to.join(segment.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&segment, &target).unwrap();
    }
}

#[test]
fn a_flipped_byte_anywhere_is_found_and_its_place_is_named() {
    let gate = Gate::default();
    let upstream = obedient(&gate);
    let mut gateway = start(&upstream);
    for round in 0..3 {
        mixed_traffic(&gateway, &upstream);
        if round == 1 {
            gateway.kill();
        } else {
            gateway.stop();
        }
        if round < 2 {
            gateway.start();
        }
    }
    gate.open();
    let folder = Folder::new();
    copy_trail(&gateway.data_dir(), folder.path());
    assert!(verify(folder.path()).ok);
    let segments = segments(folder.path());
    assert_eq!(segments.len(), 3);
    for (number, segment) in segments.iter().enumerate() {
        let good = std::fs::read(segment).unwrap();
        // A cut-off end of the newest chain is what a crash leaves: reported, and no failure. So its last byte is left alone.
        let length = good.len() - usize::from(number == 2);
        for position in (0..length).step_by(length / 70).chain([length - 1]) {
            let mut bad = good.clone();
            bad[position] ^= 0x04;
            std::fs::write(segment, &bad).unwrap();
            let report = verify(folder.path());
            let found = report
                .first_bad
                .unwrap_or_else(|| panic!("byte {position} of {} goes unseen", segment.display()));
            let line = memchr::memchr_iter(b'\n', &good[..position]).count() as u64 + 1;
            let file = segment
                .strip_prefix(folder.path().join("audit"))
                .unwrap()
                .display()
                .to_string();
            assert_eq!(found.file, file, "byte {position}: {}", found.why);
            assert!(
                (line..=line + 1).contains(&found.line),
                "byte {position} is in line {line}, not {}: {}",
                found.line,
                found.why
            );
        }
        std::fs::write(segment, &good).unwrap();
    }
    // And as people see it.
    let segment = &segments[1];
    let mut bad = std::fs::read(segment).unwrap();
    bad[100] ^= 1;
    std::fs::write(segment, &bad).unwrap();
    let ran = gateway.run(&["audit", "verify", folder.path().to_str().unwrap(), "--json"]);
    assert_eq!(
        (
            ran.code,
            &ran.json()["ok"],
            &ran.json()["first_bad"]["line"]
        ),
        (Some(1), &json!(false), &json!(1)),
        "{ran:?}"
    );
}

#[test]
fn a_removed_record_or_chain_is_found() {
    let upstream = obedient(&Gate::default());
    let mut gateway = start(&upstream);
    for _ in 0..3 {
        gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("up/m", "well"));
    }
    gateway.stop();
    gateway.start();
    gateway.stop();
    let folder = Folder::new();
    copy_trail(&gateway.data_dir(), folder.path());
    let first = &segments(folder.path())[0];
    let good = std::fs::read_to_string(first).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    for gone in [0, 3, lines.len() - 1] {
        let rest = lines
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != gone)
            .map(|(_, line)| format!("{line}\n"));
        std::fs::write(first, rest.collect::<String>()).unwrap();
        assert!(
            !verify(folder.path()).ok,
            "line {} is gone and nobody notices",
            gone + 1
        );
    }
    std::fs::write(first, &good).unwrap();
    assert!(verify(folder.path()).ok);
    std::fs::remove_dir_all(first.parent().unwrap()).unwrap();
    assert!(
        !verify(folder.path()).ok,
        "a chain is gone and nobody notices"
    );
}
