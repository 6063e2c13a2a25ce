//! One call: what is known of it, for whoever has to tell its story.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use marshal_adapter_api::ChatFacts;
use marshal_policies::Finding;
use marshal_telemetry::{CallSpan, Ongoing};
use marshal_types::{CallId, Dialect, Digest, Facts, KeyId, Surface};
use marshal_wire::json::Index;
use parking_lot::Mutex;

/// What is known of a call from its first byte on. Steps add to the notes; `audit` and `observe` read them.
#[derive(Debug)]
pub struct Ctx {
    /// Marshal's own id of the call.
    pub id: CallId,
    /// When it came in, on the monotonic clock.
    pub started: Duration,
    /// The dialect that the path stands for.
    pub dialect: Dialect,
    /// The door, where the path is one.
    pub surface: Option<Surface>,
    /// The trace that the call belongs to, as 32 hex digits.
    pub trace_id: String,
    pub(crate) span: Mutex<Option<CallSpan>>,
    pub(crate) notes: Mutex<Notes>,
    pub(crate) _in_flight: Ongoing,
}

/// What steps have found out so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub tenant: Option<Arc<str>>,
    pub key: Option<KeyId>,
    pub request_model: Option<String>,
    pub policy: Option<Digest>,
    pub classes: Vec<Arc<str>>,
    pub findings: Vec<Finding>,
    /// Attempts with a durable intent.
    pub attempts: u32,
    /// Time spent waiting for providers.
    pub upstream: Duration,
    /// Set once the call's ending is in the trail or on its way there.
    pub ended: bool,
}

/// A conversation that a client asks to be answered.
#[derive(Debug)]
pub struct Chat {
    /// The body as it came, or cleaned.
    pub body: Bytes,
    /// Where everything stands in `body`.
    pub index: Index,
    /// What governance needs to know of it.
    pub facts: ChatFacts,
    /// Headers and query that go along where the provider speaks the client's dialect.
    pub along: Along,
    /// What conditions of policies may ask of the call.
    pub known: Facts,
    /// `x-marshal-purpose`, for the record.
    pub purpose: Option<String>,
    /// `x-marshal-tags`, for the record.
    pub tags: Vec<String>,
    /// `x-marshal-strategy`.
    pub strategy: Option<marshal_routing::Strategy>,
    /// The client asks for the cost at a stream's end, where no header can carry it.
    pub wants_cost: bool,
}

/// What travels with a call to a provider of the same dialect.
#[derive(Debug, Default)]
pub struct Along {
    /// For example `anthropic-beta`.
    pub headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// For example `beta=true`.
    pub query: Option<String>,
}
