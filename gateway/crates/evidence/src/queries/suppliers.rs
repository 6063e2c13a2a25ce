//! What was known of providers' contracts and terms when data went to them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Examples};
use crate::pass::{Item, See};
use crate::tally::Tally;

/// The facts of a target that are about its provider (docs/policies.md, Facts).
pub(crate) const FACTS: [&str; 11] = [
    "region",
    "local",
    "pci",
    "hipaa",
    "baa",
    "dpa",
    "gdpr",
    "zero_retention",
    "training",
    "retention_days",
    "certifications",
];

/// The fact that a class wants of whoever gets its data: a contract of processing, of a business associate, a place in
/// the cardholder data environment. On one's own machines nobody gets it.
const WANTED: [(&str, &str); 5] = [
    ("pii", "dpa"),
    ("phi", "baa"),
    ("health", "baa"),
    ("pci", "pci"),
    ("card", "pci"),
];

#[derive(Default)]
pub(crate) struct Facts {
    /// By target.
    targets: BTreeMap<String, Known>,
    /// `pii to openai/gpt-4o without dpa`.
    missing: Tally,
    examples: Examples,
}

#[derive(Default)]
struct Known {
    attempts: u64,
    facts: BTreeMap<&'static str, String>,
    evidence: Vec<String>,
}

impl See for Facts {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        let row = item.row;
        let target = row.target();
        let known = self.targets.entry(target.clone()).or_default();
        known.attempts += 1;
        if let Some(asked) = row.asked_target() {
            for name in FACTS {
                if let Some(value) = asked.fact(name) {
                    known.facts.insert(name, value);
                }
            }
            known.evidence.clone_from(&asked.evidence);
        }
        let is = |name: &str| row.fact(name).as_deref() == Some("true");
        for (class, wanted) in WANTED {
            if row.classes.iter().any(|found| found == class) && !is("local") && !is(wanted) {
                let missing = format!("{class} to {target} without {wanted}");
                self.examples.bad(item, &missing);
                self.missing.add(missing);
            }
        }
        self.examples.good(item, target);
    }
}

impl Query for Facts {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let mut gaps = Vec::new();
        if !self.missing.is_empty() {
            gaps.push(format!(
                "Sensitive data went to targets that are not known to have what its class wants: {}.",
                self.missing.words()
            ));
        }
        let targets: Vec<Value> = self
            .targets
            .iter()
            .map(|(target, known)| {
                let mut row = Map::new();
                row.insert("target".into(), target.as_str().into());
                row.insert("attempts".into(), known.attempts.into());
                for name in FACTS {
                    let value = known.facts.get(name).map_or("", String::as_str);
                    row.insert(name.into(), value.into());
                }
                row.insert("with_evidence".into(), known.evidence.join(", ").into());
                Value::Object(row)
            })
            .collect();
        let result = json!({"targets": targets, "missing": self.missing.json()});
        Answer::new(!self.targets.is_empty(), result, gaps, self.examples)
    }
}
