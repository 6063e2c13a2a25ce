//! What a process says of its own chain.

use std::borrow::Cow;

use marshal_types::Digest;
use serde::{Deserialize, Serialize};

use crate::with;

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

/// The first record of a segment that was begun because the one before could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume<'a> {
    /// How many of that segment's bytes count. What follows them is void.
    pub good_bytes: u64,
    /// That segment's file name.
    pub poisoned: Cow<'a, str>,
}
