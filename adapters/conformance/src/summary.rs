//! The count of what became of all recordings.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::recording::Recording;
use crate::run::{Outcome, kind};

/// The count, by provider and interface.
#[derive(Debug, Default)]
pub struct Summary {
    counts: BTreeMap<(String, String), Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: BTreeMap<&'static str, u64>,
    kinds: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        for (why, number) in &other.skipped {
            *self.skipped.entry(why).or_default() += number;
        }
        for (kind, number) in &other.kinds {
            *self.kinds.entry(kind).or_default() += number;
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    fn total(&self) -> u64 {
        self.passed + self.failed + self.skipped()
    }
}

impl Summary {
    /// Counts one recording.
    pub fn add(&mut self, recording: &Recording, outcome: &Outcome) {
        let key = (recording.provider.clone(), recording.api.clone());
        let counts = self.counts.entry(key).or_default();
        *counts.kinds.entry(kind(recording)).or_default() += 1;
        match outcome {
            Outcome::Passed => counts.passed += 1,
            Outcome::Failed(_) => counts.failed += 1,
            Outcome::Skipped(why) => *counts.skipped.entry(why).or_default() += 1,
        }
    }

    /// How many failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.counts.values().map(|counts| counts.failed).sum()
    }

    /// One line a provider's interface.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |((provider, api), counts): (&(String, String), &Counts)| {
            let words = |all: &BTreeMap<&'static str, u64>| -> String {
                let each = all.iter().map(|(word, number)| format!("{number} {word}"));
                each.collect::<Vec<_>>().join(", ")
            };
            let reasons = match counts.skipped.len() {
                0 => String::new(),
                _ => format!(" ({})", words(&counts.skipped)),
            };
            format!(
                "{provider}/{api} [{}]: {} total, {} passed, {} failed, {} skipped{reasons}",
                words(&counts.kinds),
                counts.total(),
                counts.passed,
                counts.failed,
                counts.skipped(),
            )
        };
        self.counts.iter().map(line).collect()
    }

    /// `{"total", "passed", "failed", "skipped", "by_api"}`.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut all = Counts::default();
        let mut by_api: BTreeMap<&str, Counts> = BTreeMap::new();
        for ((_, api), counts) in &self.counts {
            all.add(counts);
            by_api.entry(api).or_default().add(counts);
        }
        let each = by_api.into_iter().map(|(api, counts)| {
            let value = json!({"total": counts.total(), "passed": counts.passed, "failed": counts.failed,
                "skipped": counts.skipped(), "reasons": counts.skipped, "kinds": counts.kinds});
            (api.to_owned(), value)
        });
        let by_api: Map<String, Value> = each.collect();
        json!({
            "total": all.total(),
            "passed": all.passed,
            "failed": all.failed,
            "skipped": all.skipped(),
            "by_api": by_api,
        })
    }
}
