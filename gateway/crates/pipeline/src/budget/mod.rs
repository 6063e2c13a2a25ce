//! Holds the most that a call can cost before it goes out; settles the true cost whatever its ending.
//!
//! The worst case of a call is the dearest cleared target's: every byte of the body a token of input, and the most
//! output that the call allows. So a thousand calls at once cannot overspend a budget.

use std::sync::Arc;
use std::time::Duration;

use marshal_state::Hold;
use marshal_telemetry::Part;
use marshal_types::{Code, NanoUsd, Refusal};

use crate::facts::worst_case;
use crate::step::{Answer, Next, Step};
use crate::{BudgetRule, Cleared, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Reserve(pub Arc<Shared>);

/// A call whose worst case is held in every budget that counts it.
#[derive(Debug)]
pub struct Reserved {
    cleared: Cleared,
    reservation: Reservation,
}

impl Reserved {
    pub(crate) const fn cleared(&self) -> &Cleared {
        &self.cleared
    }

    pub(crate) fn into_parts(self) -> (Cleared, Reservation) {
        (self.cleared, self.reservation)
    }
}

/// What is held. Dropped before anything went out it gives all back; after that, it spends all of it.
#[derive(Debug)]
pub(crate) struct Reservation {
    holds: Vec<Hold>,
    /// What is held in each budget.
    pub amount: NanoUsd,
    sent: bool,
}

impl Reservation {
    /// From here on the provider may charge: forgotten, the reservation is spent.
    pub(crate) const fn sent(&mut self) {
        self.sent = true;
    }

    /// The attempt cost nothing, and nothing else is out.
    pub(crate) const fn recalled(&mut self) {
        self.sent = false;
    }

    /// Whether a budget counts this cost and has held less.
    pub(crate) fn is_passed_by(&self, cost: NanoUsd) -> bool {
        !self.holds.is_empty() && cost > self.amount
    }

    /// Sets every budget right.
    pub(crate) fn settle(mut self, actual: NanoUsd) {
        for hold in self.holds.drain(..) {
            hold.settle(actual);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.sent {
            for hold in self.holds.drain(..) {
                hold.settle(NanoUsd::ZERO);
            }
        }
    }
}

impl Step<Cleared> for Reserve {
    type Out = Reserved;

    async fn run<N: Next<Reserved>>(&self, cleared: Cleared, next: N) -> Result<Answer, Refusal> {
        let reservation = self.reserve(&cleared).await?;
        let call = cleared.inspected().limited().permitted.call();
        call.ctx().lap(&self.0, Part::Reserve);
        next.go(Reserved {
            cleared,
            reservation,
        })
        .await
    }
}

impl Reserve {
    async fn reserve(&self, cleared: &Cleared) -> Result<Reservation, Refusal> {
        let permitted = &cleared.inspected().limited().permitted;
        let (call, ask) = (permitted.call(), permitted.ask());
        let amount = cleared
            .targets()
            .iter()
            .map(|cleared| {
                let most = cleared.max_output(ask.facts.max_output);
                worst_case(ask, &cleared.target, most)
            })
            .max()
            .unwrap_or_default();
        let mut reservation = Reservation {
            holds: Vec::new(),
            amount,
            sent: false,
        };
        for rule in call.governance().limits.budgets(call.principal()) {
            match Hold::reserve(
                &self.0.store,
                &rule.account,
                rule.period,
                rule.limit,
                amount,
            )
            .await
            {
                Ok(hold) => reservation.holds.push(hold),
                Err(spent) => return Err(refuse(&rule, amount, spent.left, spent.resets_in)),
            }
        }
        Ok(reservation)
    }
}

fn refuse(rule: &BudgetRule, need: NanoUsd, left: NanoUsd, resets_in: Duration) -> Refusal {
    let message = format!(
        "Budget `{}` has {left} USD left and this call could cost {need} USD. Ask for fewer output tokens (max_tokens), \
         send less, or wait until the budget begins anew.",
        rule.name
    );
    Refusal::new(Code::BudgetSpent, message).retry_after(resets_in)
}
