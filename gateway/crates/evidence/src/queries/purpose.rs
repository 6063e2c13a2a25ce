//! Purposes, as callers state them in `x-marshal-purpose`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Examples, gap};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

/// The codes (`marshal_types::Code`) of refusals by a policy line.
const BY_POLICY: [&str; 3] = ["access_denied", "compliance_denied", "approval_required"];

#[derive(Default)]
pub(crate) struct Denied {
    purposes: Tally,
    lines: BTreeMap<(String, String, String), u64>,
    examples: Examples,
}

/// So many pairs of purpose and line are listed.
const MOST_LINES: usize = 200;

impl See for Denied {
    fn see(&mut self, item: &Item<'_>) {
        let code = text(&item.row.code);
        if !item.is("deny") || !BY_POLICY.contains(&code) {
            return;
        }
        let Some(purpose) = item.row.fact("purpose") else {
            return;
        };
        let line = (purpose, text(&item.row.rule).to_owned(), code.to_owned());
        self.examples
            .good(item, format!("purpose {} refused", line.0));
        self.purposes.add(&line.0);
        if self.lines.len() < MOST_LINES || self.lines.contains_key(&line) {
            *self.lines.entry(line).or_default() += 1;
        }
    }
}

impl Query for Denied {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|((purpose, line, code), calls)| {
                json!({"purpose": purpose, "line": line, "code": code, "calls": calls})
            })
            .collect();
        let result = json!({
            "refused": self.purposes.total(),
            "by_purpose": self.purposes.json(),
            "lines": lines,
        });
        Answer::new(!self.purposes.is_empty(), result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Stated {
    purposes: Tally,
    silent: Tally,
    examples: Examples,
}

impl See for Stated {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        match item
            .row
            .purpose
            .as_deref()
            .filter(|purpose| !purpose.is_empty())
        {
            Some(purpose) => {
                self.purposes.add(purpose);
                self.examples.good(item, format!("purpose {purpose}"));
            }
            None => {
                self.silent.add(text(&item.row.tenant));
                self.examples
                    .bad(item, "went to a provider without a purpose");
            }
        }
    }
}

impl Query for Stated {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let silent = self.silent.total();
        let gaps = gap(silent, || {
            format!(
                "{} to a provider without a stated purpose, by tenant: {}.",
                count(silent, "attempt went", "attempts went"),
                self.silent.words()
            )
        });
        let result = json!({
            "with_purpose": self.purposes.total(),
            "without_purpose": silent,
            "by_purpose": self.purposes.json(),
        });
        let speaks = !self.purposes.is_empty();
        Answer::new(speaks, result, gaps.into_iter().collect(), self.examples)
    }
}
