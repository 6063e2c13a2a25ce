//! Sensitive data: what was found, and what was done with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Examples};
use crate::pass::{Item, See};
use crate::tally::Tally;

/// Card data and health data, by the words that bundles use for these classes.
const REGULATED: [&str; 4] = ["pci", "phi", "health", "card"];

fn regulates(class: &str) -> bool {
    REGULATED.contains(&class)
}

/// Actions that leave the value where it was.
const LEFT: [&str; 2] = ["allow", "alert"];

#[derive(Default)]
pub(crate) struct SensitiveData {
    found: u64,
    classes: Tally,
    actions: Tally,
    /// By class, entity and action.
    kinds: BTreeMap<[String; 3], u64>,
    left: Tally,
    examples: Examples,
}

/// So many kinds are listed.
const MOST_KINDS: usize = 500;

impl See for SensitiveData {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        for finding in &item.row.findings {
            if !finding.is_value() {
                continue;
            }
            let class = item.row.class_of(finding);
            let number = u64::from(finding.count);
            self.found += number;
            self.classes.add_many(class, number);
            let action = if finding.shadow {
                "shadow"
            } else {
                &*finding.action
            };
            self.actions.add_many(action, number);
            let kind = [class, &*finding.entity, action].map(str::to_owned);
            if self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&kind) {
                *self.kinds.entry(kind).or_default() += number;
            }
            let shows = format!("{} ({class}): {action}", finding.entity);
            // A refused call has taken the value nowhere.
            let stayed = finding.shadow || LEFT.contains(&&*finding.action);
            // Of a class that is not known it is to be feared, if the call holds such data.
            let feared = class.is_empty() && item.row.classes.iter().any(|one| regulates(one));
            let regulated = regulates(class) || feared;
            if stayed && regulated && item.row.kind != "deny" {
                self.left
                    .add_many(format!("{} {action}", finding.entity), number);
                self.examples.bad(item, shows);
            } else {
                self.examples.good(item, shows);
            }
        }
    }
}

impl Query for SensitiveData {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let mut gaps = Vec::new();
        if !self.left.is_empty() {
            gaps.push(format!(
                "Card or health data was recorded and left as it was: {}.",
                self.left.words()
            ));
        }
        let kinds: Vec<Value> = self
            .kinds
            .iter()
            .map(|([class, entity, action], found)| {
                json!({"class": class, "entity": entity, "action": action, "found": found})
            })
            .collect();
        let result = json!({
            "found": self.found,
            "by_class": self.classes.json(),
            "by_action": self.actions.json(),
            "kinds": kinds,
        });
        Answer::new(self.found > 0, result, gaps, self.examples)
    }
}
