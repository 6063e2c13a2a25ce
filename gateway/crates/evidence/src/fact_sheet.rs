//! One target, month by month.

use std::collections::BTreeMap;
use std::path::Path;

use marshal_types::{NanoUsd, Timestamp};
use serde::Serialize;

use crate::Error;
use crate::pass::{Item, Period, See, TrailState, run};
use crate::row::text;
use crate::tally::Tally;

/// What the records say of one target over time.
#[derive(Clone, Debug, Serialize)]
pub struct FactSheet {
    /// `provider/model`.
    pub target: String,
    /// The period's beginning.
    pub from: String,
    /// Its end, which is no part of it.
    pub to: String,
    /// When this was made.
    pub generated: String,
    /// Whether the trail holds.
    pub trail: TrailState,
    /// The months with records of the target, the earliest first.
    pub months: Vec<Month>,
}

/// A month, in UTC. An attempt counts in the month in which it began; errors, tokens, costs and durations in that of its ending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Month {
    /// `2026-11`.
    pub month: String,
    /// Attempts that went out.
    pub attempts: u64,
    /// Those whose provider failed, with an error or without an answer.
    pub errors: u64,
    /// The median time from request to the end of the answer, of attempts that got one; in microseconds.
    pub duration_p50_us: u64,
    /// Nineteen of twenty took no longer.
    pub duration_p95_us: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// What it cost.
    pub cost_nano_usd: NanoUsd,
    /// Calls that asked for the target and were refused, and answers that policy ended.
    pub refusals: u64,
    /// What was found in calls to it and in its answers, by class.
    pub findings: BTreeMap<String, u64>,
}

/// The target `provider/model`, month by month, from `from` until before `to`. A month that the period cuts is cut.
///
/// Keeps eight bytes an answered attempt in memory.
///
/// # Errors
/// See [`Error`]. A target that no record names has no months.
pub fn fact_sheet(
    target: &str,
    dir: &Path,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<FactSheet, Error> {
    let mut months = Months {
        target: target.to_owned(),
        months: BTreeMap::new(),
    };
    let trail = run(dir, Period::new(from, to)?, &mut months)?;
    Ok(FactSheet {
        target: target.to_owned(),
        from: from.to_string(),
        to: to.to_string(),
        generated: now.to_string(),
        trail,
        months: months.list(),
    })
}

impl FactSheet {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::evidence::json(self)
    }

    /// As a page that needs nothing else.
    #[must_use]
    pub fn to_html(&self) -> String {
        crate::html::fact_sheet(self)
    }
}

struct Months {
    target: String,
    months: BTreeMap<String, Counted>,
}

#[derive(Default)]
struct Counted {
    month: Month,
    durations: Vec<u64>,
    findings: Tally,
}

impl See for Months {
    fn see(&mut self, item: &Item<'_>) {
        if !item.within() {
            return;
        }
        let row = item.row;
        let of = match item.intent {
            Some(intent) if intent.is_dispatch() => intent.target() == self.target,
            Some(_) => false,
            None if row.is_dispatch() => row.target() == self.target,
            None => row.kind == "deny" && self.was_asked_for(item),
        };
        if !of {
            return;
        }
        let name = row.time.get(..7).unwrap_or_default();
        let counted = self.months.entry(name.to_owned()).or_default();
        for finding in row.findings.iter().filter(|one| one.is_value()) {
            counted
                .findings
                .add_many(row.class_of(finding), finding.count.into());
        }
        let month = &mut counted.month;
        match (&*row.kind, text(&row.outcome)) {
            ("intent", _) => month.attempts += 1,
            ("deny", _) | ("complete", "blocked") => month.refusals += 1,
            ("abort", _) | ("complete", "upstream_broken" | "upstream_error") => {
                month.errors += 1;
            }
            _ => {}
        }
        if row.kind == "complete" {
            let usage = row.usage.unwrap_or_default();
            month.input_tokens = month.input_tokens.saturating_add(usage.input.0);
            month.output_tokens = month.output_tokens.saturating_add(usage.output.0);
            month.cost_nano_usd = month.cost_nano_usd + row.cost_nano_usd;
            counted.durations.push(row.duration_us);
        }
    }
}

impl Months {
    fn was_asked_for(&self, item: &Item<'_>) -> bool {
        item.row.asked().iter().any(|one| one.target == self.target)
    }

    fn list(self) -> Vec<Month> {
        let month = |(name, mut counted): (String, Counted)| {
            counted.durations.sort_unstable();
            Month {
                month: name,
                duration_p50_us: percentile(&counted.durations, 50),
                duration_p95_us: percentile(&counted.durations, 95),
                findings: counted.findings.0,
                ..counted.month
            }
        };
        self.months.into_iter().map(month).collect()
    }
}

/// Nearest rank: the smallest value that at least `percent` of all do not exceed. Zero of none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        assert_eq!(percentile(&[], 50), 0);
        assert_eq!(percentile(&[7], 95), 7);
        assert_eq!(percentile(&[1, 2, 3, 4], 50), 2);
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 95), 95);
    }
}
