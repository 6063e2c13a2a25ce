//! Failures, limits and costs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Asked, Query};
use crate::answer::{Answer, Examples, gap};
use crate::pass::{Item, See};
use crate::row::text;
use crate::tally::{Tally, count};

/// Codes (`marshal_types::Code`) of refusals that are the gateway's own failure.
const OWN: [&str; 4] = [
    "internal",
    "audit_unavailable",
    "guard_unavailable",
    "upstream_credential",
];

#[derive(Default)]
pub(crate) struct Incidents {
    attempts: u64,
    providers: Tally,
    own: Tally,
    examples: Examples,
}

impl See for Incidents {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        self.attempts += u64::from(item.row.is_dispatch());
        let target = || {
            item.intent
                .map_or_else(|| "(unknown)".to_owned(), crate::row::Row::target)
        };
        let code = text(&item.row.code);
        match (&*item.row.kind, text(&item.row.outcome)) {
            ("complete", "upstream_broken") => self.provider(item, "upstream_broken", &target()),
            ("complete", "upstream_error") => self.provider(item, "upstream_error", &target()),
            ("abort", _) => self.provider(item, code, &target()),
            ("interrupted" | "resume", _) => self.ours(item, &item.row.kind),
            ("deny", _) if OWN.contains(&code) => self.ours(item, code),
            _ => {}
        }
    }
}

impl Incidents {
    fn provider(&mut self, item: &Item<'_>, what: &str, target: &str) {
        self.providers.add(format!("{target}: {what}"));
        self.examples.good(item, what);
    }

    fn ours(&mut self, item: &Item<'_>, what: &str) {
        self.own.add(what);
        self.examples.bad(item, what);
    }
}

impl Query for Incidents {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let own = self.own.total();
        let gaps = gap(own, || {
            format!(
                "{} of the gateway itself: {}.",
                count(own, "failure", "failures"),
                self.own.words()
            )
        });
        let result = json!({
            "attempts": self.attempts,
            "failures_of_providers": self.providers.json(),
            "failures_of_the_gateway": self.own.json(),
        });
        let speaks = self.attempts > 0 || !self.providers.is_empty();
        Answer::new(speaks, result, gaps.into_iter().collect(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Limits {
    refused: Tally,
    capped: u64,
    examples: Examples,
}

impl See for Limits {
    fn see(&mut self, item: &Item<'_>) {
        let code = text(&item.row.code);
        if item.is("deny")
            && matches!(
                code,
                "rate_limited" | "budget_spent" | "overloaded" | "body_too_large"
            )
        {
            self.refused.add(code);
            self.examples.good(item, code);
        }
        let capped = |word: &String| word.starts_with("max_tokens=");
        if item.dispatched() && item.row.obligations.iter().any(capped) {
            self.capped += 1;
            self.examples.good(item, "obliged to a most of tokens");
        }
    }
}

impl Query for Limits {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let result = json!({"refused": self.refused.json(), "obliged_to_max_tokens": self.capped});
        let speaks = !self.refused.is_empty() || self.capped > 0;
        Answer::new(speaks, result, Vec::new(), self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Costs {
    tenants: BTreeMap<String, Spent>,
    examples: Examples,
}

#[derive(Default)]
struct Spent {
    answers: u64,
    input: u64,
    output: u64,
    nano_usd: u64,
    estimated: u64,
}

impl See for Costs {
    fn see(&mut self, item: &Item<'_>) {
        let (true, Some(intent)) = (item.is("complete"), item.intent) else {
            return;
        };
        let spent = self
            .tenants
            .entry(text(&intent.tenant).to_owned())
            .or_default();
        let usage = item.row.usage.unwrap_or_default();
        spent.answers += 1;
        spent.input = spent.input.saturating_add(usage.input.0);
        spent.output = spent.output.saturating_add(usage.output.0);
        spent.nano_usd = spent.nano_usd.saturating_add(item.row.cost_nano_usd.0);
        spent.estimated += u64::from(usage.estimated);
        self.examples.good(item, "an answer and its cost");
    }
}

impl Query for Costs {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let tenants: Vec<Value> = self
            .tenants
            .iter()
            .map(|(tenant, spent)| {
                json!({
                    "tenant": tenant,
                    "answers": spent.answers,
                    "input_tokens": spent.input,
                    "output_tokens": spent.output,
                    "cost_nano_usd": spent.nano_usd,
                    "answers_with_estimated_tokens": spent.estimated,
                })
            })
            .collect();
        let result = json!({"tenants": tenants});
        Answer::new(!self.tenants.is_empty(), result, Vec::new(), self.examples)
    }
}
