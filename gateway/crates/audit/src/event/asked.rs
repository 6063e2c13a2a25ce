//! What was asked of the policies in a call, and what was found in it and kept of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use marshal_types::{Digest, Effect};
use serde::{Deserialize, Serialize};

use crate::with;

/// What the policies were asked, in full: with it another bundle can be asked the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question<'a> {
    /// What was to be done with the model or the door.
    pub action: Cow<'a, str>,
    /// The request's HTTP method.
    pub method: Cow<'a, str>,
    /// The names that the caller goes by.
    pub subjects: Vec<Cow<'a, str>>,
    /// The targets that were asked for.
    pub targets: Vec<AskedTarget<'a>>,
}

/// A target, with what was known of it and of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedTarget<'a> {
    /// The facts of which `facts.yaml` has the say; absent for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Cow<'a, str>>,
    /// By name.
    pub facts: BTreeMap<Cow<'a, str>, FactValue<'a>>,
    /// `provider/model`.
    pub target: Cow<'a, str>,
}

/// The value of a fact, as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactValue<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A word.
    Text(Cow<'a, str>),
    /// Words.
    List(Vec<Cow<'a, str>>),
}

/// A whole bundle in shadow mode that would have decided otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowBundle<'a> {
    /// That bundle.
    #[serde(with = "with::digest")]
    pub policy: Digest,
    /// Its line that decides, if one does.
    pub rule: Option<Cow<'a, str>>,
    /// What it would have said.
    pub would: Effect,
}

/// A policy line in shadow mode, and what it would have said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadowed<'a> {
    /// The line.
    pub rule: Cow<'a, str>,
    /// Its effect.
    pub would: Effect,
}

/// Sensitive data found in a call. Never the data itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding<'a> {
    /// What was done with it.
    pub action: Cow<'a, str>,
    /// The data class that `data.yaml` gives it; absent in records of older versions.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub class: Cow<'a, str>,
    /// How often it was found at this path.
    pub count: u32,
    /// What found it; absent in records of older versions.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub detector: Cow<'a, str>,
    /// What it is.
    pub entity: Cow<'a, str>,
    /// Keyed hashes of the values, where `data.yaml` asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Cow<'a, str>>,
    /// Where in the body.
    #[serde(serialize_with = "with::clip::text")]
    pub path: Cow<'a, str>,
    /// How sure the surest find was, in percent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub score: u8,
    /// Whether a shadow rule only recorded what it would have done.
    pub shadow: bool,
}

/// What of a call was kept, encrypted: where, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload<'a> {
    /// The month, and how long after it.
    pub bucket: Cow<'a, str>,
    /// How many bytes it has, encrypted.
    pub bytes: u64,
    /// Of these bytes.
    #[serde(with = "with::digest")]
    pub sha256: Digest,
    /// Whose it is, by a keyed hash.
    pub subject: Cow<'a, str>,
}

/// Records of older versions have no score.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(score: &u8) -> bool {
    *score == 0
}
