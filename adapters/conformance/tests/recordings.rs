//! Every recording holds in every dialect that is spoken.

use marshal_conformance::{Outcome, Reviewed, Summary, read_folder, run_all, shared_folder};

#[test]
fn every_recorded_call_is_read_written_and_translated_without_loss() {
    let shared = shared_folder();
    if !shared.join("cassettes").is_dir() {
        println!("Skipped: {} has no recordings.", shared.display());
        return;
    }
    let recordings = read_folder(&shared).unwrap();
    let reviewed = Reviewed::shipped();
    let mut summary = Summary::default();
    let mut failures = Vec::new();
    for (recording, outcome) in recordings.iter().zip(run_all(&recordings, &reviewed)) {
        if let Outcome::Failed(why) = &outcome {
            let why: String = why.chars().take(600).collect();
            failures.push(format!("{} {}: {why}", recording.api, recording.id));
        }
        summary.add(recording, &outcome);
    }
    println!("{}", summary.lines().join("\n"));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(!recordings.is_empty());
}
