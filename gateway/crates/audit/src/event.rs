//! What a record says. Every struct declares its fields sorted by name: their order is the canonical order.
//!
//! Fields borrow where they can, so that writing a record copies each text once. Text that strangers choose is cut
//! to 2 KiB when it is written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use marshal_types::{CallId, Dialect, Digest, Effect, NanoUsd, Usage};
use serde::{Deserialize, Serialize};

use crate::with;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A process begins its chain.
    Start(Start<'a>),
    /// A process ends its chain in good order.
    Stop(Stop),
    /// The chain goes on in a new segment after a failed write.
    Resume(Resume<'a>),
    /// An attempt is about to be sent.
    Intent(Box<Intent<'a>>),
    /// An attempt got an answer.
    Complete(Box<Complete<'a>>),
    /// An attempt failed without an answer for the client.
    Abort(Abort<'a>),
    /// An attempt whose process ended first.
    Interrupted(Interrupted<'a>),
    /// A call was refused.
    Deny(Box<Deny<'a>>),
    /// Somebody did something on the control plane.
    Admin(Admin<'a>),
    /// A virtual key came, went or was replaced.
    KeyChange(KeyChange<'a>),
    /// Another policy bundle came into force, or failed to.
    PolicyChange(PolicyChange<'a>),
    /// A call came with a key that was made for an emergency.
    BreakGlass(BreakGlass<'a>),
    /// A signed tree head.
    Checkpoint(Checkpointed<'a>),
    /// Keys of payloads were destroyed, or a hold kept them.
    Erase(Erase<'a>),
    /// A legal hold began or ended.
    Hold(HoldChange<'a>),
    /// Records were brought elsewhere.
    Export(Exported<'a>),
}

impl Event<'_> {
    /// The attempt that this record begins or ends, if it does.
    #[must_use]
    pub fn call(&self) -> Option<CallId> {
        match self {
            Self::Intent(record) => Some(record.call),
            Self::Complete(record) => Some(record.call),
            Self::Abort(record) => Some(record.call),
            Self::Interrupted(record) => Some(record.call),
            Self::Deny(record) => Some(record.call),
            Self::BreakGlass(record) => Some(record.call),
            _ => None,
        }
    }
}

/// The first record of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start<'a> {
    /// Whether this process took over from one that still runs.
    pub handover: bool,
    /// This chain.
    pub instance: Cow<'a, str>,
    /// The bundle in force.
    #[serde(with = "with::digest")]
    pub policy_digest: Digest,
    /// Every earlier chain that no start had taken over yet. Empty in the first chain of a trail.
    pub previous: Vec<Link<'a>>,
    /// Marshal's version.
    pub version: Cow<'a, str>,
    /// The key that signs this chain's checkpoints, as verifiers take it; absent where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vkey: Option<Cow<'a, str>>,
}

/// The end of another chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link<'a> {
    /// The hash of its last record.
    #[serde(with = "with::digest")]
    pub hash: Digest,
    /// That chain.
    pub instance: Cow<'a, str>,
    /// Whether it was still being written, so that more records may follow.
    pub live: bool,
    /// The number of its last record.
    pub seq: u64,
}

/// The last record of a chain whose process ended in good order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {}

/// A signed tree head of all records before it in its chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpointed<'a> {
    /// The signed note, as C2SP's tlog-checkpoint writes it.
    pub note: Cow<'a, str>,
}

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
    /// How many.
    pub records: u64,
    /// Where to, without anything secret.
    #[serde(serialize_with = "with::clip::text")]
    pub to: Cow<'a, str>,
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

/// The first record of a segment that was begun because the one before could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume<'a> {
    /// How many of that segment's bytes count. What follows them is void.
    pub good_bytes: u64,
    /// That segment's file name.
    pub poisoned: Cow<'a, str>,
}

/// An attempt, durable before its first byte goes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent<'a> {
    /// The access rule that allowed it.
    pub access_rule: Option<Cow<'a, str>>,
    /// Which attempt of the call, from 1.
    pub attempt: u32,
    /// The call.
    #[serde(with = "with::text")]
    pub call: CallId,
    /// The data classes found in it.
    pub classes: Vec<Cow<'a, str>>,
    /// What the client speaks.
    pub client_dialect: Dialect,
    /// The compliance rule that cleared this target.
    pub compliance_rule: Option<Cow<'a, str>>,
    /// Field paths that the target's dialect cannot express.
    #[serde(serialize_with = "with::clip::list")]
    pub dropped: Vec<Cow<'a, str>>,
    /// What was found, and what was done with it.
    pub findings: Vec<Finding<'a>>,
    /// The key that was presented.
    pub key: Cow<'a, str>,
    /// The provider's name of the model.
    pub model: Cow<'a, str>,
    /// What the policies oblige the call to; absent for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Cow<'a, str>>,
    /// What was sent, where a policy wants it kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload<'a>>,
    /// Where it could go, and what removed the rest.
    pub plan: Plan<'a>,
    /// The bundle that decided.
    #[serde(with = "with::digest")]
    pub policy: Digest,
    /// Where it goes.
    pub provider: Cow<'a, str>,
    /// What the provider speaks.
    pub provider_dialect: Dialect,
    /// The caller's stated purpose.
    #[serde(serialize_with = "with::clip::option")]
    pub purpose: Option<Cow<'a, str>>,
    /// What the policies were asked about this target; absent where the gateway itself answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question<'a>>,
    /// How many bytes are sent.
    pub request_bytes: u64,
    /// The model that the client asked for.
    #[serde(serialize_with = "with::clip::text")]
    pub request_model: Cow<'a, str>,
    /// Of the bytes that are sent.
    #[serde(with = "with::digest")]
    pub request_sha256: Digest,
    /// What was reserved of the budgets.
    pub reserved_nano_usd: NanoUsd,
    /// For how many days the policies want the record kept, at least; absent where none says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u64>,
    /// What policy lines in shadow mode would have said.
    pub shadow: Vec<Shadowed<'a>>,
    /// What the bundle in shadow mode would have said, where that is something else; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow_bundle: Option<ShadowBundle<'a>>,
    /// Where the answer comes from.
    pub source: Source,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// The door: a word of `marshal_types::Surface`.
    pub surface: Cow<'a, str>,
    /// The caller's own tags.
    #[serde(serialize_with = "with::clip::list")]
    pub tags: Vec<Cow<'a, str>>,
    /// Whose call it is.
    pub tenant: Cow<'a, str>,
    /// The W3C trace id.
    pub trace_id: Option<Cow<'a, str>>,
    /// Kinds of content that no detector could read and policy let through: `audio`, `image`, `file`; absent for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uninspected: Vec<Cow<'a, str>>,
    /// True where nobody said what the target costs, so that its costs of nothing are not to be believed; absent
    /// otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unpriced: bool,
}

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

/// Records of older versions have no score.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(score: &u8) -> bool {
    *score == 0
}

/// The targets of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<'a> {
    /// Those that it may go to, the best first.
    pub order: Vec<Planned<'a>>,
    /// Those that it may not go to.
    pub removed: Vec<Removed<'a>>,
}

/// A target that a call may go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned<'a> {
    /// The strategy's score.
    pub score: i64,
    /// `provider/model`.
    pub target: Cow<'a, str>,
    /// What the score says.
    pub why: Cow<'a, str>,
}

/// A target that a call may not go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed<'a> {
    /// `provider/model`.
    pub target: Cow<'a, str>,
    /// What removed it.
    pub why: Cow<'a, str>,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A provider is called.
    Dispatch,
    /// The gateway itself answered: nothing went out.
    Gateway,
    /// An answer kept earlier.
    Cache,
}

/// How an answered attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The answer was whole.
    Ok,
    /// The client hung up first.
    ClientGone,
    /// The answer broke off.
    UpstreamBroken,
    /// The provider's answer is an error, handed on to the client.
    UpstreamError,
    /// The answer held what the data policy does not let out, and ended there.
    Blocked,
}

/// The ending of an attempt that got an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Complete<'a> {
    /// Which attempt of the call, from 1.
    pub attempt: u32,
    /// The call.
    #[serde(with = "with::text")]
    pub call: CallId,
    /// The data classes found in what the client said after the intent, over a socket; absent for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Cow<'a, str>>,
    /// What it cost.
    pub cost_nano_usd: NanoUsd,
    /// What of the answer the client's dialect could not hold, in the words of the provider's; absent for nothing.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "with::clip::list"
    )]
    pub dropped: Vec<Cow<'a, str>>,
    /// From the request's arrival to the answer's end, in microseconds.
    pub duration_us: u64,
    /// What was found in what the client said after the intent, over a socket; absent for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding<'a>>,
    /// The provider's words for why it stopped, one a choice.
    pub finish_reasons: Vec<Cow<'a, str>>,
    /// To the answer's first byte, in microseconds.
    pub first_byte_us: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// What of it was Marshal's own doing, in microseconds.
    pub overhead_us: u64,
    /// What the provider answered, where a policy wants it kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload<'a>>,
    /// The provider's own code for the failure that its answer told of; absent for none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "with::clip::option"
    )]
    pub provider_code: Option<Cow<'a, str>>,
    /// The provider's own words for it; absent for none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "with::clip::option"
    )]
    pub provider_message: Option<Cow<'a, str>>,
    /// How many bytes the provider sent.
    pub response_bytes: u64,
    /// The model that the provider says answered.
    #[serde(serialize_with = "with::clip::option")]
    pub response_model: Option<Cow<'a, str>>,
    /// Of the bytes that the provider sent.
    #[serde(with = "with::digest")]
    pub response_sha256: Digest,
    /// How many surrogates were put back.
    pub restored: u64,
    /// The HTTP status that the client got.
    pub status: u16,
    /// What it used.
    #[serde(serialize_with = "with::usage::serialize")]
    pub usage: Usage,
}

/// The ending of an attempt that got no answer for the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abort<'a> {
    /// Which attempt of the call, from 1.
    pub attempt: u32,
    /// The call.
    #[serde(with = "with::text")]
    pub call: CallId,
    /// A word of `marshal_types::Code`.
    pub code: Cow<'a, str>,
    /// In microseconds.
    pub duration_us: u64,
    /// The provider's own code.
    #[serde(serialize_with = "with::clip::option")]
    pub provider_code: Option<Cow<'a, str>>,
    /// The provider's own words.
    #[serde(serialize_with = "with::clip::option")]
    pub provider_message: Option<Cow<'a, str>>,
    /// The provider's HTTP status, if it sent one.
    pub status: Option<u16>,
}

/// The ending of an attempt whose process ended first; written by a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted<'a> {
    /// Which attempt of the call, from 1.
    pub attempt: u32,
    /// The call.
    #[serde(with = "with::text")]
    pub call: CallId,
    /// The chain that holds the intent.
    pub instance: Cow<'a, str>,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deny<'a> {
    /// How many attempts had been made.
    pub attempts: u32,
    /// The call.
    #[serde(with = "with::text")]
    pub call: CallId,
    /// The data classes found in it.
    pub classes: Vec<Cow<'a, str>>,
    /// A word of `marshal_types::Code`.
    pub code: Cow<'a, str>,
    /// For the operator alone: the nearest miss, the chain of causes.
    #[serde(serialize_with = "with::clip::option")]
    pub detail: Option<Cow<'a, str>>,
    /// What was found.
    pub findings: Vec<Finding<'a>>,
    /// The key, if one was recognised.
    pub key: Option<Cow<'a, str>>,
    /// What the client was told.
    #[serde(serialize_with = "with::clip::text")]
    pub message: Cow<'a, str>,
    /// The place of the rule that decided: `file:line:column`.
    pub place: Option<Cow<'a, str>>,
    /// The bundle that decided.
    #[serde(with = "with::digest")]
    pub policy: Digest,
    /// What the policies were asked, if it came so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question<'a>>,
    /// The model that the client asked for, if it came so far.
    #[serde(serialize_with = "with::clip::option")]
    pub request_model: Option<Cow<'a, str>>,
    /// The rule that decided.
    pub rule: Option<Cow<'a, str>>,
    /// What the bundle in shadow mode would have said, where that is something else; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow_bundle: Option<ShadowBundle<'a>>,
    /// The HTTP status that the client got.
    pub status: u16,
    /// The door: a word of `marshal_types::Surface`, or empty for a path that is none.
    #[serde(serialize_with = "with::clip::text")]
    pub surface: Cow<'a, str>,
    /// Whose call it is, if that was recognised.
    pub tenant: Option<Cow<'a, str>>,
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
    /// The key's public half.
    pub key: Cow<'a, str>,
    /// The key's name.
    #[serde(serialize_with = "with::clip::text")]
    pub name: Cow<'a, str>,
    /// Whose key it is.
    pub tenant: Cow<'a, str>,
}

/// A call with a key that was made for an emergency, before anything else is decided about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlass<'a> {
    /// The call.
    #[serde(with = "with::text")]
    pub call: CallId,
    /// The key.
    pub key: Cow<'a, str>,
    /// The emergency, in the words of whoever made the key.
    #[serde(serialize_with = "with::clip::text")]
    pub reason: Cow<'a, str>,
    /// The door: a word of `marshal_types::Surface`, or `none`.
    pub surface: Cow<'a, str>,
    /// Whose call it is.
    pub tenant: Cow<'a, str>,
    /// The user whose key it is, if it is a person's.
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
