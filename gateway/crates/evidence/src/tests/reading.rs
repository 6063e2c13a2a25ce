//! From the files to the queries.

use super::month::{Fault, Month, day, november};
use super::pen::Folder;
use crate::answer::Status;
use crate::row::Row;
use crate::{Framework, read, report};

fn written(faults: &[Fault]) -> (Folder, std::path::PathBuf) {
    let folder = Folder::new();
    let trail = folder.0.join("audit");
    let month = Month {
        ..Month::with(faults)
    };
    month.write(&trail);
    (folder, trail)
}

#[test]
fn a_whole_report_is_made_from_a_data_folder_or_its_audit_folder() {
    let (folder, trail) = written(&[]);
    let (from, to, now) = november();
    let framework = Framework::by_id("gdpr").unwrap();
    let one = report(framework, &folder.0, from, to, now).unwrap();
    let other = report(framework, &trail, from, to, now).unwrap();
    assert!(one.trail.verification.ok && one.trail.unread == 0);
    assert_eq!(one.to_json(), other.to_json());
}

#[test]
fn records_come_in_order_with_their_places_and_only_those_of_the_period() {
    let (folder, _trail) = written(&[]);
    let mut places = Vec::new();
    let mut times = Vec::new();
    read(
        &folder.0,
        day(2026, 11, 19),
        day(2026, 11, 21),
        &mut |seen| {
            places.push(seen.place.to_string());
            let value: serde_json::Value = serde_json::from_str(seen.json).unwrap();
            times.push(value["time"].as_str().unwrap().to_owned());
        },
    )
    .unwrap();
    assert!(times.is_sorted());
    assert!(
        times
            .iter()
            .all(|time| time.starts_with("2026-11-19") || time.starts_with("2026-11-20"))
    );
    // Two days of four calls with two records each; a stop, its checkpoint and a start between.
    assert_eq!(places.len(), 2 * 8 + 3);
    assert_eq!(places[0], "a/000001.jsonl:146");
    assert_eq!(places[10], "b/000001.jsonl:1");
}

#[test]
fn what_a_failed_write_left_behind_is_not_read() {
    let (folder, trail) = written(&[Fault::FailedWrite]);
    let verification = marshal_audit::verify(&folder.0);
    assert!(
        verification.ok && verification.void_bytes > 0,
        "{verification:?}"
    );
    let mut records = 0;
    let mut resumed = String::new();
    read(&trail, day(2020, 1, 1), day(2030, 1, 1), &mut |seen| {
        records += 1;
        if seen.json.contains("\"kind\":\"resume\"") {
            resumed = seen.place.to_string();
        }
    })
    .unwrap();
    assert_eq!(records, verification.records);
    assert_eq!(resumed, "b/000002.jsonl:1");
}

#[test]
fn a_changed_trail_is_a_gap_wherever_a_control_asks_whether_it_holds() {
    let (folder, trail) = written(&[]);
    let file = trail.join("a/000001.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("acme", "acne", 1)).unwrap();
    let (from, to, now) = november();
    let framework = Framework::by_id("hipaa").unwrap();
    let evidence = report(framework, &folder.0, from, to, now).unwrap();
    let control = evidence
        .controls
        .iter()
        .find(|one| one.id == "164.312(c)(1)")
        .unwrap();
    let answer = &control.queries[0].answer;
    assert_eq!((control.status, answer.status), (Status::Gap, Status::Gap));
    assert!(
        answer.gaps[0].starts_with("a/000001.jsonl:2: "),
        "{:?}",
        answer.gaps
    );
    assert!(evidence.to_html().contains("The trail does not verify."));
}

#[test]
fn lines_that_are_no_records_are_counted_and_left_out() {
    let (folder, trail) = written(&[]);
    let file = trail.join("a/000001.jsonl");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.extend_from_slice(
        b"not json\n\xff\xfe\n[]\n{\"kind\":\"deny\",\"time\":\"yesterday\",\"seq\":1}\ncut off",
    );
    std::fs::write(&file, bytes).unwrap();
    let (from, to, now) = november();
    let evidence = report(Framework::by_id("soc2").unwrap(), &folder.0, from, to, now).unwrap();
    assert_eq!(evidence.trail.unread, 4);
    assert!(evidence.to_html().contains("4 lines could not be read"));
}

#[test]
fn a_record_with_members_or_words_of_another_version_still_counts() {
    let mut begun = super::records::intent(1, "openai", "gpt-4o");
    begun["question"] =
        serde_json::json!({"targets": [{"target": "openai/gpt-4o", "facts": {"load": 0.5}}]});
    begun["plan"] = serde_json::Value::Null;
    begun["kind"] = "intent".into();
    begun["time"] = "2026-11-01T00:00:00.000000Z".into();
    begun["seq"] = 1.into();
    let row = Row::of(begun.to_string().as_bytes()).unwrap();
    assert!(row.is_dispatch());
    assert_eq!(row.fact("load").as_deref(), Some("0.5"));
    let mut ended = super::records::complete(1, 5);
    ended["outcome"] = "a_word_of_tomorrow".into();
    ended["kind"] = "complete".into();
    ended["time"] = begun["time"].clone();
    ended["seq"] = 2.into();
    assert!(Row::of(ended.to_string().as_bytes()).is_some());
}
