//! Decisions: refusals, the lines behind them, changes of policy, obligations.

use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Examples, gap};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

#[derive(Default)]
pub(crate) struct Denials {
    codes: Tally,
    lines: Tally,
    tenants: Tally,
    examples: Examples,
}

impl See for Denials {
    fn see(&mut self, item: &Item<'_>) {
        if item.is("deny") {
            let code = text(&item.row.code);
            self.codes.add(code);
            if let Some(line) = &item.row.rule {
                self.lines.add(line);
            }
            self.tenants.add(text(&item.row.tenant));
            self.examples.good(item, code);
        }
    }
}

impl Query for Denials {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "refused": self.codes.total(),
            "by_code": self.codes.json(),
            "by_line": self.lines.json(),
            "by_tenant": self.tenants.json(),
        });
        Answer::new(!self.codes.is_empty(), result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Changes {
    applied: u64,
    unsigned: u64,
    approvers: Tally,
    refused: Vec<Value>,
    examples: Examples,
}

/// So many refused changes are listed in full.
const MOST_REFUSED: usize = 20;

impl See for Changes {
    fn see(&mut self, item: &Item<'_>) {
        if !item.is("policy-change") {
            return;
        }
        if item.row.ok != Some(true) {
            if self.refused.len() < MOST_REFUSED {
                self.refused.push(json!({
                    "time": item.row.time,
                    "from": text(&item.row.label),
                    "problem": item.row.problems.first().map(String::as_str).unwrap_or_default(),
                }));
            }
            self.examples.good(item, "a change that was refused");
            return;
        }
        self.applied += 1;
        for approver in &item.row.approvers {
            self.approvers.add(approver);
        }
        if item.row.approvers.is_empty() {
            self.unsigned += 1;
            self.examples.bad(item, "a change that nobody signed");
        } else {
            self.examples.good(item, "a signed change");
        }
    }
}

impl Query for Changes {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let gaps = gap(self.unsigned, || {
            format!(
                "{} into force without a signature that names who approved.",
                count(
                    self.unsigned,
                    "change of policy came",
                    "changes of policy came"
                )
            )
        });
        let result = json!({
            "applied": self.applied,
            "unsigned": self.unsigned,
            "by_approver": self.approvers.json(),
            "refused_changes": self.refused,
        });
        let speaks = self.applied > 0 || !self.refused.is_empty();
        Answer::new(speaks, result, gaps.into_iter().collect(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Decisions {
    decisions: u64,
    policies: Tally,
    allowed: Tally,
    nameless: u64,
    without_line: u64,
    examples: Examples,
}

impl See for Decisions {
    fn see(&mut self, item: &Item<'_>) {
        if !item.is("deny") && !item.dispatched() {
            return;
        }
        self.decisions += 1;
        let digest = text(&item.row.policy);
        // A digest of zeros is that of no bundle.
        if digest.bytes().all(|digit| digit == b'0') {
            self.nameless += 1;
            self.examples.bad(item, "a decision that names no policies");
            return;
        }
        self.policies.add(digest);
        match item.row.access_rule.as_deref() {
            Some(line) => {
                self.allowed.add(line);
                self.examples.good(item, format!("allowed by {line}"));
            }
            None if item.row.is_dispatch() => {
                self.without_line += 1;
                self.examples
                    .bad(item, "went out, and names no line that allowed it");
            }
            None => {}
        }
    }
}

impl Query for Decisions {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let mut gaps = Vec::new();
        gaps.extend(gap(self.nameless, || {
            format!(
                "{} no policies.",
                count(self.nameless, "decision names", "decisions name")
            )
        }));
        gaps.extend(gap(self.without_line, || {
            format!(
                "{} out without the line that allowed it.",
                count(self.without_line, "attempt went", "attempts went")
            )
        }));
        let result = json!({
            "decisions": self.decisions,
            "by_policy": self.policies.json(),
            "allowed_by_line": self.allowed.json(),
        });
        Answer::new(self.decisions > 0, result, gaps, self.examples)
    }
}

/// Obligations as records write them: `max_tokens=4096`, `store=false`.
#[derive(Default)]
pub(crate) struct Obliged {
    calls: u64,
    words: Tally,
    examples: Examples,
}

impl See for Obliged {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        self.calls += 1;
        for word in &item.row.obligations {
            self.words.add(word);
        }
        if let Some(word) = item.row.obligations.first() {
            self.examples.good(item, word);
        }
    }
}

impl Query for Obliged {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({"attempts": self.calls, "by_obligation": self.words.json()});
        Answer::new(!self.words.is_empty(), result, Vec::new(), self.examples)
    }
}

/// The obligations that are about telling people. A word's part before `=` is its name.
const DISCLOSING: [&str; 8] = [
    "disclose",
    "disclosure",
    "label",
    "mark",
    "marker",
    "marking",
    "notice",
    "watermark",
];

#[derive(Default)]
pub(crate) struct Transparency {
    calls: u64,
    obliged: u64,
    words: Tally,
    examples: Examples,
}

impl See for Transparency {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        self.calls += 1;
        let tells = |word: &&String| {
            let name = word.split('=').next().unwrap_or_default();
            DISCLOSING.contains(&name)
        };
        let mut any = false;
        for word in item.row.obligations.iter().filter(tells) {
            any = true;
            self.words.add(word);
            self.examples.good(item, word);
        }
        self.obliged += u64::from(any);
    }
}

impl Query for Transparency {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "attempts": self.calls,
            "obliged": self.obliged,
            "by_obligation": self.words.json(),
        });
        Answer::new(self.obliged > 0, result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Tools {
    went_out: u64,
    refused: u64,
    codes: Tally,
    lines: Tally,
    examples: Examples,
}

impl See for Tools {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() || item.row.fact("tools").as_deref() != Some("true") {
            return;
        }
        if item.row.is_dispatch() {
            self.went_out += 1;
            self.lines.add(text(&item.row.access_rule));
            self.examples.good(item, "went out with tools");
        } else if item.row.kind == "deny" {
            self.refused += 1;
            self.codes.add(text(&item.row.code));
            self.examples.good(item, "brought tools and was refused");
        }
    }
}

impl Query for Tools {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "went_out": self.went_out,
            "refused": self.refused,
            "allowed_by_line": self.lines.json(),
            "refused_by_code": self.codes.json(),
        });
        let speaks = self.went_out + self.refused > 0;
        Answer::new(speaks, result, Vec::new(), self.examples)
    }
}
