//! One step of a streamed answer, in the canonical form.

use crate::adapter::ProviderError;
use crate::chat::{Finish, ReportedUsage};
use crate::json::Json;

/// One step of a streamed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatEvent {
    /// The first event; always before any delta.
    Start {
        /// The provider's id of the answer.
        id: Option<String>,
        /// The model that the provider says answers.
        model: Option<String>,
        /// Seconds since 1970.
        created: Option<u64>,
    },
    /// More of one part of one choice.
    Delta {
        /// Which alternative answer, from 0.
        choice: u32,
        /// Which part of it: parts start in ascending order, and a part keeps its kind.
        part: u32,
        /// What was added.
        delta: Delta,
    },
    /// Nothing more will come for this part.
    PartEnd {
        /// Which alternative answer.
        choice: u32,
        /// Which part of it.
        part: u32,
    },
    /// A choice ended, and why.
    Finish {
        /// Which alternative answer.
        choice: u32,
        /// Why it ended.
        finish: Finish,
    },
    /// Usage so far; a later one replaces it.
    Usage(ReportedUsage),
    /// The provider failed in mid-stream; nothing follows.
    Error(ProviderError),
    /// The dialect's terminal marker.
    End,
}

/// What was added to a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// Answer text.
    Text(String),
    /// Thinking text.
    Thinking(String),
    /// The signature that seals a thinking part.
    Signature(String),
    /// Text of a refusal.
    Refusal(String),
    /// A tool call begins.
    ToolStart {
        /// The call's id, which the tool's result names.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// More of a tool call's arguments: a fragment of JSON source.
    Arguments(String),
    /// Something that only the named kind's dialect knows, kept as it came.
    Opaque {
        /// The dialect's word for it.
        kind: String,
        /// As it came.
        value: Json,
    },
}
