//! How far back the trail reaches, and for how long records are to be kept.

use std::collections::BTreeMap;

use marshal_types::Timestamp;
use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Example, Examples};
use crate::pass::{Item, See};
use crate::tally::count;
use crate::time::days_between;

#[derive(Default)]
pub(crate) struct Retained {
    records: u64,
    oldest: Option<(Timestamp, Example)>,
    /// By what the policies want, in days: how many calls, and one of them.
    wanted: BTreeMap<u64, (u64, Example)>,
    unsaid: u64,
}

impl See for Retained {
    fn see(&mut self, item: &Item<'_>) {
        if self.oldest.as_ref().is_none_or(|(at, _)| item.at < *at) {
            self.oldest = Some((item.at, item.example("the oldest record")));
        }
        if item.within() {
            self.records += 1;
        }
        if !item.dispatched() {
            return;
        }
        match item.row.retention_days {
            Some(days) => {
                let example = || item.example(&format!("to be kept for {days} days"));
                self.wanted.entry(days).or_insert_with(|| (0, example())).0 += 1;
            }
            None => self.unsaid += 1,
        }
    }
}

impl Query for Retained {
    fn answer(self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let mut gaps = Vec::new();
        let mut examples = Examples::default();
        let age = self.oldest.map_or(0, |(at, example)| {
            examples.bad_later(example);
            days_between(at, asked.now)
        });
        if let Some(floor) = asked.retention.filter(|_| self.records > 0) {
            if age < floor.days {
                gaps.push(format!(
                    "The oldest record is {age} days old and {} are asked: what is older is not here, or the gateway was not yet in use.",
                    floor.days
                ));
            }
            for (days, (calls, example)) in self.wanted.range(..floor.days) {
                gaps.push(format!(
                    "The policies want the records of {} kept for {days} days only; {} are asked.",
                    count(*calls, "call", "calls"),
                    floor.days
                ));
                examples.bad_later(example.clone());
            }
            if let Some(at_hand) = floor.at_hand_days.filter(|at_hand| age < *at_hand) {
                gaps.push(format!("{at_hand} days are to be at hand; {age} are."));
            }
        }
        let wanted: serde_json::Map<_, _> = self
            .wanted
            .iter()
            .map(|(days, (calls, _))| (format!("{days} days"), (*calls).into()))
            .collect();
        let result = json!({
            "oldest_record_days": age,
            "floor_days": asked.retention.map(|floor| floor.days),
            "at_hand_days": asked.retention.and_then(|floor| floor.at_hand_days),
            "calls_by_wanted_retention": wanted,
            "calls_without_a_word": self.unsaid,
        });
        Answer::new(self.records > 0, result, gaps, examples)
    }
}
