//! Budgets: reserve the worst case, settle the true cost.
//!
//! What is reserved counts against the limit until it is settled, so any number of calls at once spends no more than
//! the limit, except by what a call costs above its own hold. On disk an open hold counts as spent, as a dropped one
//! does: after a crash a budget may say more than was spent, never less than it knew.

mod file;
mod ledger;
mod period;

use std::time::Duration;

use marshal_types::NanoUsd;

pub(crate) use ledger::Ledger;
pub use period::Period;

/// One reservation, in the store that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HoldId(pub u64);

/// A refusal: the budget has less left than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// What is left, after what is spent and held.
    pub left: NanoUsd,
    /// Until the next period starts; [`Duration::MAX`] where none does.
    pub resets_in: Duration,
}

#[cfg(test)]
mod tests;
