//! Filters, scores and plans: which target a call should go to, and why.
//!
//! A plan is made in this order, and says each step's reasons:
//! 1. what the target cannot do for this call removes it ([`Need`]);
//! 2. what it did lately removes it: an open breaker, a 429's wait ([`Router::report`]);
//! 3. the [`Strategy`] gives the others a score, and the order is by score, the lowest first.
//!
//! If step 2 would remove every target, the one that recovers first stays: a wrong guess about health must not be an outage.
//! Which targets a caller may use, and which the data may go to, was decided before. The same history at the same time
//! gives the same plan.

mod directory;
mod health;
mod plan;
mod router;
mod score;
mod target;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_health;

pub use directory::{Directory, Listed, Resolved, VirtualModel};
pub use health::{HealthState, TargetHealth};
pub use marshal_catalog::{Capabilities, LongContext, ModelPrice, UnitPrices};
pub use plan::{Need, Plan, Planned, Removed};
pub use router::{Outcome, Router};
pub use score::Strategy;
pub use target::Target;
