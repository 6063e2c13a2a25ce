//! Money held for one call, settled exactly once whatever becomes of the call.

use std::sync::Arc;

use marshal_types::NanoUsd;

use crate::{HoldId, Period, Spent, Store};

/// A part of a budget that belongs to one call.
///
/// Dropped unsettled (a call that was abandoned, a task that was cancelled), it settles at the full hold: nobody
/// knows what the provider will charge, so the most it could be counts.
#[derive(Debug)]
#[must_use = "dropping a hold spends all of it"]
pub struct Hold {
    store: Arc<dyn Store>,
    id: HoldId,
    amount: NanoUsd,
    settled: bool,
}

impl Hold {
    /// Holds `amount` of a budget.
    ///
    /// # Errors
    /// [`Spent`], as [`Store::reserve`].
    pub async fn reserve(
        store: &Arc<dyn Store>,
        budget: &str,
        period: Period,
        limit: NanoUsd,
        amount: NanoUsd,
    ) -> Result<Self, Spent> {
        let id = store.reserve(budget, period, limit, amount).await?;
        Ok(Self {
            store: Arc::clone(store),
            id,
            amount,
            settled: false,
        })
    }

    /// The most that the call can cost.
    #[must_use]
    pub fn amount(&self) -> NanoUsd {
        self.amount
    }

    /// Replaces the hold by the true cost.
    pub fn settle(mut self, actual: NanoUsd) {
        self.settled = true;
        self.store.settle(self.id, actual);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.settled {
            self.store.settle(self.id, self.amount);
        }
    }
}
