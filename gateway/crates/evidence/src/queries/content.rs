//! Guards, and content that nobody could look at.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Examples, gap};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

#[derive(Default)]
pub(crate) struct GuardsActed {
    guards: Tally,
    actions: Tally,
    in_shadow: Tally,
    refused: u64,
    examples: Examples,
}

impl See for GuardsActed {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        for finding in &item.row.findings {
            if finding.of_a_guard() && !finding.failed() && finding.shadow {
                self.in_shadow.add(&finding.entity);
            } else if finding.of_a_guard() && !finding.failed() {
                self.guards.add(&finding.entity);
                self.actions.add(&finding.action);
                let shows = format!(
                    "{}: {} ({})",
                    finding.entity, finding.detector, finding.action
                );
                self.examples.good(item, shows);
            }
        }
        if item.is("deny") && text(&item.row.code) == "guard_blocked" {
            self.refused += 1;
            self.examples.good(item, "refused by a guard");
        }
    }
}

impl Query for GuardsActed {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "by_guard": self.guards.json(),
            "by_action": self.actions.json(),
            "in_shadow_only": self.in_shadow.json(),
            "calls_refused": self.refused,
        });
        let speaks = !self.guards.is_empty() || self.refused > 0;
        Answer::new(speaks, result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct FailedOpen {
    open: Tally,
    closed: Tally,
    looked: u64,
    examples: Examples,
}

impl See for FailedOpen {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        for finding in &item.row.findings {
            match &*finding.action {
                "failed_open" => {
                    self.open.add(&finding.entity);
                    let shows = format!("{} could not look, and the call went on", finding.entity);
                    self.examples.bad(item, shows);
                }
                "failed_closed" => {
                    self.closed.add(&finding.entity);
                    let shows = format!(
                        "{} could not look, and the call was stopped",
                        finding.entity
                    );
                    self.examples.good(item, shows);
                }
                _ => self.looked += u64::from(finding.of_a_guard()),
            }
        }
    }
}

impl Query for FailedOpen {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let number = self.open.total();
        let gaps = gap(number, || {
            format!(
                "{} through unlooked at, because what was to look could not: {}.",
                count(number, "time something went", "times something went"),
                self.open.words()
            )
        });
        let result = json!({
            "failed_open": self.open.json(),
            "failed_closed": self.closed.json(),
            "other_findings_of_guards": self.looked,
        });
        let speaks = !self.closed.is_empty() || self.looked > 0;
        Answer::new(speaks, result, gaps.into_iter().collect(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Uninspected {
    calls: u64,
    unread: u64,
    kinds: Tally,
    targets: Tally,
    examples: Examples,
}

impl See for Uninspected {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        self.calls += 1;
        let files = item.row.findings.iter().filter(|one| one.unread_file());
        let files = files.map(|one| &one.entity);
        let kinds: BTreeSet<&String> = item.row.uninspected.iter().chain(files).collect();
        if kinds.is_empty() {
            return;
        }
        self.unread += 1;
        self.targets.add(item.row.target());
        for kind in kinds {
            self.kinds.add(kind);
            self.examples
                .bad(item, format!("went out with {kind} that nobody read"));
        }
    }
}

impl Query for Uninspected {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let gaps = gap(self.unread, || {
            format!(
                "{} to a provider with content that no detector could read: {}.",
                count(self.unread, "attempt went", "attempts went"),
                self.kinds.words()
            )
        });
        let result = json!({
            "attempts": self.calls,
            "with_unread_content": self.unread,
            "by_kind": self.kinds.json(),
            "by_target": self.targets.json(),
        });
        Answer::new(
            self.calls > 0,
            result,
            gaps.into_iter().collect(),
            self.examples,
        )
    }
}

#[derive(Default)]
pub(crate) struct Cut {
    answers: u64,
    cut: u64,
    found: Tally,
    examples: Examples,
}

impl See for Cut {
    fn see(&mut self, item: &Item<'_>) {
        if !item.is("complete") {
            return;
        }
        self.answers += 1;
        if text(&item.row.outcome) != "blocked" {
            return;
        }
        self.cut += 1;
        for finding in &item.row.findings {
            self.found.add(&finding.entity);
        }
        self.examples.good(item, "an answer that policy ended");
    }
}

impl Query for Cut {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "answers": self.answers,
            "cut": self.cut,
            "found_in_them": self.found.json(),
        });
        Answer::new(self.cut > 0, result, Vec::new(), self.examples)
    }
}
