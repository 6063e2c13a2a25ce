//! Policy as files: access, compliance, data classes, redaction and restoration.
//!
//! A [`Bundle`] is every policy file of one moment, loaded whole or not at all. It decides ([`Bundle::authorize`],
//! [`Bundle::comply`]) and it cleans ([`Bundle::redactor`]). This crate knows no HTTP, no provider and no money, and it
//! is the only one that names casbin. Whatever goes wrong in it is a deny.

mod bundle;
mod cache;
mod condition;
mod csv;
mod data;
mod decision;
mod detect;
mod enforcer;
pub mod fuzzing;
mod glob;
mod matrix;
mod model;
mod policy_set;
mod redact;
mod roles;
mod rules;
mod source;

pub use bundle::Bundle;
pub use condition::vocabulary::{FACTS, FactType};
pub use condition::{Condition, ConditionError};
pub use decision::{Decision, ShadowHit};
pub use detect::{Detector, Hit, canonical};
pub use matrix::matrix;
pub use redact::{Blocked, Finding, Inspection, Redactor, ScopeKey, StreamRestorer, Surrogates};
pub use source::{BundleSource, fingerprint};
