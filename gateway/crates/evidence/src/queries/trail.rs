//! Whether the trail is whole: endings, verification, starts and stops.

use std::collections::BTreeMap;
use std::time::Duration;

use marshal_types::Timestamp;
use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Example, Examples, gap};
use crate::pass::{Item, See};
use crate::tally::{Tally, count};

/// An attempt that began so lately may still be running.
const MAY_RUN: Duration = Duration::from_secs(3_600);

#[derive(Default)]
pub(crate) struct Endings {
    begun: u64,
    endings: Tally,
    /// By call and attempt: begun in the period, not ended yet.
    open: BTreeMap<(String, u32), (Timestamp, Example)>,
    examples: Examples,
}

impl See for Endings {
    fn see(&mut self, item: &Item<'_>) {
        let attempt = (item.row.call.clone().unwrap_or_default(), item.row.attempt);
        match &*item.row.kind {
            "intent" if item.within() => {
                self.begun += 1;
                self.open
                    .insert(attempt, (item.at, item.example("begun, and has no ending")));
            }
            // One that ended after the period has ended all the same.
            "complete" | "abort" | "interrupted" if self.open.remove(&attempt).is_some() => {
                self.endings.add(&item.row.kind);
                if item.row.kind == "interrupted" {
                    self.examples
                        .bad(item, "its process ended before the attempt did");
                } else {
                    self.examples.good(item, "an ending");
                }
            }
            _ => {}
        }
    }
}

impl Query for Endings {
    fn answer(mut self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let (running, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.open)
            .into_values()
            .partition(|(begun, _)| asked.now.since(*begun) < MAY_RUN);
        let open_count = open.len() as u64;
        for (_, example) in open {
            self.examples.bad_later(example);
        }
        let interrupted = self.endings.0.get("interrupted").copied().unwrap_or(0);
        let mut gaps = Vec::new();
        gaps.extend(gap(interrupted, || {
            format!(
                "{} interrupted: the gateway's process ended first, so what the provider answered is not known.",
                count(interrupted, "attempt was", "attempts were")
            )
        }));
        gaps.extend(gap(open_count, || {
            format!(
                "{} no ending, though begun more than an hour ago.",
                count(open_count, "attempt has", "attempts have")
            )
        }));
        let result = json!({
            "attempts": self.begun,
            "endings": self.endings.json(),
            "open": open_count,
            "running": running.len(),
        });
        Answer::new(self.begun > 0, result, gaps, self.examples)
    }
}

#[derive(Default)]
pub(crate) struct Verifies;

impl See for Verifies {
    fn see(&mut self, _: &Item<'_>) {}
}

impl Query for Verifies {
    fn answer(self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let found = asked.verification;
        let mut gaps = Vec::new();
        let mut examples = Examples::default();
        if let Some(bad) = &found.first_bad {
            gaps.push(format!("{}:{}: {}", bad.file, bad.line, bad.why));
            examples.bad_later(Example {
                place: format!("{}:{}", bad.file, bad.line),
                call: None,
                shows: bad.why.clone(),
            });
        } else if !found.ok {
            gaps.push("The trail does not verify.".into());
        }
        let result = json!({
            "records": found.records,
            "chains": found.chains,
            "segments": found.segments,
            "torn_ends": found.torn.len(),
            "void_bytes": found.void_bytes,
        });
        Answer::new(true, result, gaps, examples)
    }
}

#[derive(Default)]
pub(crate) struct Starts {
    starts: u64,
    stops: u64,
    resumes: u64,
    versions: Tally,
    /// Chains that have no `stop` yet, with the record that began them.
    running: BTreeMap<String, Example>,
    /// Chains that a later start took over without a `stop`.
    broken: u64,
    examples: Examples,
}

impl See for Starts {
    fn see(&mut self, item: &Item<'_>) {
        match &*item.row.kind {
            "stop" => {
                self.running.remove(item.place.instance);
                if item.within() {
                    self.stops += 1;
                    self.examples.good(item, "ended in good order");
                }
            }
            "start" => {
                for taken in &item.row.previous {
                    let broken = self.running.remove(&taken.instance);
                    if let Some(example) = broken.filter(|_| item.within()) {
                        self.broken += 1;
                        self.examples.bad_later(example);
                    }
                }
                let example = item.example("a chain that did not end in good order begins here");
                self.running.insert(item.place.instance.to_owned(), example);
                if item.within() {
                    self.starts += 1;
                    self.versions
                        .add(item.row.version.as_deref().unwrap_or_default());
                    self.examples.good(item, "began");
                }
            }
            "resume" if item.within() => {
                self.resumes += 1;
                self.examples.bad(item, "resumed after a failed write");
            }
            _ => {}
        }
    }
}

impl Query for Starts {
    fn answer(self: Box<Self>, _: &Asked<'_>) -> Answer {
        let mut gaps = Vec::new();
        gaps.extend(gap(self.broken, || {
            format!(
                "{} without a stop: killed, crashed, or handed over while still running.",
                count(self.broken, "process ended", "processes ended")
            )
        }));
        gaps.extend(gap(self.resumes, || {
            format!(
                "{}: the disk failed or was full, and calls were refused meanwhile.",
                count(
                    self.resumes,
                    "write failed and was resumed",
                    "writes failed and were resumed"
                )
            )
        }));
        let result = json!({
            "starts": self.starts,
            "stops": self.stops,
            "resumes": self.resumes,
            "not_stopped": self.broken,
            "versions": self.versions.json(),
        });
        let speaks = self.starts + self.stops + self.resumes > 0;
        Answer::new(speaks, result, gaps, self.examples)
    }
}
