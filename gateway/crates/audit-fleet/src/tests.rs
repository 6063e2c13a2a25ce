use std::path::Path;
use std::sync::Arc;

use marshal_audit::testing::records::{call, complete, deny, intent};
use marshal_audit::testing::{Folder, Pen, key, skipped};
use marshal_audit::{AuditQuery, CallResult, Event, Filter, Resume, Trust, segment_file};
use marshal_types::CallId;
use serde_json::json;

use crate::testing::{PASSWORD, Postgres};
use crate::{Fleet, FleetOptions};

fn postgres(name: &str) -> Option<Postgres> {
    let server = Postgres::start(name);
    if server.is_none() {
        skipped("there is no PostgreSQL (Debian's package postgresql)");
    }
    server
}

/// A node that answered one call and refused another, and one whose process ended midway and was taken over.
fn nodes() -> [Folder; 2] {
    let (one, other) = (Folder::new(), Folder::new());
    let mut pen = Pen::start_of("one", &one.trail(), "a", 1_000_000, Vec::new());
    pen.sign();
    let asked = json!({"classes": ["pii"], "question": {"action": "invoke", "method": "POST", "subjects": ["k:1", "u:ada", "t:ward", "role:x"], "targets": []}});
    pen.write(&intent(call(1), asked));
    pen.write(&complete(call(1)));
    pen.write(&deny(call(3)));
    pen.write(&intent(
        call(4),
        json!({"request_model": "a\u{0}b", "model": "\u{0}"}),
    ));
    pen.sign();
    let mut first = Pen::start_of("../two", &other.trail(), "b", 2_000_000, Vec::new());
    first.sign();
    first.write(&intent(
        call(2),
        json!({"classes": ["pii", "pci"], "tenant": "beta", "purpose": "a \u{0} and 'quotes'"}),
    ));
    first.sign();
    let mut second = Pen::start_of(
        "../two",
        &other.trail(),
        "c",
        3_000_000,
        vec![first.link(false)],
    );
    second.sign();
    second.write(&Event::Interrupted(marshal_audit::Interrupted {
        attempt: 1,
        call: call(2),
        instance: "b".into(),
    }));
    second.sign();
    [one, other]
}

fn open(server: &Postgres, name: &str, folder: &Folder) -> Arc<Fleet> {
    Fleet::new(server.options(name), &folder.0)
}

fn ids(fleet: &Fleet, filter: &Filter) -> Vec<CallId> {
    let calls = fleet.calls(filter).unwrap();
    calls.iter().map(|one| one.call).collect()
}

#[test]
fn the_calls_of_all_nodes_are_asked_as_one_from_any_of_them() {
    let Some(server) = postgres("asked") else {
        return;
    };
    let folders = nodes();
    let fleets = [
        open(&server, "one", &folders[0]),
        open(&server, "../two", &folders[1]),
    ];
    assert!(fleets[0].calls(&Filter::default()).unwrap().is_empty());
    for fleet in &fleets {
        fleet.catch_up().unwrap();
        fleet.catch_up().unwrap();
    }
    for fleet in &fleets {
        let results: Vec<_> = fleet
            .calls(&Filter::default())
            .unwrap()
            .iter()
            .map(|one| (one.call, one.result))
            .collect();
        let due = [
            (call(4), CallResult::Open),
            (call(3), CallResult::Denied),
            (call(2), CallResult::Interrupted),
            (call(1), CallResult::Ok),
        ];
        assert_eq!(results, due);
        for (filter, due) in [
            (
                Filter {
                    model: Some("a\u{0}b".into()),
                    ..Filter::default()
                },
                vec![4],
            ),
            (
                Filter {
                    tenant: Some("beta".into()),
                    ..Filter::default()
                },
                vec![3, 2],
            ),
            (
                Filter {
                    key: Some("k2".into()),
                    ..Filter::default()
                },
                vec![3],
            ),
            (
                Filter {
                    code: Some("data_blocked".into()),
                    ..Filter::default()
                },
                vec![3],
            ),
            (
                Filter {
                    result: Some(CallResult::Ok),
                    ..Filter::default()
                },
                vec![1],
            ),
            (
                Filter {
                    user: Some("ada".into()),
                    team: Some("ward".into()),
                    ..Filter::default()
                },
                vec![1],
            ),
            (
                Filter {
                    model: Some("openai/gpt".into()),
                    ..Filter::default()
                },
                vec![2, 1],
            ),
            (
                Filter {
                    service: Some("ada".into()),
                    ..Filter::default()
                },
                vec![],
            ),
            (
                Filter {
                    model: Some("gpt".into()),
                    ..Filter::default()
                },
                vec![2, 1],
            ),
            (
                Filter {
                    model: Some("fast".into()),
                    ..Filter::default()
                },
                vec![3, 2, 1],
            ),
            (
                Filter {
                    provider: Some("nobody'; DROP TABLE marshal_calls; --".into()),
                    ..Filter::default()
                },
                vec![],
            ),
            (
                Filter {
                    class: Some("pci".into()),
                    ..Filter::default()
                },
                vec![3, 2],
            ),
            (
                Filter {
                    before: Some(call(3)),
                    limit: 1,
                    ..Filter::default()
                },
                vec![2],
            ),
        ] {
            let due: Vec<CallId> = due.into_iter().map(call).collect();
            assert_eq!(ids(fleet, &filter), due, "{filter:?}");
        }
        let story = fleet.call(call(2)).unwrap().unwrap();
        assert_eq!(story.records.len(), 2);
        assert!(
            story.records[0].contains("\\u0000 and 'quotes'"),
            "word for word"
        );
        assert!(fleet.call(call(9)).unwrap().is_none());
        let starts = fleet.changes(10).unwrap();
        assert!(starts.iter().all(|change| change.kind == "start"));
        assert_eq!(starts.len(), 3);
    }
}

#[test]
fn what_grows_is_brought_once_and_what_turns_out_void_is_taken_back() {
    let Some(server) = postgres("grows") else {
        return;
    };
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    pen.write(&intent(call(1), json!({})));
    let fleet = open(&server, "one", &folder);
    fleet.catch_up().unwrap();
    assert_eq!(
        fleet.calls(&Filter::default()).unwrap()[0].result,
        CallResult::Open
    );
    // Written, and not acknowledged: the disk failed.
    let (good_bytes, acknowledged) = (pen.length(), pen.log.clone());
    pen.write(&complete(call(1)));
    pen.write(&deny(call(2)));
    fleet.catch_up().unwrap();
    assert_eq!(ids(&fleet, &Filter::default()), [call(2), call(1)]);
    pen.log = acknowledged;
    pen.segment = 2;
    pen.write(&Event::Resume(Resume {
        good_bytes,
        poisoned: segment_file(1).into(),
    }));
    pen.write(&deny(call(3)));
    // Another process of the same node goes on.
    let fleet = open(&server, "one", &folder);
    fleet.catch_up().unwrap();
    assert_eq!(ids(&fleet, &Filter::default()), [call(3), call(1)]);
    assert_eq!(fleet.call(call(1)).unwrap().unwrap().records.len(), 1);
}

#[test]
fn what_was_brought_together_verifies_and_a_change_in_the_database_is_found() {
    let Some(server) = postgres("collect") else {
        return;
    };
    let folders = nodes();
    let fleets = [
        open(&server, "one", &folders[0]),
        open(&server, "../two", &folders[1]),
    ];
    for fleet in &fleets {
        fleet.catch_up().unwrap();
    }
    let trust = Trust {
        keys: vec![key().public()],
        checkpoints: Vec::new(),
    };
    let away = Folder::new();
    let collect = |name: &str| fleets[0].collect(&away.0.join(name), &trust);
    let whole = collect("whole").unwrap();
    assert_eq!(whole.len(), 2);
    for (node, chains) in whole.iter().zip([2, 1]) {
        assert!(node.report.ok, "{node:?}");
        assert_eq!(node.report.chains, chains, "{node:?}");
        assert!(node.folder.starts_with(away.0.join("whole")), "{node:?}");
    }
    for (from, to) in [(&folders[1], &whole[0]), (&folders[0], &whole[1])] {
        for chain in std::fs::read_dir(from.trail()).unwrap() {
            let chain = chain.unwrap().path();
            let copy = to.folder.join("audit").join(chain.file_name().unwrap());
            let read = |folder: &Path| std::fs::read(folder.join("000001.jsonl")).unwrap();
            assert_eq!(read(&chain), read(&copy), "byte for byte");
        }
    }
    assert!(collect("whole").is_err(), "nothing is written over");

    let changed = server.run(
        "UPDATE marshal_records SET line = replace(line, '\"status\":200', '\"status\":201') WHERE kind = 'complete'",
    );
    assert_eq!(changed, 1);
    let found = collect("changed").unwrap();
    assert!(found[0].report.ok && !found[1].report.ok);
    let bad = found[1].report.first_bad.as_ref().unwrap();
    assert_eq!((&*bad.file, bad.line), ("a/000001.jsonl", 4), "{bad:?}");

    // A node's records under another node's name verify, and are not that node's.
    server.run("DELETE FROM marshal_records WHERE node = 'one'");
    server.run("UPDATE marshal_records SET node = 'one'");
    let moved = collect("moved").unwrap();
    assert_eq!(moved.len(), 1);
    let bad = moved[0].report.first_bad.as_ref().unwrap();
    assert!(bad.why.contains("another node wrote it"), "{bad:?}");
}

#[test]
fn a_database_that_is_not_there_is_told_without_the_password() {
    let folder = Folder::new();
    let fleet = Fleet::new(
        FleetOptions {
            host: folder.0.display().to_string(),
            port: 5432,
            database: "audit".into(),
            user: "marshal".into(),
            password: Some(marshal_types::Secret::new(PASSWORD.into())),
            node: "one".into(),
        },
        &folder.0,
    );
    let error = fleet.catch_up().unwrap_err();
    let said = format!("{error} {} {fleet:?}", error.source);
    assert!(said.contains("the database audit on "), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
