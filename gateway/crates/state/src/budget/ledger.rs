//! The counters: what is spent and what is held, by budget and period.

use std::collections::HashMap;
use std::sync::Arc;

use marshal_types::{NanoUsd, Timestamp};
use parking_lot::Mutex;

use super::{HoldId, Period, Spent};

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    counters: [HashMap<Arc<str>, Counter>; 3],
    holds: HashMap<u64, Held>,
    last_hold: u64,
    dirty: bool,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    number: u64,
    spent: NanoUsd,
    held: NanoUsd,
    /// What another process holds, which takes over from this one or hands over to it.
    elsewhere: NanoUsd,
    /// How much of `spent` and `held` the file has.
    saved: (NanoUsd, NanoUsd),
}

#[derive(Debug)]
struct Held {
    budget: Arc<str>,
    period: Period,
    number: u64,
    amount: NanoUsd,
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) budget: Arc<str>,
    pub(super) period: Period,
    pub(super) number: u64,
    pub(super) spent: NanoUsd,
    pub(super) held: NanoUsd,
}

impl Counter {
    const fn new(number: u64) -> Self {
        Self {
            number,
            spent: NanoUsd::ZERO,
            held: NanoUsd::ZERO,
            elsewhere: NanoUsd::ZERO,
            saved: (NanoUsd::ZERO, NanoUsd::ZERO),
        }
    }

    /// What the file should say, given what it says: the other process's part stays as it is.
    fn merged(&self, filed: &Line) -> (NanoUsd, NanoUsd) {
        let others = (
            filed.spent.saturating_sub(self.saved.0),
            filed.held.saturating_sub(self.saved.1),
        );
        (self.spent + others.0, self.held + others.1)
    }
    /// A new period starts at nothing. A clock that goes back does not bring an old period again.
    fn roll(&mut self, number: u64) {
        if number > self.number {
            *self = Self::new(number);
        }
    }
}

impl Ledger {
    /// From the lines of a file. What was held when it was written counts as spent.
    pub(super) fn from_lines(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut inner = Inner::default();
        for line in lines {
            inner.counters[line.period as usize].insert(
                line.budget,
                Counter {
                    spent: line.spent + line.held,
                    saved: (line.spent, line.held),
                    ..Counter::new(line.number)
                },
            );
        }
        Self {
            inner: Mutex::new(inner),
        }
    }

    pub(crate) fn reserve(
        &self,
        budget: &str,
        period: Period,
        limit: NanoUsd,
        amount: NanoUsd,
        now: Timestamp,
    ) -> Result<HoldId, Spent> {
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        let number = period.number(now);
        let counters = &mut inner.counters[period as usize];
        let (budget, mut counter) = match counters.get_key_value(budget) {
            Some((name, counter)) => (Arc::clone(name), *counter),
            None => (Arc::from(budget), Counter::new(number)),
        };
        counter.roll(number);
        let taken = counter.spent + counter.held + counter.elsewhere;
        // An amount that saturates the sum is above every limit, the largest included.
        if taken
            .0
            .checked_add(amount.0)
            .is_none_or(|sum| sum > limit.0)
        {
            return Err(Spent {
                left: limit.saturating_sub(taken),
                resets_in: period.left(now),
            });
        }
        counter.held = counter.held + amount;
        let number = counter.number;
        counters.insert(Arc::clone(&budget), counter);
        inner.last_hold += 1;
        inner.holds.insert(
            inner.last_hold,
            Held {
                budget,
                period,
                number,
                amount,
            },
        );
        inner.dirty = true;
        Ok(HoldId(inner.last_hold))
    }

    pub(crate) fn settle(&self, hold: HoldId, actual: NanoUsd) {
        let mut inner = self.inner.lock();
        let Some(held) = inner.holds.remove(&hold.0) else {
            return;
        };
        inner.dirty = true;
        if let Some(counter) = inner.counters[held.period as usize].get_mut(&held.budget) {
            // A call belongs to the period that it was reserved in; that one may be over.
            if counter.number == held.number {
                counter.held = counter.held.saturating_sub(held.amount);
                counter.spent = counter.spent + actual;
            }
        }
    }

    pub(crate) fn spent(&self, budget: &str, period: Period, now: Timestamp) -> NanoUsd {
        let inner = self.inner.lock();
        inner.counters[period as usize]
            .get(budget)
            .filter(|counter| counter.number >= period.number(now))
            .map_or(NanoUsd::ZERO, |counter| counter.spent)
    }

    /// Whether the file should say something else now. Whoever asks writes it, or calls [`Self::mark_dirty`].
    pub(super) fn take_dirty(&self) -> bool {
        std::mem::take(&mut self.inner.lock().dirty)
    }

    /// What the file should say instead of `filed`. Drops budgets whose period is over.
    pub(super) fn merge(&self, filed: Vec<Line>, now: Timestamp) -> Vec<Line> {
        let mut inner = self.inner.lock();
        for line in filed {
            let counter = inner.counters[line.period as usize]
                .entry(Arc::clone(&line.budget))
                .or_insert(Counter::new(line.number));
            counter.roll(line.number);
            if counter.number == line.number {
                let (spent, held) = counter.merged(&line);
                let others = spent.saturating_sub(counter.spent);
                // Not saved yet: if the write fails, the file has of it what it had before.
                counter.spent = spent;
                counter.saved.0 = counter.saved.0 + others;
                counter.elsewhere = held.saturating_sub(counter.held);
            }
        }
        let mut lines = Vec::new();
        for &period in Period::ALL {
            let current = period.number(now);
            let counters = &mut inner.counters[period as usize];
            counters.retain(|_, counter| counter.number >= current);
            lines.extend(counters.iter().map(|(budget, counter)| Line {
                budget: Arc::clone(budget),
                period,
                number: counter.number,
                spent: counter.spent,
                held: counter.held + counter.elsewhere,
            }));
        }
        lines
    }

    /// These lines reached the disk.
    pub(super) fn saved(&self, lines: &[Line]) {
        let mut inner = self.inner.lock();
        for line in lines {
            let counters = &mut inner.counters[line.period as usize];
            if let Some(counter) = counters.get_mut(&line.budget)
                && counter.number == line.number
            {
                let own = line.held.saturating_sub(counter.elsewhere);
                counter.saved = (line.spent, own);
            }
        }
    }

    /// What was taken for clean did not reach the disk.
    pub(super) fn mark_dirty(&self) {
        self.inner.lock().dirty = true;
    }
}
