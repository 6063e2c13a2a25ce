//! Which records a signed checkpoint covers.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Asked, Query};
use crate::answer::{Answer, Example, Examples, gap};
use crate::pass::{Item, See};
use crate::row::Taken;
use crate::tally::count;

/// A checkpoint covers what stands before it in its chain and, by the links of that chain's `start`, the chains before.
#[derive(Default)]
pub(crate) struct Checkpoints {
    found: u64,
    chains: BTreeMap<String, Chain>,
    examples: Examples,
}

#[derive(Default)]
struct Chain {
    links: Vec<Taken>,
    /// The number of the last record that a checkpoint covers.
    covered: u64,
    /// The numbers of the first and the last record of the period.
    within: Option<(u64, u64)>,
    /// Where the last one stands.
    file: String,
    line: u64,
}

impl See for Checkpoints {
    fn see(&mut self, item: &Item<'_>) {
        let name = item.place.instance;
        let chain = self.chains.entry(name.to_owned()).or_default();
        match &*item.row.kind {
            "checkpoint" => {
                self.cover(name, item.row.seq);
                if item.within() {
                    self.found += 1;
                    self.examples.good(item, "a checkpoint");
                }
            }
            // A chain's last record can stand under no checkpoint of its own.
            "stop" => {}
            kind => {
                if kind == "start" {
                    chain.links.clone_from(&item.row.previous);
                }
                if item.within() {
                    let first = chain.within.map_or(item.row.seq, |(first, _)| first);
                    chain.within = Some((first, item.row.seq));
                    chain.line = item.place.line;
                    if chain.file != item.place.file {
                        item.place.file.clone_into(&mut chain.file);
                    }
                }
            }
        }
    }
}

impl Checkpoints {
    fn cover(&mut self, name: &str, seq: u64) {
        let mut due = vec![(name.to_owned(), seq)];
        while let Some((name, seq)) = due.pop() {
            let Some(chain) = self.chains.get_mut(&name) else {
                continue;
            };
            // What was covered before has covered its links then.
            if chain.covered < seq {
                if chain.covered == 0 {
                    due.extend(
                        chain
                            .links
                            .iter()
                            .map(|link| (link.instance.clone(), link.seq)),
                    );
                }
                chain.covered = seq;
            }
        }
    }
}

impl Query for Checkpoints {
    fn answer(mut self: Box<Self>, asked: &Asked<'_>) -> Answer {
        let (mut records, mut unsigned) = (0, 0);
        for (name, chain) in &self.chains {
            let Some((first, last)) = chain.within else {
                continue;
            };
            records += last + 1 - first;
            let bare = last.saturating_sub(chain.covered.max(first - 1));
            if bare > 0 {
                unsigned += bare;
                self.examples.bad_later(Example {
                    place: format!("{name}/{}:{}", chain.file, chain.line),
                    call: None,
                    shows: "the last record of its chain in the period; no checkpoint follows it"
                        .into(),
                });
            }
        }
        let mut gaps = Vec::new();
        if self.found == 0 && records > 0 {
            gaps.push("No signed checkpoint stands in the period.".to_owned());
        }
        gaps.extend(gap(unsigned, || {
            format!(
                "{} under no checkpoint: whoever can write the files could rewrite or cut them off, and verification would not tell.",
                count(unsigned, "record is", "records are")
            )
        }));
        let result = json!({
            "checkpoints": self.found,
            "records": records,
            "records_without_checkpoint": unsigned,
            "checkpoints_verified": asked.verification.checkpoints,
        });
        Answer::new(records > 0, result, gaps, self.examples)
    }
}
