//! The policies in force: swapped as one, taken once a call.

use std::sync::Arc;

use marshal_policies::Bundle;
use marshal_types::{Digest, Principal};

use crate::{BudgetRule, LimitRule};

/// One bundle with the limits that were read from its files.
#[derive(Debug)]
pub struct Governance {
    /// Access, compliance and data policy.
    pub bundle: Bundle,
    /// The bundle's digest, for records.
    pub digest: Digest,
    /// `limits.yaml`, limits: the first that matches applies.
    pub limits: Vec<LimitRule>,
    /// `limits.yaml`, budgets: all that match apply.
    pub budgets: Vec<BudgetRule>,
}

/// Whom a limit or a budget is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectPattern {
    /// Every caller.
    Any,
    /// A tenant.
    Tenant(Arc<str>),
    /// A key, user or team as policies name it: `k:…`, `u:…`, `t:…`.
    Subject(Arc<str>),
}

impl SubjectPattern {
    /// Whether the caller is meant.
    #[must_use]
    pub fn matches(&self, principal: &Principal) -> bool {
        match self {
            Self::Any => true,
            Self::Tenant(tenant) => *tenant == principal.domain,
            Self::Subject(subject) => principal.subjects.contains(subject),
        }
    }
}
