//! The policies in force: swapped as one, taken once a call.

use std::fmt::Debug;

use marshal_policies::Bundle;
use marshal_state::Period;
use marshal_types::{Digest, NanoUsd, Principal};

/// One bundle with the limits that were read from its files.
#[derive(Debug)]
pub struct Governance {
    /// Access, compliance and data policy.
    pub bundle: Bundle,
    /// The bundle's digest, for records.
    pub digest: Digest,
    /// A bundle that decides nothing: what it would have said is recorded.
    pub shadow: Option<Bundle>,
    /// Whose signatures under the bundle count.
    pub approvers: Vec<String>,
    /// `limits.yaml`. Policies know no money, so it is read elsewhere.
    pub limits: Box<dyn Rules>,
}

/// What `limits.yaml` says of a caller.
pub trait Rules: Debug + Send + Sync {
    /// The limit that applies.
    fn limit(&self, principal: &Principal) -> Option<LimitRule>;
    /// Every budget that applies.
    fn budgets(&self, principal: &Principal) -> Vec<BudgetRule>;
}

/// How much at a time; `None` is unlimited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRule {
    /// The count that this caller shares.
    pub bucket: String,
    /// Calls a minute.
    pub requests_per_minute: Option<u64>,
    /// Input and output tokens a minute.
    pub tokens_per_minute: Option<u64>,
    /// Calls at once.
    pub concurrent_calls: Option<u32>,
}

/// How much money in a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRule {
    /// Its name, for refusals.
    pub name: String,
    /// The account that this caller shares.
    pub account: String,
    /// When it begins anew.
    pub period: Period,
    /// How much there is.
    pub limit: NanoUsd,
}
