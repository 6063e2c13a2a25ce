//! Keys: how they came and went, and whether they are still needed.

use std::collections::{BTreeMap, BTreeSet};

use marshal_types::Timestamp;
use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Example, Examples, gap};
use crate::pass::{Item, See, When};
use crate::row::text;
use crate::tally::{Tally, count};
use crate::time;

#[derive(Default)]
pub(crate) struct Changes {
    changes: Tally,
    people: Tally,
    tenants: Tally,
    examples: Examples,
}

impl See for Changes {
    fn see(&mut self, item: &Item<'_>) {
        if item.is("key-change") {
            let change = text(&item.row.change);
            self.changes.add(change);
            self.people.add(text(&item.row.by));
            self.tenants.add(text(&item.row.tenant));
            self.examples
                .good(item, format!("key {} {change}", text(&item.row.key)));
        }
    }
}

impl Query for Changes {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "changes": self.changes.json(),
            "by_whom": self.people.json(),
            "by_tenant": self.tenants.json(),
        });
        Answer::new(!self.changes.is_empty(), result, Vec::new(), self.examples)
    }
}

/// Keys that are in force: made and not revoked before the period ends, whenever that was.
#[derive(Default)]
pub(crate) struct Unused {
    in_force: BTreeMap<String, Key>,
    used: BTreeSet<String>,
}

struct Key {
    name: String,
    example: Example,
    ends: Option<Timestamp>,
}

impl See for Unused {
    fn see(&mut self, item: &Item<'_>) {
        if item.when == When::After {
            return;
        }
        let Some(key) = item.row.key.as_deref().filter(|key| !key.is_empty()) else {
            return;
        };
        match (&*item.row.kind, text(&item.row.change)) {
            ("key-change", "revoked") => drop(self.in_force.remove(key)),
            // A key for an emergency ends by itself within hours (docs/policies.md).
            ("key-change", _) if item.row.break_glass.is_some() => {}
            ("key-change", _) => {
                let ends = item.row.expires.as_deref().and_then(time::parse);
                let name = text(&item.row.name).to_owned();
                let example = item.example(&format!("key {key} ({name}), not used in the period"));
                self.in_force.insert(
                    key.to_owned(),
                    Key {
                        name,
                        example,
                        ends,
                    },
                );
            }
            ("intent" | "deny" | "break-glass", _) if item.within() && !self.used.contains(key) => {
                self.used.insert(key.to_owned());
            }
            _ => {}
        }
    }
}

impl Query for Unused {
    fn answer(mut self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let mut examples = Examples::default();
        let mut unused = Vec::new();
        // One that ended by itself needs no revocation.
        self.in_force
            .retain(|_, key| key.ends.is_none_or(|ends| ends >= asked.period.to));
        let known = self.in_force.len();
        for (id, key) in self.in_force {
            if !self.used.contains(&id) {
                examples.bad_later(key.example);
                unused.push(json!({"key": id, "name": key.name}));
            }
        }
        let number = unused.len() as u64;
        let gaps = gap(number, || {
            format!(
                "{} in force and not used in the period; say of each whether it is still needed, or revoke it.",
                count(number, "key is", "keys are")
            )
        });
        let result = json!({
            "in_force": known,
            "used": self.used.len(),
            "unused": Value::Array(unused),
        });
        Answer::new(known > 0, result, gaps.into_iter().collect(), examples)
    }
}
