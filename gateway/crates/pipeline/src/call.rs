//! One call: what is known of it, for whoever has to tell its story.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use marshal_adapter_api::ChatFacts;
use marshal_audit_sink::Sink;
use marshal_payloads::SubjectKey;
use marshal_policies::Finding;
use marshal_telemetry::{CallSpan, Ongoing, Operation, Part, TargetMetrics, TraceId};
use marshal_types::{CallId, Dialect, Digest, Facts, KeyId, ProviderName, Surface, Units};
use marshal_wire::frame::Framing;
use marshal_wire::json::{Doc, Index};
use marshal_wire::multipart::Multipart;
use parking_lot::Mutex;

use crate::authorize::question::Question;
use crate::laps::Laps;
use crate::{Keeping, Shared};

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
    /// How the client frames its streams.
    pub framing: Framing,
    /// The trace that the call belongs to, as 32 hex digits.
    pub trace_id: String,
    /// The same, where a collector gets it: to be named beside measurements.
    pub(crate) exemplar: Option<TraceId>,
    pub(crate) laps: Laps,
    pub(crate) span: Mutex<Option<CallSpan>>,
    pub(crate) notes: Mutex<Notes>,
    pub(crate) _in_flight: Ongoing,
}

impl Ctx {
    /// A part of Marshal's own work ends here.
    pub(crate) fn lap(&self, shared: &Shared, part: Part) {
        let metrics = &shared.telemetry.metrics;
        self.laps.end(metrics, part, shared.clock.monotonic());
    }

    /// What is asked for, in the conventions' words.
    pub(crate) fn operation(&self) -> Operation {
        Operation::of(self.surface.unwrap_or(Surface::Passthrough))
    }

    /// The dialect in which a client of this door reads errors: Amazon's clients wrap Claude's words in their own.
    pub(crate) fn error_dialect(&self) -> Dialect {
        match (self.surface, self.framing) {
            (Some(Surface::InvokeMessages), Framing::Chunks) => Dialect::Bedrock,
            _ => self.dialect,
        }
    }
}

/// What steps have found out so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub tenant: Option<Arc<str>>,
    /// The caller's names, once the key is known.
    pub subjects: Arc<[Arc<str>]>,
    pub key: Option<KeyId>,
    pub request_model: Option<String>,
    pub policy: Option<Digest>,
    pub classes: Vec<Arc<str>>,
    pub findings: Vec<Finding>,
    /// What the policies were asked.
    pub question: Option<Question>,
    /// Attempts with a durable intent.
    pub attempts: u32,
    /// Whom the last of them asked.
    pub target: Option<TargetMetrics>,
    /// How much of the call is recorded; known with the first intent.
    pub recorded: Option<Keeping>,
    /// Where the newest attempt is recorded, if not in the trail.
    pub chain: Option<Arc<Sink>>,
    /// What is said is encrypted with, where it is kept.
    pub words: Option<SubjectKey>,
    /// Time spent waiting for providers.
    pub upstream: Duration,
    /// Set once the call's ending is in the trail or on its way there.
    pub ended: bool,
}

/// What a client asks of a model or of a provider.
#[derive(Debug)]
pub struct Ask {
    /// The body as it came, or cleaned.
    pub body: Bytes,
    /// Where everything stands in `body`.
    pub content: Content,
    /// What governance needs to know of it. The model is empty where none is asked for.
    pub facts: ChatFacts,
    /// What it could come to beyond tokens, at most.
    pub units: Units,
    /// Kinds of content that no detector can read.
    pub unread: Vec<&'static str>,
    /// The provider, where the address names it.
    pub pinned: Option<ProviderName>,
    /// The request's method.
    pub method: http::Method,
    /// The path at a provider, for what is no conversation.
    pub tail: String,
    /// The clean query of such a path.
    pub query: Option<String>,
    /// Headers that go along where the provider speaks the client's dialect.
    pub along: Vec<(http::HeaderName, http::HeaderValue)>,
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
    /// The client's wish for a socket.
    pub socket: Option<crate::Knock>,
}

impl Ask {
    /// The body as JSON, where it is.
    #[must_use]
    pub fn doc(&self) -> Option<Doc<'_>> {
        match &self.content {
            Content::Json(index) => Some(index.doc(&self.body)),
            _ => None,
        }
    }
}

/// What a body is.
#[derive(Debug)]
pub enum Content {
    /// One JSON text.
    Json(Index),
    /// A form with files.
    Form(Multipart),
    /// Nothing.
    Empty,
}
