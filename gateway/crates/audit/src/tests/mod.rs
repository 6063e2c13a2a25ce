//! What a verifier must find, and what it must not mind.

mod proofs;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use marshal_types::CallId;
use serde_json::Value;

use crate::testbed::*;
use crate::*;

fn files(trail: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for chain in chain_folders(trail).unwrap() {
        for entry in std::fs::read_dir(trail.join(chain)).unwrap() {
            files.push(entry.unwrap().path());
        }
    }
    files.sort();
    files
}

fn name(trail: &Path, file: &Path) -> String {
    file.strip_prefix(trail)
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> =
                map.iter().map(|(k, v)| (k.clone(), canonical(v))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

#[test]
fn every_kind_of_record_is_canonical_json_without_its_hash() {
    let folder = Folder::new();
    story(&folder.0);
    let mut kinds = std::collections::BTreeSet::new();
    for file in files(&folder.0) {
        for line in String::from_utf8(std::fs::read(file).unwrap())
            .unwrap()
            .lines()
        {
            let Ok(mut value) = serde_json::from_str::<Value>(line) else {
                continue; // the torn end of the void bytes
            };
            let object = value.as_object_mut().unwrap();
            assert_eq!(object.keys().next_back().unwrap(), "hash");
            let hash = object.shift_remove("hash").unwrap();
            kinds.insert(value["kind"].as_str().unwrap().to_owned());
            let text = canonical(&value).to_string();
            assert_eq!(
                format!("{},\"hash\":{hash}}}", text.strip_suffix('}').unwrap()),
                line
            );
        }
    }
    assert_eq!(kinds.len(), 15, "{kinds:?}");
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let call = CallId::fresh();
    let (mut chain, mut line) = (Chain::default(), Vec::new());
    chain.seal(
        &Draft::of(&intent(call, 1)),
        "1970-01-01T00:00:00.000000Z",
        &mut line,
    );
    let read: Intent<'static> = serde_json::from_slice(&line).unwrap();
    assert_eq!(Event::Intent(Box::new(read)), intent(call, 1));
    line.clear();
    chain.seal(
        &Draft::of(&complete(call, 1)),
        "1970-01-01T00:00:00.000000Z",
        &mut line,
    );
    let read: Complete<'static> = serde_json::from_slice(&line).unwrap();
    assert_eq!(Event::Complete(Box::new(read)), complete(call, 1));
}

proptest::proptest! {
    #[test]
    fn whatever_text_a_record_holds_it_is_canonical_and_checks(
        text in "\\PC*|[\\x00-\\x7f]*", words: Vec<String>, score: i64, bytes in 0..(1_u64 << 53),
    ) {
        let mut event = intent(CallId::fresh(), 1);
        if let Event::Intent(record) = &mut event {
            record.purpose = Some(text.clone().into());
            record.tags = words.iter().map(Into::into).collect();
            record.plan.order[0].score = score;
            record.request_bytes = bytes;
        }
        let (mut chain, mut line) = (Chain::default(), Vec::new());
        chain.seal(&Draft::of(&event), "1970-01-01T00:00:00.000000Z", &mut line);
        proptest::prop_assert_eq!(line.pop(), Some(b'\n'));
        proptest::prop_assert!(!line.contains(&b'\n'));
        Line::check(&line).unwrap();
        let mut value: Value = serde_json::from_slice(&line).unwrap();
        value.as_object_mut().unwrap().shift_remove("hash");
        let body = canonical(&value).to_string();
        proptest::prop_assert_eq!(body.as_bytes().strip_suffix(b"}"), line.get(..line.len() - 75));
        let read: Intent<'static> = serde_json::from_slice(&line).unwrap();
        proptest::prop_assert_eq!(Event::Intent(Box::new(read)), event);
    }
}

#[test]
fn text_that_strangers_choose_is_cut() {
    let mut event = deny(CallId::fresh());
    if let Event::Deny(record) = &mut event {
        record.request_model = Some("é".repeat(1_000_000).into());
    }
    assert!(Draft::of(&event).size() < 4_000);
}

#[test]
fn a_whole_trail_verifies_with_its_void_bytes_named() {
    let folder = Folder::new();
    story(&folder.0);
    let report = verify(&folder.0);
    assert!(report.ok, "{report:?}");
    assert_eq!((report.records, report.chains, report.segments), (20, 2, 5));
    assert_eq!(
        (report.kinds["intent"], report.kinds["deny"], report.open),
        (3, 1, 0)
    );
    assert!(report.void_bytes > 0);
}

/// Where a flip at `at` must be found, or `None` where nothing counts.
fn due(bytes: &[u8], at: usize, good: usize) -> Option<u64> {
    (at < good).then(|| 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64)
}

#[test]
fn any_flipped_byte_is_found_in_its_file_and_line() {
    let folder = Folder::new();
    let trail = &folder.0;
    story(trail);
    let mut tried = 0;
    for (number, file) in files(trail).into_iter().enumerate() {
        let bytes = std::fs::read(&file).unwrap();
        let good = if number == 0 {
            good_bytes(trail)
        } else {
            bytes.len()
        };
        for at in 0..bytes.len() {
            let Some(line) = due(&bytes, at, good) else {
                continue;
            };
            for (every, new) in [(1, bytes[at] ^ 1), (5, b'\n'), (7, 0)] {
                if at % every != 0 || new == bytes[at] {
                    continue;
                }
                let mut changed = bytes.clone();
                changed[at] = new;
                std::fs::write(&file, changed).unwrap();
                let report = verify(trail);
                let bad = report
                    .first_bad
                    .unwrap_or_else(|| panic!("{} byte {at}", file.display()));
                assert_eq!(
                    (bad.file, bad.line),
                    (name(trail, &file), line),
                    "byte {at} to {new}: {}",
                    bad.why
                );
                tried += 1;
            }
        }
        std::fs::write(&file, bytes).unwrap();
    }
    assert!(tried > 8_000, "{tried}");
}

fn good_bytes(trail: &Path) -> usize {
    let text = std::fs::read_to_string(trail.join("a/000002.jsonl")).unwrap();
    let resume: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    usize::try_from(resume["good_bytes"].as_u64().unwrap()).unwrap()
}

/// A damage: its name, what it does, and where it must be found.
type Damage = (&'static str, fn(&Path), &'static str, u64);

fn lines(file: &Path, change: impl FnOnce(&mut Vec<String>)) {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    change(&mut lines);
    std::fs::write(file, lines.concat()).unwrap();
}

fn cut(file: &Path, bytes: u64) {
    let all = std::fs::read(file).unwrap();
    let kept = all.len() - usize::try_from(bytes).unwrap();
    std::fs::write(file, &all[..kept]).unwrap();
}

const DAMAGES: &[Damage] = &[
    (
        "a line deleted",
        |t| lines(&t.join("a/000002.jsonl"), |l| drop(l.remove(1))),
        "a/000002.jsonl",
        2,
    ),
    (
        "a line doubled",
        |t| lines(&t.join("a/000002.jsonl"), |l| l.insert(1, l[1].clone())),
        "a/000002.jsonl",
        3,
    ),
    (
        "two lines swapped",
        |t| lines(&t.join("b/000001.jsonl"), |l| l.swap(2, 3)),
        "b/000001.jsonl",
        3,
    ),
    (
        "a line added",
        |t| lines(&t.join("b/000001.jsonl"), |l| l.insert(1, "{}\n".into())),
        "b/000001.jsonl",
        2,
    ),
    (
        "an empty line",
        |t| lines(&t.join("b/000001.jsonl"), |l| l.insert(2, "\n".into())),
        "b/000001.jsonl",
        3,
    ),
    (
        "the first line deleted",
        |t| lines(&t.join("a/000001.jsonl"), |l| drop(l.remove(0))),
        "a/000001.jsonl",
        1,
    ),
    (
        "a middle segment cut short",
        |t| cut(&t.join("a/000002.jsonl"), 9),
        "a/000002.jsonl",
        4,
    ),
    (
        "a middle segment cut between lines",
        |t| lines(&t.join("a/000002.jsonl"), |l| drop(l.pop())),
        "a/000003.jsonl",
        1,
    ),
    (
        "a poisoned segment cut into what counts",
        |t| cut(&t.join("a/000001.jsonl"), 1_500),
        "a/000001.jsonl",
        4,
    ),
    (
        "a middle segment gone",
        |t| std::fs::remove_file(t.join("a/000002.jsonl")).unwrap(),
        "a/000002.jsonl",
        1,
    ),
    (
        "the first segment gone",
        |t| std::fs::remove_file(t.join("b/000001.jsonl")).unwrap(),
        "b/000001.jsonl",
        1,
    ),
    (
        "the last segment of a finished chain gone",
        |t| std::fs::remove_file(t.join("a/000003.jsonl")).unwrap(),
        "a/000002.jsonl",
        5,
    ),
    (
        "the last record of a finished chain gone",
        |t| std::fs::write(t.join("a/000003.jsonl"), "").unwrap(),
        "a/000003.jsonl",
        1,
    ),
    (
        "the last record of a finished chain torn",
        |t| cut(&t.join("a/000003.jsonl"), 20),
        "a/000003.jsonl",
        1,
    ),
    (
        "a chain gone",
        |t| std::fs::remove_dir_all(t.join("a")).unwrap(),
        "b/000001.jsonl",
        1,
    ),
    (
        "a strange segment",
        |t| std::fs::write(t.join("a/4.jsonl"), "").unwrap(),
        "a/4.jsonl",
        1,
    ),
    (
        "a chain under another name",
        |t| std::fs::rename(t.join("b"), t.join("c")).unwrap(),
        "c/000001.jsonl",
        1,
    ),
    (
        "a record after stop",
        |t| lines(&t.join("b/000002.jsonl"), |l| l.push(l[0].clone())),
        "b/000002.jsonl",
        3,
    ),
];

#[test]
fn every_other_damage_is_found_where_it_is() {
    for (what, damage, file, line) in DAMAGES {
        let folder = Folder::new();
        story(&folder.0);
        damage(&folder.0);
        let report = verify(&folder.0);
        let bad = report
            .first_bad
            .unwrap_or_else(|| panic!("{what} is not found"));
        assert_eq!(
            (&*bad.file, bad.line),
            (*file, *line),
            "{what}: {}",
            bad.why
        );
        assert!(!report.ok);
    }
}

#[test]
fn a_rewritten_chain_is_found_by_the_chain_that_links_it() {
    let folder = Folder::new();
    let first = Pen::start(&folder.0, "a", 1, Vec::new());
    Pen::start(&folder.0, "b", 100, vec![first.link(false)]);
    assert!(verify(&folder.0).ok);
    std::fs::remove_file(folder.0.join("a/000001.jsonl")).unwrap();
    Pen::start(&folder.0, "a", 2, Vec::new());
    let bad = verify(&folder.0).first_bad.unwrap();
    assert_eq!((&*bad.file, bad.line), ("a/000001.jsonl", 1));
    assert!(bad.why.contains("replaced"), "{}", bad.why);
}

#[test]
fn a_chain_that_goes_on_after_it_was_taken_over_is_found_but_not_at_a_hand_over() {
    for live in [false, true] {
        let folder = Folder::new();
        let mut first = Pen::start_unsigned(&folder.0, "a", 1, Vec::new());
        Pen::start_unsigned(&folder.0, "b", 100, vec![first.link(live)]);
        first.write(&deny(CallId::fresh()));
        assert_eq!(verify(&folder.0).ok, live);
    }
}

#[test]
fn a_second_trail_slipped_into_the_folder_is_found() {
    let folder = Folder::new();
    Pen::start(&folder.0, "a", 1, Vec::new());
    Pen::start(&folder.0, "b", 100, Vec::new());
    agreed(&folder.0, Some(("b/000001.jsonl", 1)));
}

/// It names the key that everybody knows and a record that is really there, as a process does that takes over.
#[test]
fn a_chain_slipped_in_beside_a_live_one_is_found_linked_or_not() {
    let folder = Folder::new();
    let mut first = Pen::start(&folder.0, "a", 1, Vec::new());
    first.sign();
    let mut added = Pen::start(&folder.0, "x", 50, vec![first.link(true)]);
    first.write(&deny(CallId::fresh()));
    first.sign();
    agreed(&folder.0, None);
    added.write(&deny(CallId::fresh()));
    agreed(&folder.0, Some(("x/000001.jsonl", 1)));

    let mut next = Pen::start(
        &folder.0,
        "b",
        100,
        vec![first.link(false), added.link(false)],
    );
    next.sign();
    agreed(&folder.0, Some(("x/000001.jsonl", 1)));
}

/// Without a record that needs a signature it says nothing, and it still is one too many.
#[test]
fn only_the_newest_chain_is_linked_by_none() {
    let folder = Folder::new();
    let mut first = Pen::start(&folder.0, "a", 1, Vec::new());
    first.sign();
    Pen::start(&folder.0, "x", 300, vec![first.link(true)]);
    let mut second = Pen::start(&folder.0, "b", 100, vec![first.link(true)]);
    second.sign();
    agreed(&folder.0, Some(("x/000001.jsonl", 1)));
}

#[test]
fn a_clock_that_was_set_back_is_no_alarm_and_hides_no_change() {
    let folder = Folder::new();
    let left = CallId::fresh();
    let mut first = Pen::start_unsigned(&folder.0, "a", 1_000, Vec::new());
    first.write(&intent(left, 1));
    let mut second = Pen::start(&folder.0, "b", 500, vec![first.link(false)]);
    second.write(&interrupted(left, 1, "a"));
    second.sign();
    second.write(&deny(CallId::fresh()));
    second.sign();
    let mut third = Pen::start(&folder.0, "c", 1, vec![second.link(false)]);
    third.sign();
    agreed(&folder.0, None);

    // The first chain's last record, written anew with a hash that fits it.
    let text = std::fs::read_to_string(first.path()).unwrap();
    std::fs::remove_file(first.path()).unwrap();
    let mut other = Pen::start_unsigned(&folder.0, "a", 1_000, Vec::new());
    other.write(&intent(left, 2));
    assert_ne!(std::fs::read_to_string(first.path()).unwrap(), text);
    agreed(&folder.0, Some(("a/000001.jsonl", 2)));
}

#[test]
fn a_last_line_cut_off_anywhere_is_torn_and_no_failure() {
    let folder = Folder::new();
    let mut pen = Pen::start(&folder.0, "a", 1, Vec::new());
    pen.write(&deny(CallId::fresh()));
    let whole = std::fs::read(pen.path()).unwrap();
    let second = 1 + whole.iter().position(|byte| *byte == b'\n').unwrap();
    for end in second + 1..whole.len() {
        std::fs::write(pen.path(), &whole[..end]).unwrap();
        let report = verify(&folder.0);
        assert!(report.ok, "cut at {end}: {report:?}");
        assert_eq!(
            (report.records, report.torn.len(), report.torn[0].line),
            (1, 1, 2)
        );
    }
    std::fs::write(
        pen.path(),
        [&whole[..second], &[0; 600], b"x\"}\n{}\n"].concat(),
    )
    .unwrap();
    assert_eq!(verify(&folder.0).torn.len(), 1, "a lost sector");
}

#[test]
fn attempts_end_once_and_only_if_they_began() {
    let call = CallId::fresh();
    let cases: [(Vec<Event<'_>>, Option<u64>, u64); 6] = [
        (vec![intent(call, 1)], None, 1),
        (
            vec![
                intent(call, 1),
                abort(call, 1),
                intent(call, 2),
                complete(call, 2),
            ],
            None,
            0,
        ),
        (
            vec![intent(call, 1), complete(call, 1), abort(call, 1)],
            Some(4),
            0,
        ),
        (vec![complete(call, 1)], Some(2), 0),
        (vec![intent(call, 1), complete(call, 2)], Some(3), 1),
        (vec![intent(call, 1), intent(call, 1)], Some(3), 1),
    ];
    for (events, line, open) in cases {
        let folder = Folder::new();
        let mut pen = Pen::start_unsigned(&folder.0, "a", 1, Vec::new());
        for event in &events {
            pen.write(event);
        }
        let report = verify(&folder.0);
        assert_eq!(report.first_bad.map(|bad| bad.line), line, "{events:?}");
        assert_eq!(report.open, open, "{events:?}");
    }
}

#[test]
fn an_attempt_left_open_in_a_chain_that_was_taken_over_is_found() {
    let folder = Folder::new();
    let (left, never) = (CallId::fresh(), CallId::fresh());
    let mut first = Pen::start_unsigned(&folder.0, "a", 1, Vec::new());
    first.write(&intent(left, 1));
    let mut second = Pen::start_unsigned(&folder.0, "b", 100, vec![first.link(false)]);
    assert!(verify(&folder.0).ok, "the second may still be at it");
    second.write(&deny(CallId::fresh()));
    let bad = verify(&folder.0).first_bad.unwrap();
    assert_eq!((&*bad.file, bad.line), ("a/000001.jsonl", 2));
    second.write(&interrupted(left, 1, "a"));
    assert!(verify(&folder.0).ok);
    second.write(&interrupted(never, 1, "a"));
    let bad = verify(&folder.0).first_bad.unwrap();
    assert_eq!((&*bad.file, bad.line), ("b/000001.jsonl", 4));
}

#[test]
fn a_folder_without_a_trail_is_no_verified_trail() {
    let folder = Folder::new();
    assert!(!verify(&folder.0).ok);
    assert!(!verify(&folder.0.join("nowhere")).ok);
    story(&folder.0.join("audit"));
    assert!(verify(&folder.0).ok, "a data folder will do");
}

/// Whoever has the key could write so; two readers would then read two records.
#[test]
fn a_record_is_written_in_one_way_whatever_its_hash_says() {
    for other in ["403,\"status\":200", "403.0", " 403", "0403", "NaN"] {
        let folder = Folder::new();
        let mut pen = Pen::start(&folder.0, "a", 1, Vec::new());
        pen.sign();
        let line = String::from_utf8(pen.line(&deny(CallId::fresh()))).unwrap();
        let body = &line[..line.rfind(",\"hash\":").unwrap()];
        let changed = body.replace("\"status\":403", &format!("\"status\":{other}"));
        assert_ne!(changed, body);
        pen.append(&crate::tampering::seal(&(changed + "}")));
        agreed(&folder.0, Some(("a/000001.jsonl", 3)));
    }
}

/// Both verifiers find this place, or nothing.
fn agreed(folder: &Path, place: Option<(&str, u64)>) {
    let found = verify(folder).first_bad;
    let named = found.as_ref().map(|bad| (&*bad.file, bad.line));
    assert_eq!(named, place, "{found:?}");
    if let Some(report) = python(&[folder.as_os_str()]) {
        let bad = &report["first_bad"];
        let named = bad["file"].as_str().zip(bad["line"].as_u64());
        assert_eq!(named, place, "verify.py: {report}");
    }
}

/// The second verifier's words on a trail; `None` without a Python.
fn python(arguments: &[&OsStr]) -> Option<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/verify.py");
    let Ok(output) = Command::new("python3").arg(script).args(arguments).output() else {
        crate::testing::skipped("there is no python3 to run verify.py with");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.success(), report["ok"] == true);
    Some(report)
}

fn agree(trail: &Path, what: &str) -> bool {
    let Some(theirs) = python(&[trail.as_os_str()]) else {
        return false;
    };
    let ours = serde_json::to_value(verify(trail)).unwrap();
    for key in [
        "ok",
        "records",
        "kinds",
        "open",
        "void_bytes",
        "checkpoints",
        "unsigned",
        "keys",
    ] {
        assert_eq!(ours[key], theirs[key], "{what}: {key}: {ours} {theirs}");
    }
    for key in ["file", "line"] {
        assert_eq!(
            ours["first_bad"][key], theirs["first_bad"][key],
            "{what}: {ours} {theirs}"
        );
    }
    true
}

#[test]
fn the_second_verifier_in_python_agrees() {
    let folder = Folder::new();
    let trail = &folder.0;
    story(trail);
    if !agree(trail, "whole") {
        return;
    }
    for file in files(trail) {
        let bytes = std::fs::read(&file).unwrap();
        for at in (0..bytes.len()).step_by(509).chain([bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&file, changed).unwrap();
            agree(trail, &format!("{} byte {at}", file.display()));
        }
        std::fs::write(&file, bytes).unwrap();
    }
    for (what, damage, ..) in DAMAGES {
        let folder = Folder::new();
        story(&folder.0);
        damage(&folder.0);
        agree(&folder.0, what);
    }
}
