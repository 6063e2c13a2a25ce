//! Which models of which providers were used, for what and by whose leave.

use std::collections::BTreeMap;
use std::path::Path;

use marshal_types::{NanoUsd, Timestamp};
use serde::Serialize;

use crate::Error;
use crate::pass::{Item, Period, See, TrailState, run};
use crate::queries::supplier_facts;
use crate::row::text;
use crate::tally::Tally;

/// Every target that calls went to in a period.
#[derive(Clone, Debug, Serialize)]
pub struct Inventory {
    /// The period's beginning.
    pub from: String,
    /// Its end, which is no part of it.
    pub to: String,
    /// When this was made.
    pub generated: String,
    /// Whether the trail holds.
    pub trail: TrailState,
    /// By provider and model.
    pub targets: Vec<TargetUse>,
}

/// A model at a provider, and its use: attempts that began in the period, and answers that ended in it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TargetUse {
    /// As the configuration names it.
    pub provider: String,
    /// As the provider names it.
    pub model: String,
    /// When the first attempt of the period began.
    pub first: String,
    /// When the last one did.
    pub last: String,
    /// Attempts that went out.
    pub attempts: u64,
    /// Those with a whole answer.
    pub answered: u64,
    /// Those whose provider failed, with an error or without an answer.
    pub failed: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// What it cost.
    pub cost_nano_usd: NanoUsd,
    /// Attempts of whose price nobody had said anything, so that the cost is not to be believed.
    pub unpriced: u64,
    /// Attempts by stated purpose.
    pub purposes: BTreeMap<String, u64>,
    /// Attempts by the classes of data found in them.
    pub classes: BTreeMap<String, u64>,
    /// Attempts by tenant.
    pub tenants: BTreeMap<String, u64>,
    /// What was known of the target the last time.
    pub facts: BTreeMap<String, String>,
    /// The facts of which `facts.yaml` has the evidence.
    pub facts_with_evidence: Vec<String>,
    /// Attempts by the access lines that allowed them.
    pub access_lines: BTreeMap<String, u64>,
    /// Attempts by the compliance lines that let the data go.
    pub compliance_lines: BTreeMap<String, u64>,
}

/// The models and providers that were used at or after `from` and before `to`.
///
/// # Errors
/// See [`Error`].
pub fn inventory(
    dir: &Path,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Inventory, Error> {
    let mut uses = Uses::default();
    let trail = run(dir, Period::new(from, to)?, &mut uses)?;
    Ok(Inventory {
        from: from.to_string(),
        to: to.to_string(),
        generated: now.to_string(),
        trail,
        targets: uses.list(),
    })
}

impl Inventory {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::evidence::json(self)
    }

    /// As a page that needs nothing else.
    #[must_use]
    pub fn to_html(&self) -> String {
        crate::html::inventory(self)
    }
}

/// The uses so far.
#[derive(Debug, Default)]
pub(crate) struct Uses(BTreeMap<String, Use>);

#[derive(Debug, Default)]
struct Use {
    known: TargetUse,
    purposes: Tally,
    classes: Tally,
    tenants: Tally,
    access: Tally,
    compliance: Tally,
}

impl See for Uses {
    fn see(&mut self, item: &Item<'_>) {
        if item.dispatched() {
            self.begin(item);
        } else if item.within()
            && let Some(one) = item
                .intent
                .filter(|intent| intent.is_dispatch())
                .and_then(|intent| self.0.get_mut(&intent.target()))
        {
            one.end(item);
        }
    }
}

impl Uses {
    fn begin(&mut self, item: &Item<'_>) {
        let row = item.row;
        let target = row.target();
        let one = self.0.entry(target.clone()).or_default();
        let known = &mut one.known;
        if known.attempts == 0 {
            text(&row.provider).clone_into(&mut known.provider);
            text(&row.model).clone_into(&mut known.model);
            known.first.clone_from(&row.time);
        }
        // Chains overlap at a hand-over.
        known.first = known.first.clone().min(row.time.clone());
        known.last = known.last.clone().max(row.time.clone());
        known.attempts += 1;
        known.unpriced += u64::from(row.unpriced);
        one.purposes.add(text(&row.purpose));
        one.tenants.add(text(&row.tenant));
        one.access.add(text(&row.access_rule));
        row.classes.iter().for_each(|class| one.classes.add(class));
        for line in text(&row.compliance_rule).split('+') {
            one.compliance.add(line);
        }
        if let Some(asked) = row.asked_target() {
            known.facts = supplier_facts()
                .filter_map(|name| Some((name.to_owned(), asked.fact(name)?)))
                .collect();
            known.facts_with_evidence.clone_from(&asked.evidence);
        }
    }

    pub(crate) fn list(&self) -> Vec<TargetUse> {
        self.0
            .values()
            .map(|one| TargetUse {
                purposes: one.purposes.0.clone(),
                classes: one.classes.0.clone(),
                tenants: one.tenants.0.clone(),
                access_lines: one.access.0.clone(),
                compliance_lines: one.compliance.0.clone(),
                ..one.known.clone()
            })
            .collect()
    }
}

impl Use {
    fn end(&mut self, item: &Item<'_>) {
        let known = &mut self.known;
        match (&*item.row.kind, text(&item.row.outcome)) {
            (_, "ok") => known.answered += 1,
            (_, "upstream_broken" | "upstream_error") | ("abort", _) => known.failed += 1,
            _ => {}
        }
        // What was found in an answer, or over a socket after the intent.
        let known_then = item.intent.map_or(&[][..], |intent| &intent.classes);
        for class in item
            .row
            .classes
            .iter()
            .filter(|class| !known_then.contains(class))
        {
            self.classes.add(class);
        }
        let usage = item.row.usage.unwrap_or_default();
        known.input_tokens = known.input_tokens.saturating_add(usage.input.0);
        known.output_tokens = known.output_tokens.saturating_add(usage.output.0);
        known.cost_nano_usd = known.cost_nano_usd + item.row.cost_nano_usd;
    }
}
