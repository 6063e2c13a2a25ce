//! What became of a call: its attempts and their endings, and its refusal.

use std::borrow::Cow;

use marshal_types::{CallId, Dialect, Digest, NanoUsd, Usage};
use serde::{Deserialize, Serialize};

use super::{Finding, Payload, Question, ShadowBundle, Shadowed};
use crate::with;

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
    /// How many kinds of finds more there were than stand here; absent for none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more_findings: u64,
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
    /// The caller's names, where no question to the policies tells them; absent otherwise.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "with::clip::list"
    )]
    pub subjects: Vec<Cow<'a, str>>,
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
    /// Whether a policy says so, and not the target's health or what it can do; absent for no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_policy: bool,
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
    /// The data classes found in the answer, and in what the client said after the intent, over a socket; absent for none.
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
    /// What was found in the answer, and in what the client said after the intent, over a socket; absent for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding<'a>>,
    /// The provider's words for why it stopped, one a choice.
    pub finish_reasons: Vec<Cow<'a, str>>,
    /// To the answer's first byte, in microseconds.
    pub first_byte_us: Option<u64>,
    /// How many kinds of finds more there were than stand here; absent for none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more_findings: u64,
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
    /// What the provider answered, where a policy wants it kept. Its words for a failure may repeat what was asked: they
    /// are nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload<'a>>,
    /// The provider's own code.
    #[serde(serialize_with = "with::clip::option")]
    pub provider_code: Option<Cow<'a, str>>,
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
    /// How many kinds of finds more there were than stand here; absent for none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more_findings: u64,
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
    /// The caller's names, where no question to the policies tells them; absent otherwise.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "with::clip::list"
    )]
    pub subjects: Vec<Cow<'a, str>>,
    /// The door: a word of `marshal_types::Surface`, or empty for a path that is none.
    #[serde(serialize_with = "with::clip::text")]
    pub surface: Cow<'a, str>,
    /// Whose call it is, if that was recognised.
    pub tenant: Option<Cow<'a, str>>,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}
