//! The policies in force: swapped as one, taken once a call.

use std::collections::BTreeSet;
use std::fmt::Debug;

use marshal_policies::Bundle;
use marshal_state::Period;
use marshal_types::{DataClass, Digest, NanoUsd, Principal};

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
    /// `audit.yaml`.
    pub recording: Box<dyn Recording>,
}

/// What `audit.yaml` says of a call.
pub trait Recording: Debug + Send + Sync {
    /// How much of it is recorded.
    fn of(&self, principal: &Principal, classes: &BTreeSet<DataClass>) -> Keeping;
}

/// How much of a call is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// How much.
    pub level: RecordLevel,
    /// How many days after its month what was said is kept.
    pub payload_days: u32,
    /// What becomes of it if that cannot be recorded.
    pub mode: RecordMode,
}

/// What becomes of a call that the trail's disk does not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordMode {
    /// It is refused.
    #[default]
    Required,
    /// It is recorded in a second folder, where there is one; what was said may be missing.
    Spool,
    /// It goes on unrecorded, which is logged and counted.
    BestEffort,
}

/// How much of a call is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordLevel {
    /// Nothing, unless it is refused.
    None,
    /// No words of it.
    #[default]
    Metadata,
    /// What was sent, encrypted apart.
    Request,
    /// What was sent and what was answered.
    Full,
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
