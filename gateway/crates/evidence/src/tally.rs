//! Counting by name, within bounds.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Strangers choose some of the names (purposes, models they ask for): beyond so many the rest is one.
const MOST: usize = 1_000;
const OTHERS: &str = "(others)";

/// How often each name was met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Tally(pub(crate) BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn add(&mut self, name: impl AsRef<str>) {
        self.add_many(name, 1);
    }

    pub(crate) fn add_many(&mut self, name: impl AsRef<str>, count: u64) {
        let name = match name.as_ref() {
            "" => "(none)",
            name if self.0.len() >= MOST && !self.0.contains_key(name) => OTHERS,
            name => name,
        };
        match self.0.get_mut(name) {
            Some(so_far) => *so_far = so_far.saturating_add(count),
            None => drop(self.0.insert(name.to_owned(), count)),
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn json(&self) -> Value {
        self.0
            .iter()
            .map(|(name, count)| (name.clone(), Value::from(*count)))
            .collect()
    }

    /// `pci (2), pii (1)`: for sentences, at most eight of them.
    pub(crate) fn words(&self) -> String {
        let mut words: Vec<String> = self
            .0
            .iter()
            .take(8)
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        if self.0.len() > 8 {
            words.push(format!("and {} more", self.0.len() - 8));
        }
        words.join(", ")
    }
}

/// `1 call`, `2 calls`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
