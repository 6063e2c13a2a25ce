//! Where calls went, and where they could not go.

use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Example, Examples, gap};
use crate::inventory::Uses;
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

/// Classes of data that are about people, by the words that bundles use.
const PERSONAL: [&str; 6] = ["pii", "phi", "health", "pci", "card", "special"];

#[derive(Default)]
pub(crate) struct Used {
    uses: Uses,
    examples: Examples,
}

impl See for Used {
    fn see(&mut self, item: &Item<'_>) {
        self.uses.see(item);
        if item.dispatched() {
            self.examples.good(item, item.row.target());
        }
    }
}

impl Query for Used {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let targets = self.uses.list();
        let rows: Vec<Value> = targets
            .iter()
            .map(|one| {
                json!({
                    "target": format!("{}/{}", one.provider, one.model),
                    "first": one.first,
                    "last": one.last,
                    "attempts": one.attempts,
                    "input_tokens": one.input_tokens,
                    "output_tokens": one.output_tokens,
                    "cost_nano_usd": one.cost_nano_usd,
                })
            })
            .collect();
        let result = json!({"targets": rows.len(), "used": rows});
        Answer::new(!targets.is_empty(), result, Vec::new(), self.examples)
    }
}

/// A transfer that needs a word: with what personal data, and one of its calls.
#[derive(Default)]
struct Transfers {
    calls: u64,
    targets: Tally,
    example: Vec<Example>,
}

impl Transfers {
    fn add(&mut self, item: &Item<'_>, shows: &str) {
        self.calls += 1;
        self.targets.add(item.row.target());
        if self.example.len() < 3 {
            self.example.push(item.example(shows));
        }
    }
}

#[derive(Default)]
pub(crate) struct Regions {
    regions: Tally,
    transfers: Tally,
    proven: Tally,
    unknown: Transfers,
    /// With personal data, by region: whether one is outside is for the framework to say.
    personal: std::collections::BTreeMap<String, Transfers>,
    examples: Examples,
}

/// The region of the target that a call went to: `local` for one's own machines.
fn region(item: &Item<'_>) -> Option<String> {
    let local = item.row.fact("local").as_deref() == Some("true");
    item.row
        .fact("region")
        .or_else(|| local.then(|| "local".into()))
}

impl See for Regions {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        let target = item.row.target();
        let region = region(item);
        let name = region.as_deref().unwrap_or("unknown");
        self.regions.add(name);
        self.transfers.add(format!("{target} in {name}"));
        let asked = item.row.asked_target();
        if asked.is_some_and(|one| one.evidence.iter().any(|fact| fact == "region")) {
            self.proven.add(&target);
        }
        let personal = item
            .row
            .classes
            .iter()
            .any(|class| PERSONAL.contains(&&**class));
        if personal && region.is_none() {
            self.unknown.add(item, "personal data, region unknown");
        } else if personal {
            let of = self.personal.entry(name.to_owned()).or_default();
            of.add(item, &format!("personal data, region {name}"));
        } else {
            self.examples.good(item, format!("{target} in {name}"));
        }
    }
}

impl Query for Regions {
    fn answer(mut self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let mut gaps = Vec::new();
        let unknown = std::mem::take(&mut self.unknown);
        unknown
            .example
            .into_iter()
            .for_each(|one| self.examples.bad_later(one));
        gaps.extend(gap(unknown.calls, || {
            format!(
                "{} personal data to a target of which nobody states the region: {}.",
                count(unknown.calls, "attempt took", "attempts took"),
                unknown.targets.words()
            )
        }));
        for (region, transfers) in std::mem::take(&mut self.personal) {
            if asked.regions.is_empty() || region == "local" || asked.regions.contains(&region) {
                continue;
            }
            gaps.push(format!(
                "{} personal data out of {} to {region} ({}): no record names what the transfer rests on.",
                count(transfers.calls, "attempt took", "attempts took"),
                asked.regions.join(", "),
                transfers.targets.words()
            ));
            transfers
                .example
                .into_iter()
                .for_each(|one| self.examples.bad_later(one));
        }
        let result = json!({
            "attempts": self.regions.total(),
            "by_region": self.regions.json(),
            "by_target": self.transfers.json(),
            "region_with_evidence": self.proven.json(),
        });
        Answer::new(!self.regions.is_empty(), result, gaps, self.examples)
    }
}

#[derive(Default)]
pub(crate) struct KeptBack {
    ruled_out: Tally,
    refused: Tally,
    classes: Tally,
    examples: Examples,
}

impl See for KeptBack {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        if item.row.kind == "intent" {
            let removed = item.row.plan.iter().flat_map(|plan| &plan.removed);
            for removed in removed.filter(|one| one.by_policy) {
                self.ruled_out
                    .add(format!("{}: {}", removed.target, removed.why));
                self.examples
                    .good(item, format!("{} ruled out", removed.target));
            }
        }
        let code = text(&item.row.code);
        if item.row.kind == "deny" && matches!(code, "compliance_denied" | "data_blocked") {
            self.refused.add(code);
            for class in &item.row.classes {
                self.classes.add(class);
            }
            self.examples.good(item, code);
        }
    }
}

impl Query for KeptBack {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({
            "targets_ruled_out": self.ruled_out.json(),
            "calls_refused": self.refused.json(),
            "classes_in_them": self.classes.json(),
        });
        let speaks = !self.ruled_out.is_empty() || !self.refused.is_empty();
        Answer::new(speaks, result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Unpriced {
    calls: u64,
    unpriced: Tally,
    examples: Examples,
}

impl See for Unpriced {
    fn see(&mut self, item: &Item<'_>) {
        if !item.dispatched() {
            return;
        }
        self.calls += 1;
        if item.row.unpriced {
            self.unpriced.add(item.row.target());
            self.examples.bad(item, "went to a target without a price");
        }
    }
}

impl Query for Unpriced {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let number = self.unpriced.total();
        let gaps = gap(number, || {
            format!(
                "{} to targets whose price nobody stated: {}.",
                count(number, "attempt went", "attempts went"),
                self.unpriced.words()
            )
        });
        let result = json!({"attempts": self.calls, "unpriced": self.unpriced.json()});
        Answer::new(
            self.calls > 0,
            result,
            gaps.into_iter().collect(),
            self.examples,
        )
    }
}
