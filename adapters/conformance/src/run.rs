//! Every check over every recording, and the count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::checks::{across, errors, facts_and_edit, request_round_trip, response_round_trip};
use crate::recording::Recording;
use crate::reviewed::Reviewed;
use crate::streams::{assembled, cut_anywhere, tap_agrees};
use crate::turns::request_across;

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every check that applies held.
    Passed,
    /// A check did not hold: which, and why.
    Failed(String),
    /// No check applies, and why.
    Skipped(&'static str),
}

/// The count, by interface.
#[derive(Debug, Default)]
pub struct Summary {
    by_api: BTreeMap<String, Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// Counts one recording.
    pub fn add(&mut self, api: &str, outcome: &Outcome) {
        let counts = self.by_api.entry(api.to_owned()).or_default();
        match outcome {
            Outcome::Passed => counts.passed += 1,
            Outcome::Failed(_) => counts.failed += 1,
            Outcome::Skipped(why) => *counts.skipped.entry(why).or_default() += 1,
        }
    }

    /// How many failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.by_api.values().map(|counts| counts.failed).sum()
    }

    /// One line an interface.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |(api, counts): (&String, &Counts)| {
            let skipped: Vec<String> = counts
                .skipped
                .iter()
                .map(|(why, number)| format!(", {number} skipped ({why})"))
                .collect();
            format!(
                "{api}: {} passed, {} failed{}",
                counts.passed,
                counts.failed,
                skipped.concat()
            )
        };
        self.by_api.iter().map(line).collect()
    }

    /// `{"total", "passed", "failed", "skipped", "by_api"}`.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut all = (0, 0, 0);
        let mut by_api = serde_json::Map::new();
        for (api, counts) in &self.by_api {
            let skipped: u64 = counts.skipped.values().sum();
            all = (
                all.0 + counts.passed,
                all.1 + counts.failed,
                all.2 + skipped,
            );
            by_api.insert(
                api.clone(),
                json!({"passed": counts.passed, "failed": counts.failed, "skipped": skipped, "reasons": counts.skipped}),
            );
        }
        let (passed, failed, skipped) = all;
        json!({
            "total": passed + failed + skipped,
            "passed": passed,
            "failed": failed,
            "skipped": skipped,
            "by_api": by_api,
        })
    }
}

/// The folder of recordings: `MARSHAL_SHARED`, else `shared` beside the workspace.
#[must_use]
pub fn shared_folder() -> PathBuf {
    std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    )
}

/// Runs every check that applies to a recording.
#[must_use]
pub fn run(recording: &Recording, reviewed: &Reviewed) -> Outcome {
    let Some(dialect) = recording.dialect() else {
        return Outcome::Skipped("dialect not spoken yet");
    };
    if recording.answer().is_none() {
        return Outcome::Skipped("the answer is not text");
    }
    let mut failures = Vec::new();
    let mut check = |name: &str, result: Result<(), String>| {
        if let Err(why) = result {
            failures.push(format!("{name}: {why}"));
        }
    };
    if recording.status != 200 {
        check("error", errors(recording, dialect));
    } else {
        // Azure's deployment paths name the model; such a body is no request of this dialect by itself.
        if recording.names_model() {
            check("facts", facts_and_edit(recording, dialect));
            check("request", request_round_trip(recording, dialect, reviewed));
            check("request across", request_across(recording, dialect));
        }
        if recording.stream {
            check("cut", cut_anywhere(recording));
            check("stream", assembled(recording, dialect));
            check("tap", tap_agrees(recording, dialect));
        } else {
            check(
                "response",
                response_round_trip(recording, dialect, reviewed),
            );
            check("across", across(recording, dialect));
        }
    }
    if failures.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(failures.join("; "))
    }
}
