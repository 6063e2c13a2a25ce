//! What was done beside calls: to keys, policies, what is kept, and the trail itself.

use std::borrow::Cow;

use marshal_types::Digest;
use serde::{Deserialize, Serialize};

use crate::with;

/// Keys that encrypt what was said were destroyed, or were to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erase<'a> {
    /// Who asked: a name, or `retention`.
    pub by: Cow<'a, str>,
    /// Whether a hold kept some of them.
    pub held: bool,
    /// How many are no more.
    pub keys_destroyed: u64,
    /// Why.
    #[serde(serialize_with = "with::clip::text")]
    pub reason: Cow<'a, str>,
    /// Whose: the keyed hash that payloads go by; at a retention's end the bucket.
    pub subject: Cow<'a, str>,
}

/// A legal hold that began, changed or was released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldChange<'a> {
    /// Who asked.
    pub by: Cow<'a, str>,
    /// The matter's name.
    #[serde(serialize_with = "with::clip::text")]
    pub name: Cow<'a, str>,
    /// Why.
    #[serde(serialize_with = "with::clip::text")]
    pub reason: Cow<'a, str>,
    /// True: it holds no more.
    pub released: bool,
    /// What it is about: `*`, `tenant:` and a keyed hash, or the keyed hash of a subject.
    pub subject: Cow<'a, str>,
    /// From when on it ends by itself; absent for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Cow<'a, str>>,
}

/// Records that were brought elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported<'a> {
    /// Who asked: a name, or the exporter's.
    pub by: Cow<'a, str>,
    /// The format.
    pub format: Cow<'a, str>,
    /// How many; none where they go as they come.
    pub records: u64,
    /// Whether it is a standing one of `marshal.yaml`, which brings records as they come; absent for one that is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standing: bool,
    /// Where to, without anything secret.
    #[serde(serialize_with = "with::clip::text")]
    pub to: Cow<'a, str>,
}

/// A deed on the control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin<'a> {
    /// What was done.
    pub action: Cow<'a, str>,
    /// To what.
    #[serde(serialize_with = "with::clip::text")]
    pub detail: Cow<'a, str>,
    /// By whom.
    #[serde(serialize_with = "with::clip::text")]
    pub who: Cow<'a, str>,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyChangeKind {
    /// It is new.
    Created,
    /// It is void.
    Revoked,
    /// Its secret was replaced.
    Rotated,
}

/// A virtual key came, went or was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange<'a> {
    /// Whether it may administer; absent for a key that may not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
    /// The emergency that the key was made for; absent for any other key.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "with::clip::option"
    )]
    pub break_glass: Option<Cow<'a, str>>,
    /// By whom.
    pub by: Cow<'a, str>,
    /// What became of it.
    pub change: KeyChangeKind,
    /// When the key ends by itself; absent for one that does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Cow<'a, str>>,
    /// The key's public half.
    pub key: Cow<'a, str>,
    /// The key's name.
    #[serde(serialize_with = "with::clip::text")]
    pub name: Cow<'a, str>,
    /// The service that calls with it; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Cow<'a, str>>,
    /// The team that calls with it; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Cow<'a, str>>,
    /// Whose key it is.
    pub tenant: Cow<'a, str>,
    /// The user who calls with it; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Cow<'a, str>>,
}

/// Another bundle came into force, or failed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange<'a> {
    /// Whose signatures stand under the bundle and were believed; absent for none.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "with::clip::list"
    )]
    pub approvers: Vec<Cow<'a, str>>,
    /// The bundle in force before.
    #[serde(with = "with::digest_option")]
    pub from: Option<Digest>,
    /// Where the bundle comes from, as the operator wrote it.
    #[serde(serialize_with = "with::clip::text")]
    pub label: Cow<'a, str>,
    /// Whether it is in force now.
    pub ok: bool,
    /// What is wrong with it, if it is not.
    #[serde(serialize_with = "with::clip::list")]
    pub problems: Vec<Cow<'a, str>>,
    /// The bundle in force now, or the one that failed if it could be digested.
    #[serde(with = "with::digest_option")]
    pub to: Option<Digest>,
}
