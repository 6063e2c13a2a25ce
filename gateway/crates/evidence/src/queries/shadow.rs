//! What only recorded what it would have done.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Examples};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

#[derive(Default)]
pub(crate) struct Shadow {
    decisions: u64,
    lines: Tally,
    entities: Tally,
    bundles: Tally,
    /// Lines that decided something in the period.
    acted: BTreeSet<String>,
    examples: Examples,
}

impl See for Shadow {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        let row = item.row;
        let decides = row.is_dispatch() || row.kind == "deny";
        self.decisions += u64::from(decides);
        // Of several classes `compliance_rule` has the line of each, joined by `+`.
        let allowed = row
            .compliance_rule
            .iter()
            .flat_map(|lines| lines.split('+'));
        for line in [&row.access_rule, &row.rule].into_iter().flatten() {
            remember(&mut self.acted, line);
        }
        allowed.for_each(|line| remember(&mut self.acted, line));
        for line in &row.shadow {
            let rule = text(&line.rule);
            self.lines.add(rule);
            self.examples
                .bad(item, format!("{rule} would have said {}", line.would));
        }
        for finding in row.findings.iter().filter(|finding| finding.shadow) {
            self.entities.add(&finding.entity);
            self.examples
                .bad(item, format!("{} only recorded", finding.entity));
        }
        if let Some(bundle) = &row.shadow_bundle {
            self.bundles.add(&bundle.would);
            self.examples.good(
                item,
                "the bundle in shadow mode would have decided otherwise",
            );
        }
    }
}

fn remember(acted: &mut BTreeSet<String>, line: &str) {
    if !acted.contains(line) {
        acted.insert(line.to_owned());
    }
}

impl Query for Shadow {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let mut idle = self.lines.clone();
        idle.0.retain(|line, _| !self.acted.contains(line));
        let mut gaps = Vec::new();
        if !idle.is_empty() {
            let lines = count(idle.0.len() as u64, "policy line", "policy lines");
            gaps.push(format!(
                "{lines} decided nothing, being in shadow mode: {}.",
                idle.words()
            ));
        }
        if !self.entities.is_empty() {
            gaps.push(format!(
                "Values were found and left as they are, being in shadow mode: {}.",
                self.entities.words()
            ));
        }
        let result = json!({
            "decisions": self.decisions,
            "lines_in_shadow": self.lines.json(),
            "entities_in_shadow": self.entities.json(),
            "bundle_in_shadow_would_have": self.bundles.json(),
        });
        Answer::new(self.decisions > 0, result, gaps, self.examples)
    }
}
