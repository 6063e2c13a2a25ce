//! Reading a trail as it grows.

use marshal_types::CallId;

use crate::testbed::*;
use crate::*;

fn open(folder: &Folder) -> (std::path::PathBuf, std::sync::Arc<Trail>) {
    (folder.0.join("audit"), Trail::open(&folder.0))
}

fn ids(trail: &Trail, filter: &Filter) -> Vec<CallId> {
    trail
        .calls(filter)
        .unwrap()
        .iter()
        .map(|one| one.call)
        .collect()
}

#[test]
fn calls_come_newest_first_with_what_became_of_them() {
    let folder = Folder::new();
    let (dir, trail) = open(&folder);
    assert!(
        trail.calls(&Filter::default()).unwrap().is_empty(),
        "no trail yet"
    );
    let calls = story(&dir);
    let all = trail.calls(&Filter::default()).unwrap();
    let results: Vec<_> = all.iter().map(|one| (one.call, one.result)).collect();
    assert_eq!(
        results,
        [
            (calls.left, CallResult::Interrupted),
            (calls.denied, CallResult::Denied),
            (calls.answered, CallResult::Ok),
        ]
    );
    let answered = &all[2];
    assert_eq!(
        (answered.attempts, answered.findings, answered.status),
        (2, 2, Some(200))
    );
    assert_eq!(
        (
            answered.cost_nano_usd.0,
            answered.usage.input.0,
            answered.duration_us
        ),
        (1_234, 10, 900)
    );
    assert_eq!(
        (
            &*answered.provider,
            &*answered.request_model,
            answered.code.as_deref()
        ),
        ("openai", "fast", None)
    );
    assert_eq!(all[1].rule.as_deref(), Some("secrets"));
    let json = serde_json::to_value(answered).unwrap();
    assert_eq!(json["time"], "1970-01-01T00:00:01.000002Z");
}

#[test]
fn a_filter_narrows_and_pages() {
    let folder = Folder::new();
    let (dir, trail) = open(&folder);
    let calls = story(&dir);
    let some = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        ids(&trail, &filter)
    };
    assert_eq!(some(|f| f.tenant = Some("beta".into())), [calls.denied]);
    assert_eq!(
        some(|f| f.code = Some("data_blocked".into())),
        [calls.denied]
    );
    assert_eq!(
        some(|f| f.class = Some("pii".into())),
        [calls.left, calls.answered]
    );
    assert_eq!(
        some(|f| f.model = Some("fast".into())),
        [calls.left, calls.answered]
    );
    assert_eq!(
        some(|f| f.model = Some("gpt-4o-mini".into())),
        [calls.left, calls.answered]
    );
    assert_eq!(some(|f| f.result = Some(CallResult::Ok)), [calls.answered]);
    assert_eq!(some(|f| f.limit = 1), [calls.left]);
    let next = Filter {
        before: Some(calls.left),
        limit: 1,
        ..Filter::default()
    };
    assert_eq!(ids(&trail, &next), [calls.denied]);
}

#[test]
fn a_call_tells_its_whole_story_word_for_word() {
    let folder = Folder::new();
    let (dir, trail) = open(&folder);
    let calls = story(&dir);
    let story = trail.call(calls.answered).unwrap().unwrap();
    assert_eq!(story.records.len(), 4);
    for record in &story.records {
        Line::check(record.as_bytes()).unwrap();
    }
    let across = trail.call(calls.left).unwrap().unwrap();
    assert_eq!(
        across.records.len(),
        2,
        "intent in one chain, interrupted in the next"
    );
    assert!(trail.call(CallId::fresh()).unwrap().is_none());
}

#[test]
fn a_call_too_old_for_the_index_is_found_in_the_files() {
    let folder = Folder::new();
    let dir = folder.0.join("audit");
    let calls = story(&dir);
    let found = super::story::search(&dir, calls.answered).unwrap().unwrap();
    assert_eq!(
        (found.records.len(), found.summary.result),
        (4, CallResult::Ok)
    );
}

#[test]
fn a_growing_trail_is_followed_from_where_it_was_left() {
    let folder = Folder::new();
    let (dir, trail) = open(&folder);
    let call = CallId::fresh();
    let mut pen = Pen::start(&dir, "a", 1, Vec::new());
    pen.write(&intent(call, 1));
    let result = || trail.calls(&Filter::default()).unwrap()[0].result;
    assert_eq!(result(), CallResult::Open);
    let line = pen.line(&complete(call, 1));
    pen.append(&line[..30]);
    assert_eq!(result(), CallResult::Open, "half a line is no record");
    pen.append(&line[30..]);
    assert_eq!(result(), CallResult::Ok);
    pen.segment = 2;
    pen.write(&deny(CallId::fresh()));
    assert_eq!(trail.calls(&Filter::default()).unwrap().len(), 2);
    assert_eq!(trail.changes(10).unwrap().len(), 1);
}

#[test]
fn records_declared_void_after_they_were_read_are_taken_back() {
    let folder = Folder::new();
    let (dir, trail) = open(&folder);
    let mut pen = Pen::start(&dir, "a", 1, Vec::new());
    let good_bytes = std::fs::metadata(pen.path()).unwrap().len();
    let acknowledged = pen.log.clone();
    pen.write(&deny(CallId::fresh()));
    assert_eq!(trail.calls(&Filter::default()).unwrap().len(), 1);
    pen.log = acknowledged;
    pen.segment = 2;
    pen.write(&Event::Resume(Resume {
        good_bytes,
        poisoned: segment_file(1).into(),
    }));
    assert_eq!(trail.calls(&Filter::default()).unwrap().len(), 0);
    pen.write(&deny(CallId::fresh()));
    assert_eq!(trail.calls(&Filter::default()).unwrap().len(), 1);
}
