//! The label sets. Every value comes from a closed set or passes a cap on its way in.

use std::collections::HashSet;
use std::hash::Hash;

use parking_lot::RwLock;
use prometheus_client::encoding::EncodeLabelSet;

/// Stands for every value past a cap.
pub(super) const OTHER: &str = "other";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) surface: &'static str,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfSurface {
    pub(super) surface: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfPart {
    pub(super) part: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfCode {
    pub(super) code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Attempt {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TokensOf {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) direction: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfTarget {
    pub(super) provider: String,
    pub(super) model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ProviderError {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Redaction {
    pub(super) entity: String,
    pub(super) action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfResult {
    pub(super) result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfDigest {
    pub(super) digest: String,
}

/// An export's configured name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfExport {
    pub(super) export: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfKind {
    pub(super) kind: &'static str,
}

/// Lets the first `most` values through and none after them.
#[derive(Debug)]
pub(super) struct Cap<T> {
    most: usize,
    seen: RwLock<HashSet<T>>,
}

impl<T: Eq + Hash> Cap<T> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            seen: RwLock::default(),
        }
    }

    /// Whether `value` may be a label of its own.
    pub(super) fn admits<Q>(&self, value: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
        Q: ?Sized + Eq + Hash + ToOwned<Owned = T>,
    {
        if self.seen.read().contains(value) {
            return true;
        }
        let mut seen = self.seen.write();
        if seen.contains(value) {
            return true;
        }
        seen.len() < self.most && seen.insert(value.to_owned())
    }
}
