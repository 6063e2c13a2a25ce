//! The trail's end as an exporter may see it: what is surely durable, and nothing else. The rule stands in the crate's docs.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::{Cursor, Follower, Place, Reader, segment_file};
use marshal_types::Timestamp;

use crate::cursor::Positions;
use crate::record::Record;

/// So long a record has to stand at a segment's end that nothing follows.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);
/// So much is read at a time.
const AT_ONCE: u64 = 4 * 1024 * 1024;
/// While so many wait to be handed on, no more are read.
const ENOUGH: usize = 4_096;

/// A trail that is followed.
#[derive(Debug)]
pub(crate) struct Tail {
    trail: PathBuf,
    follower: Follower,
    found: Found,
}

/// What was read.
#[derive(Debug, Default)]
struct Found {
    /// Surely durable, and not yet handed on.
    ready: VecDeque<Record>,
    chains: HashMap<Arc<str>, Held>,
    /// Chains that grow no more, and the number of their last record.
    ended: HashMap<Arc<str>, u64>,
    /// How far each chain was acknowledged.
    sent: Positions,
}

/// What stands at a chain's end and may not be durable.
#[derive(Debug, Default)]
struct Held {
    records: VecDeque<Record>,
    mark: Option<Mark>,
}

/// All before it stood there at that time.
#[derive(Clone, Copy, Debug)]
struct Mark {
    segment: u32,
    offset: u64,
    at: Duration,
}

impl Tail {
    /// Of a trail's folder, from where an earlier one ended.
    pub(crate) fn new(trail: PathBuf, sent: Positions) -> Self {
        let cursors = sent.chains.iter().map(|(name, at)| {
            let cursor = Cursor {
                segment: at.segment,
                offset: at.offset,
                first: None,
                done: at.done,
            };
            (name.to_string(), cursor)
        });
        let cursors: BTreeMap<String, Cursor> = cursors.collect();
        Self {
            follower: Follower::new(trail.clone(), cursors),
            trail,
            found: Found {
                sent,
                ..Found::default()
            },
        }
    }

    /// Reads on, unless enough waits already; `now` is some monotonic time. True if there is more to be read.
    ///
    /// # Errors
    /// If the trail cannot be read, or a segment not be synced.
    pub(crate) fn read(&mut self, now: Duration) -> io::Result<bool> {
        // Without a limit's worth it is still looked whether something turned out void.
        let limit = if self.found.ready.len() < ENOUGH {
            AT_ONCE
        } else {
            0
        };
        let more = self.follower.read(limit, &mut self.found)?;
        for (name, held) in &mut self.found.chains {
            let Some(mark) = held.mark(now) else {
                continue;
            };
            if now.saturating_sub(mark.at) < SETTLED {
                continue;
            }
            let file = File::open(self.trail.join(&**name).join(segment_file(mark.segment)))?;
            file.sync_data()?;
            // Shorter: its writer took back what it could not sync, and the next read hears of it.
            if file.metadata()?.len() >= mark.offset {
                held.release(&mut self.found.ready, |record| {
                    record.spot() < (mark.segment, mark.offset)
                });
            }
            held.mark = None;
            held.mark(now);
        }
        Ok(more)
    }

    /// The next records, at most so many and about so many bytes.
    pub(crate) fn take(&mut self, most: usize, bytes: usize) -> Vec<Record> {
        let (mut batch, mut left) = (Vec::new(), bytes);
        while batch.len() < most
            && left > 0
            && let Some(record) = self.found.ready.pop_front()
        {
            left = left.saturating_sub(record.line.len());
            batch.push(record);
        }
        batch
    }

    /// They could not be handed on: they come again.
    pub(crate) fn put_back(&mut self, batch: Vec<Record>) {
        for record in batch.into_iter().rev() {
            self.found.ready.push_front(record);
        }
    }

    /// They were acknowledged.
    pub(crate) fn sent(&mut self, batch: &[Record]) {
        for record in batch {
            self.found.sent.acknowledge(record);
        }
        let Found { ended, sent, .. } = &mut self.found;
        ended.retain(|name, seq| {
            let whole = sent.chains.get(name).is_some_and(|at| at.seq >= *seq);
            if whole {
                sent.finish(name);
                self.follower.finish(name);
            }
            !whole
        });
    }

    /// How far each chain was acknowledged.
    pub(crate) const fn positions(&self) -> &Positions {
        &self.found.sent
    }

    /// Whether something is held back for now.
    pub(crate) fn holds_back(&self) -> bool {
        self.found
            .chains
            .values()
            .any(|held| !held.records.is_empty())
    }

    /// When the oldest record was written that is not acknowledged, of what was read.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        let held = self
            .found
            .chains
            .values()
            .filter_map(|held| held.records.front());
        held.chain(self.found.ready.front())
            .map(|record| record.time)
            .min()
    }
}

impl Held {
    /// What has stood there for a while; from now on, if nothing has.
    fn mark(&mut self, now: Duration) -> Option<Mark> {
        let last = self.records.back().map(|last| Mark {
            segment: last.place.segment,
            offset: last.end(),
            at: now,
        });
        self.mark = last.map(|last| self.mark.unwrap_or(last));
        self.mark
    }

    /// Hands on what is durable, in order, and forgets a mark that stands behind nothing any more.
    fn release(&mut self, ready: &mut VecDeque<Record>, durable: impl Fn(&Record) -> bool) {
        let count = self
            .records
            .iter()
            .take_while(|record| durable(record))
            .count();
        ready.extend(self.records.drain(..count));
        let first = self.records.front().map(|record| record.spot());
        self.mark = self
            .mark
            .filter(|mark| first.is_some_and(|first| first < (mark.segment, mark.offset)));
    }
}

impl Reader for Found {
    fn record(&mut self, place: &Place, line: &[u8]) -> io::Result<()> {
        let Some((record, ended)) = Record::read(place, line) else {
            tracing::warn!(chain = %place.chain, segment = place.segment, offset = place.offset, "A line of the audit trail is no record and is not exported; `marshal audit verify` says more.");
            return Ok(());
        };
        for (chain, last) in ended {
            // Its records were synced before this one was written, and come before it, so that the ending of a call never
            // comes before its intent.
            if let Some(held) = self.chains.get_mut(&chain) {
                held.release(&mut self.ready, |record| record.seq <= last);
            }
            self.ended.insert(chain, last);
        }
        let held = self.chains.entry(place.chain.clone()).or_default();
        held.release(&mut self.ready, |earlier| {
            earlier.place.segment < place.segment || earlier.time < record.time
        });
        held.records.push_back(record);
        Ok(())
    }

    fn void(&mut self, chain: &str, segment: u32, good_bytes: u64) -> io::Result<()> {
        let counts = |record: &Record| {
            record.instance() != chain
                || record.place.segment != segment
                || record.place.offset < good_bytes
        };
        self.ready.retain(counts);
        if let Some(held) = self.chains.get_mut(chain) {
            held.records.retain(counts);
            held.mark = None;
        }
        let sent = self.sent.chains.get(chain);
        if sent.is_some_and(|at| at.segment == segment && at.offset > good_bytes) {
            tracing::error!(%chain, segment, good_bytes, "Records were exported that turned out not to count: the disk lost them after it had said that they are on it. Others with the same numbers follow.");
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tail_tests.rs"]
mod tests;
