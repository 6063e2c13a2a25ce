use std::path::Path;
use std::sync::Arc;

use marshal_audit::testing::records::{call, complete, deny, intent};
use marshal_audit::testing::{Folder, Pen};
use marshal_audit::{AuditQuery, CallResult, Event, Filter, Line, Resume, Stop, segment_file};
use marshal_types::{CallId, Timestamp};
use serde_json::json;

use crate::Index;

fn open(folder: &Folder) -> Arc<Index> {
    Index::open(&folder.0).unwrap()
}

/// A call that was answered, one that was refused, and one whose process ended, over two chains.
fn story(trail: &Path) {
    let mut first = Pen::start_unsigned(trail, "a", 1_000_000, Vec::new());
    let asked = json!({"classes": ["pii"], "question": {"action": "invoke", "method": "POST", "subjects": ["k:1", "u:ada", "t:ward", "role:x"], "targets": []}});
    first.write(&intent(call(1), asked));
    first.write(&complete(call(1)));
    first.write(&deny(call(2)));
    first.segment = 2;
    first.write(&intent(
        call(3),
        json!({"classes": ["pii", "pci"], "tenant": "beta"}),
    ));
    let mut second = Pen::start_unsigned(trail, "b", 2_000_000, vec![first.link(false)]);
    second.write(&Event::Interrupted(marshal_audit::Interrupted {
        attempt: 1,
        call: call(3),
        instance: "a".into(),
    }));
    second.write(&Event::Stop(Stop {}));
}

fn ids(index: &Index, filter: &Filter) -> Vec<CallId> {
    let calls = index.calls(filter).unwrap();
    calls.iter().map(|one| one.call).collect()
}

#[test]
fn calls_come_newest_first_with_what_became_of_them() {
    let folder = Folder::new();
    let index = open(&folder);
    assert!(
        index.calls(&Filter::default()).unwrap().is_empty(),
        "no trail yet"
    );
    story(&folder.trail());
    let memory = Index::in_memory(&folder.trail()).unwrap();
    for index in [index, open(&folder), memory] {
        let all = index.calls(&Filter::default()).unwrap();
        let results: Vec<_> = all.iter().map(|one| (one.call, one.result)).collect();
        assert_eq!(
            results,
            [
                (call(3), CallResult::Interrupted),
                (call(2), CallResult::Denied),
                (call(1), CallResult::Ok)
            ]
        );
        let json = serde_json::to_value(&all[2]).unwrap();
        let expected = json!({"time": "1970-01-01T00:00:01.000002Z", "tenant": "acme", "key": "k1", "surface": "chat",
            "request_model": "fast", "provider": "openai", "model": "gpt", "status": 200, "code": null, "attempts": 1,
            "stream": true, "cached": false, "cost_nano_usd": 1234, "duration_us": 900, "first_byte_us": 300,
            "overhead_us": 25, "classes": ["pii"], "findings": 0, "user": "ada", "team": "ward", "service": null,
            "usage": {"input": 10, "output": 3, "cache_read": 4, "cache_write": 0, "reasoning": 1, "estimated": false}});
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&json[member], value, "{member}");
        }
        let denied = &all[1];
        assert_eq!(
            (
                denied.code.as_deref(),
                denied.rule.as_deref(),
                denied.findings
            ),
            (Some("data_blocked"), Some("secrets"), 2)
        );
    }
}

#[test]
fn a_filter_narrows_and_pages() {
    let folder = Folder::new();
    story(&folder.trail());
    let index = open(&folder);
    let some = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        ids(&index, &filter)
    };
    assert_eq!(some(|f| f.tenant = Some("beta".into())), [call(3), call(2)]);
    assert_eq!(some(|f| f.tenant = Some("nobody".into())), []);
    assert_eq!(some(|f| f.code = Some("data_blocked".into())), [call(2)]);
    assert_eq!(some(|f| f.class = Some("pii".into())), [call(3), call(1)]);
    assert_eq!(some(|f| f.class = Some("pci".into())), [call(3), call(2)]);
    assert_eq!(some(|f| f.user = Some("ada".into())), [call(1)]);
    assert_eq!(some(|f| f.team = Some("ward".into())), [call(1)]);
    assert_eq!(some(|f| f.service = Some("ada".into())), []);
    assert_eq!(
        some(|f| f.model = Some("fast".into())),
        [call(3), call(2), call(1)]
    );
    assert_eq!(some(|f| f.model = Some("gpt".into())), [call(3), call(1)]);
    let target = some(|f| f.model = Some("openai/gpt".into()));
    assert_eq!(target, [call(3), call(1)]);
    assert_eq!(some(|f| f.model = Some("acme/gpt".into())), []);
    assert_eq!(some(|f| f.result = Some(CallResult::Ok)), [call(1)]);
    assert_eq!(some(|f| f.key = Some("k2".into())), [call(2)]);
    assert_eq!(some(|f| f.limit = 1), [call(3)]);
    assert_eq!(some(|f| f.before = Some(call(3))), [call(2), call(1)]);
    assert_eq!(
        some(|f| {
            f.class = Some("pii".into());
            f.tenant = Some("beta".into());
        }),
        [call(3)]
    );
}

#[test]
fn a_time_narrows_by_the_record_and_by_the_id() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    let fresh = CallId::fresh();
    let millis = u64::from_be_bytes([&[0, 0], &fresh.bytes()[..6]].concat().try_into().unwrap());
    pen.micros = millis * 1_000;
    pen.write(&deny(fresh));
    let index = open(&folder);
    let between = |since: Option<u64>, until: Option<u64>| {
        let filter = Filter {
            since: since.map(Timestamp::from_micros),
            until: until.map(Timestamp::from_micros),
            ..Filter::default()
        };
        ids(&index, &filter).len()
    };
    let at = millis * 1_000 + 1;
    assert_eq!(between(Some(at), None), 1);
    assert_eq!(between(Some(at + 1), None), 0);
    assert_eq!(between(None, Some(at)), 0);
    assert_eq!(between(None, Some(at + 1)), 1);
}

#[test]
fn a_call_tells_its_whole_story_word_for_word() {
    let folder = Folder::new();
    story(&folder.trail());
    let index = open(&folder);
    let across = index.call(call(3)).unwrap().unwrap();
    assert_eq!(
        across.records.len(),
        2,
        "intent in one chain, interrupted in the next"
    );
    for record in &across.records {
        Line::check(record.as_bytes()).unwrap();
    }
    assert!(index.call(CallId::fresh()).unwrap().is_none());
    let kinds: Vec<_> = index
        .changes(10)
        .unwrap()
        .into_iter()
        .map(|one| one.kind)
        .collect();
    assert_eq!(kinds, ["stop", "start", "start"]);
}

#[test]
fn a_growing_trail_is_followed_from_where_it_was_left() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1, Vec::new());
    pen.write(&intent(call(1), json!({})));
    let index = open(&folder);
    let result = || index.calls(&Filter::default()).unwrap()[0].result;
    assert_eq!(result(), CallResult::Open);
    let line = pen.line(&complete(call(1)));
    pen.append(&line[..30]);
    assert_eq!(result(), CallResult::Open, "half a line is no record");
    pen.append(&line[30..]);
    assert_eq!(result(), CallResult::Ok);
    pen.segment = 2;
    pen.write(&deny(call(2)));
    let other = open(&folder);
    assert_eq!(
        ids(&other, &Filter::default()).len(),
        2,
        "another process goes on where this one was"
    );
    assert_eq!(ids(&index, &Filter::default()).len(), 2);
    assert_eq!(index.changes(10).unwrap().len(), 1);
}

#[test]
fn records_declared_void_after_they_were_read_are_taken_back() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1, Vec::new());
    pen.write(&intent(call(1), json!({})));
    let good_bytes = std::fs::metadata(pen.path()).unwrap().len();
    let acknowledged = pen.log.clone();
    pen.write(&complete(call(1)));
    pen.write(&deny(call(2)));
    pen.write(&Event::Stop(Stop {}));
    let index = open(&folder);
    assert_eq!(ids(&index, &Filter::default()), [call(2), call(1)]);
    pen.log = acknowledged;
    pen.segment = 2;
    pen.write(&Event::Resume(Resume {
        good_bytes,
        poisoned: segment_file(1).into(),
    }));
    pen.write(&deny(call(3)));
    // The stop was void as well: whoever trusted it would not look again.
    let again = Index::in_memory(&folder.trail()).unwrap();
    assert_eq!(ids(&again, &Filter::default()), [call(3), call(1)]);
    index.rebuild().unwrap();
    assert_eq!(ids(&index, &Filter::default()), [call(3), call(1)]);
    assert_eq!(
        index.calls(&Filter::default()).unwrap()[1].result,
        CallResult::Open
    );
    assert_eq!(index.changes(10).unwrap().len(), 2);
}

#[test]
fn a_failed_write_that_was_read_midway_leaves_no_trace() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1, Vec::new());
    pen.write(&intent(call(1), json!({})));
    let good_bytes = std::fs::metadata(pen.path()).unwrap().len();
    let acknowledged = pen.log.clone();
    pen.write(&complete(call(1)));
    pen.write(&deny(call(2)));
    let index = open(&folder);
    assert_eq!(
        index.calls(&Filter::default()).unwrap()[1].result,
        CallResult::Ok
    );
    pen.log = acknowledged;
    pen.segment = 2;
    pen.write(&Event::Resume(Resume {
        good_bytes,
        poisoned: segment_file(1).into(),
    }));
    let calls = index.calls(&Filter::default()).unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].call, calls[0].result),
        (call(1), CallResult::Open)
    );
    assert!(
        index
            .calls(&Filter {
                code: Some("data_blocked".into()),
                ..Filter::default()
            })
            .unwrap()
            .is_empty()
    );
    pen.write(&complete(call(1)));
    assert_eq!(
        index.calls(&Filter::default()).unwrap()[0].result,
        CallResult::Ok
    );
    assert_eq!(index.call(call(1)).unwrap().unwrap().records.len(), 2);
}

#[test]
fn a_segment_whose_name_was_used_again_is_read_from_its_beginning() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1, Vec::new());
    let good_bytes = std::fs::metadata(pen.path()).unwrap().len();
    let acknowledged = pen.log.clone();
    pen.segment = 2;
    let resume = Event::Resume(Resume {
        good_bytes,
        poisoned: segment_file(1).into(),
    });
    // The first try reached the disk, and its sync failed.
    pen.write(&resume);
    pen.write(&deny(call(1)));
    let index = open(&folder);
    assert_eq!(ids(&index, &Filter::default()), [call(1)]);
    std::fs::remove_file(pen.path()).unwrap();
    pen.log = acknowledged;
    // The second is as long as the first, to the byte.
    pen.write(&resume);
    pen.write(&deny(call(2)));
    pen.write(&deny(call(3)));
    assert_eq!(ids(&index, &Filter::default()), [call(3), call(2)]);
}

#[test]
fn a_record_longer_than_a_piece_hides_nothing_behind_it() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1, Vec::new());
    let long = "x".repeat(9 * 1024 * 1024);
    pen.write(&intent(call(1), json!({"request_model": long})));
    pen.write(&complete(call(1)));
    pen.segment = 2;
    pen.write(&deny(call(2)));
    assert_eq!(ids(&open(&folder), &Filter::default()), [call(2), call(1)]);
}

#[test]
fn an_index_of_another_version_is_made_anew() {
    let folder = Folder::new();
    story(&folder.trail());
    let index = open(&folder);
    assert_eq!(ids(&index, &Filter::default()).len(), 3);
    drop(index);
    let db = rusqlite::Connection::open(crate::index_file(&folder.0)).unwrap();
    db.execute_batch("DROP TABLE calls; PRAGMA user_version = 99")
        .unwrap();
    drop(db);
    assert_eq!(ids(&open(&folder), &Filter::default()).len(), 3);
}

/// `marshal audit index --rebuild` beside a gateway that runs: the numbers of names are others then.
#[test]
fn an_index_that_another_process_made_anew_tells_the_same() {
    let folder = Folder::new();
    story(&folder.trail());
    let (one, other) = (open(&folder), open(&folder));
    let before = one.calls(&Filter::default()).unwrap();
    // An older chain comes back: its names are met first.
    let mut older = Pen::start_unsigned(&folder.trail(), "0", 500_000, Vec::new());
    older.write(&intent(call(4), json!({"tenant": "gamma", "key": "k3"})));
    other.rebuild().unwrap();
    let after = one.calls(&Filter::default()).unwrap();
    let tell = |calls: &[marshal_audit::CallSummary]| -> Vec<_> {
        let tell = |one: &marshal_audit::CallSummary| serde_json::to_value(one).unwrap();
        calls.iter().map(tell).collect()
    };
    assert_eq!(after[0].tenant.as_ref(), "gamma");
    assert_eq!(tell(&after[1..]), tell(&before));
}

#[test]
fn an_answer_that_was_kept_back_is_blocked_whatever_the_caller_was_told() {
    let folder = Folder::new();
    let index = open(&folder);
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    pen.write(&intent(call(1), json!({"classes": ["pii"]})));
    let Event::Complete(mut kept_back) = complete(call(1)) else {
        panic!()
    };
    kept_back.outcome = marshal_audit::Outcome::Blocked;
    kept_back.classes = vec!["secret".into()];
    pen.write(&Event::Complete(kept_back));
    let Event::Deny(mut told) = deny(call(1)) else {
        panic!()
    };
    (told.attempts, told.classes) = (1, Vec::new());
    pen.write(&Event::Deny(told));
    let call = &index.calls(&Filter::default()).unwrap()[0];
    assert_eq!(
        (call.result, call.code.as_deref()),
        (CallResult::Blocked, Some("data_blocked"))
    );
    assert_eq!(call.classes.len(), 2, "{:?}", call.classes);
}
