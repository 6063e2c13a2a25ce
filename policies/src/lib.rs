//! Policy as files: access, compliance, data classes, redaction and restoration.
//!
//! A [`Bundle`] is every policy file of one moment, loaded whole or not at all. It decides ([`Bundle::authorize`],
//! [`Bundle::comply`]) and it cleans ([`Bundle::redactor`]). This crate knows no HTTP, no provider and no money, and it
//! is the only one that names casbin. Whatever goes wrong in it is a deny.

mod approvals;
mod asked;
mod bundle;
mod cache;
mod condition;
mod csv;
mod data;
mod decision;

mod diff;
mod enforcer;
mod evidence;
mod explain;
pub mod fuzzing;
mod glob;
mod guarding;
mod index;
mod layers;
mod matrix;
mod model;
mod names;
mod obligations;
mod packs;
mod policy_set;
mod redact;
mod roles;
mod rules;
mod signature;
mod source;
mod testing;
mod yaml_file;

pub use approvals::Ended;
pub use bundle::Bundle;
pub use condition::vocabulary::{CALL_FACTS, FactType, TARGET_FACTS, read_fact};
pub use condition::{Condition, ConditionError};
pub use data::{External, Guard, GuardAction, GuardKind, Protocol, Signatures};
pub use decision::{Decision, ShadowHit};
pub use diff::{Answer, Beside, Change, Diff, diff};
pub use evidence::Stale;
pub use explain::{Explanation, Matched};
pub use glob::object_matches;
pub use layers::Layer;
pub use marshal_detect::{
    Builtin, Detector, Hit, Labelled, Score, Scores, Span, canonical, has_check, secret_kinds,
    supported,
};
pub use matrix::matrix;
pub use names::{NameFinder, NameKind};
pub use obligations::Obligations;
pub use redact::{
    AnswerInspector, Answers, Blocked, Finding, Inspection, Redactor, ScopeKey, StreamRestorer,
    Surrogates, is_document,
};
pub use signature::{SIGNATURES, SignError, Signature, new_signing_key, sign, signatures_file};
pub use source::{BundleSource, fingerprint};
pub use testing::{MutationReport, Survivor, TestFailure, TestReport};
