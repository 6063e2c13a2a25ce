//! One kind of sensitive data, and what is done with it.

use std::sync::Arc;

use marshal_detect::Shape;
use marshal_types::Place;

use crate::glob;

/// What is done with a value before the call leaves, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Treatment {
    /// It is recorded that it was there.
    Allow,
    /// The same, and the operators are told.
    Alert,
    /// A value of the same shape stands in its place, and the answer gets the original back.
    Surrogate,
    /// Its digits are encrypted in place (FF1), and the answer gets the original back.
    Fpe,
    /// `[EMAIL_ADDRESS_1]` stands in its place, and the answer gets the original back.
    Tag,
    /// `[EMAIL_ADDRESS:6f2c…]` stands in its place: a keyed hash, equal for equal values of a tenant.
    Hash,
    /// `[EMAIL_ADDRESS]` stands in its place.
    Mask,
    /// The call is refused.
    Block,
}

pub(super) const TREATMENTS: &[(&str, Treatment)] = &[
    ("allow", Treatment::Allow),
    ("alert", Treatment::Alert),
    ("surrogate", Treatment::Surrogate),
    ("fpe", Treatment::Fpe),
    ("tag", Treatment::Tag),
    ("hash", Treatment::Hash),
    ("mask", Treatment::Mask),
    ("block", Treatment::Block),
];

impl Treatment {
    pub(crate) fn as_str(self) -> &'static str {
        TREATMENTS
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("", |(name, _)| name)
    }
}

/// What is done with a value that a model writes and that the caller did not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InAnswers {
    /// It is recorded that it was there.
    Allow,
    /// The same, and the operators are told.
    Alert,
    /// `[EMAIL_ADDRESS]` stands in its place.
    Mask,
    /// The answer ends before it.
    Block,
}

pub(super) const IN_ANSWERS: &[(&str, InAnswers)] = &[
    ("allow", InAnswers::Allow),
    ("alert", InAnswers::Alert),
    ("mask", InAnswers::Mask),
    ("block", InAnswers::Block),
];

impl InAnswers {
    pub(crate) fn as_str(self) -> &'static str {
        IN_ANSWERS
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("", |(name, _)| name)
    }
}

/// One entity of the file.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) name: Arc<str>,
    pub(crate) class: Arc<str>,
    pub(crate) treatment: Treatment,
    pub(crate) answers: InAnswers,
    pub(crate) shadow: bool,
    /// Finds that are less sure are none, in percent.
    pub(crate) min_score: u8,
    /// Values that are none, `*` for any run of characters; in small letters.
    pub(crate) allow: Arc<[Box<str>]>,
    pub(crate) shape: Shape,
    pub(crate) place: Place,
}

impl Entity {
    /// Whether the file says that this value is none.
    pub(crate) fn lets(&self, value: &str) -> bool {
        if self.allow.is_empty() {
            return false;
        }
        let value = value.to_lowercase();
        self.allow
            .iter()
            .any(|pattern| glob::matches(pattern, &value))
    }
}
