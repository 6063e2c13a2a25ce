//! A call's span and its attempts' spans. Both end once: by `end`, or as abandoned when dropped.

use std::sync::Arc;

use marshal_types::semconv;
use marshal_types::{ModelName, ProviderName};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Link as OtelLink, SpanKind, Status, TraceState};

use super::attribute::{Attribute, span_name};
use super::context::{TraceContext, TraceId};
use super::export::Pipe;
use super::ids;
use super::recording::{Recording, place};
use crate::operation::Operation;
use crate::outcome::{AttemptOutcome, CallOutcome};

/// The server span of one call. Without a collector it holds the trace's ids and does nothing.
#[derive(Debug)]
pub struct CallSpan {
    here: TraceContext,
    state: Option<Box<str>>,
    operation: Operation,
    stream: bool,
    /// What each attempt's span says of the request.
    asked: Vec<KeyValue>,
    recording: Option<Box<Recording>>,
}

/// The client span of one attempt at a provider.
#[derive(Debug)]
pub struct AttemptSpan {
    here: TraceContext,
    recording: Option<Box<Recording>>,
}

impl CallSpan {
    pub(super) fn start(
        parent: Option<TraceContext>,
        state: Option<&str>,
        sampled: impl FnOnce(TraceId) -> bool,
        pipe: Option<&Arc<Pipe>>,
    ) -> Self {
        let trace_id = parent.map_or_else(ids::trace_id, |parent| parent.trace_id);
        let here = TraceContext {
            trace_id,
            span_id: ids::span_id(),
            sampled: sampled(trace_id),
        };
        let recording = pipe.filter(|_| here.sampled).map(|pipe| {
            let parent = parent.map_or(0, |parent| parent.span_id);
            let state = state.and_then(|text| text.parse().ok()).unwrap_or_default();
            let mut recording = Recording::start(pipe, SpanKind::Server, here, parent, state);
            recording.parent_is_remote = true;
            Box::new(recording)
        });
        Self {
            here,
            state: state.map(Box::from),
            operation: Operation::default(),
            stream: false,
            asked: Vec::new(),
            recording,
        }
    }

    /// The trace's id, for the audit record.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.here.trace_id
    }

    /// The trace's id as 32 lower-case hex digits.
    #[must_use]
    pub fn trace_id_hex(&self) -> String {
        self.here.trace_id.to_string()
    }

    /// This span's place in the trace; its `Display` is a `traceparent` header.
    #[must_use]
    pub const fn context(&self) -> TraceContext {
        self.here
    }

    /// The caller's `tracestate`, to be passed on unchanged wherever the trace is.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Whether this span goes to a collector.
    #[must_use]
    pub const fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// Names the span `{operation} {model}` and notes both. Call it once the model's name has resolved.
    pub fn set_request(&mut self, operation: Operation, model: &str) {
        self.operation = operation;
        if let Some(recording) = &mut self.recording {
            recording.name = span_name(operation, model).into();
            recording.set(Attribute::Operation(operation));
            recording.set(Attribute::RequestModel(model));
        }
    }

    /// The trace to name beside a measurement: one that a collector gets.
    #[must_use]
    pub fn exemplar(&self) -> Option<TraceId> {
        self.recording.as_ref().map(|_| self.here.trace_id)
    }

    /// Notes one attribute.
    pub fn set(&mut self, attribute: Attribute<'_>) {
        if let Attribute::RequestStream(stream) = attribute {
            self.stream = stream;
        }
        if let Some(recording) = &mut self.recording {
            recording.set(attribute);
        }
    }

    /// Notes one attribute for the spans of the attempts that follow.
    pub fn ask(&mut self, attribute: Attribute<'_>) {
        if self.recording.is_some() {
            self.asked.push(attribute.into());
        }
    }

    /// Starts the span of attempt `number`, from 1. It may outlive the call's span. `known_as` is what the conventions
    /// call the provider.
    #[must_use]
    pub fn attempt(
        &self,
        provider: &ProviderName,
        known_as: &str,
        model: &ModelName,
        number: u32,
    ) -> AttemptSpan {
        let here = TraceContext {
            span_id: ids::span_id(),
            ..self.here
        };
        let recording = self.recording.as_ref().map(|call| {
            let (parent, state) = (self.here.span_id, call.state.clone());
            let mut recording = Recording::start(&call.pipe, SpanKind::Client, here, parent, state);
            recording.name = span_name(self.operation, model.as_str()).into();
            recording.set(Attribute::Operation(self.operation));
            recording.set(Attribute::Provider(known_as));
            recording.set(Attribute::OwnProvider(provider));
            recording.set(Attribute::RequestModel(model.as_str()));
            recording.set(Attribute::Attempt(number));
            if self.stream {
                recording.set(Attribute::RequestStream(true));
            }
            for pair in &self.asked {
                recording.set_pair(pair.clone());
            }
            Box::new(recording)
        });
        AttemptSpan { here, recording }
    }

    /// Ends the span. A refusal is an answer, so it is no error of the server's; a failure is.
    pub fn end(mut self, outcome: CallOutcome) {
        if let Some(recording) = self.recording.take() {
            let status = match outcome {
                CallOutcome::Failed(_) => Status::error(""),
                CallOutcome::Completed | CallOutcome::Refused(_) | CallOutcome::Abandoned => {
                    Status::Unset
                }
            };
            recording.end(status, outcome.error_type());
        }
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.end(Status::Unset, CallOutcome::Abandoned.error_type());
        }
    }
}

/// How two attempts belong together that do not follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Both were asked the same at once, and the first answer counts.
    Hedge,
    /// The other one's question was asked again for comparison; nobody waits for its answer.
    Mirror,
}

impl Link {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Hedge => "hedge",
            Self::Mirror => "mirror",
        }
    }
}

impl AttemptSpan {
    /// This span's place in the trace; its `Display` is a `traceparent` header for the provider.
    #[must_use]
    pub const fn context(&self) -> TraceContext {
        self.here
    }

    /// Links this attempt to another one.
    pub fn link(&mut self, to: TraceContext, why: Link) {
        if let Some(recording) = &mut self.recording {
            let why = KeyValue::new(semconv::LINK, why.as_str());
            let to = place(to, TraceState::default());
            recording.links.push(OtelLink::new(to, vec![why], 0));
        }
    }

    /// Notes one attribute.
    pub fn set(&mut self, attribute: Attribute<'_>) {
        if let Some(recording) = &mut self.recording {
            recording.set(attribute);
        }
    }

    /// Ends the span.
    pub fn end(mut self, outcome: AttemptOutcome) {
        if let Some(recording) = self.recording.take() {
            let status = match outcome {
                AttemptOutcome::Failed(_) => Status::error(""),
                AttemptOutcome::Completed | AttemptOutcome::Abandoned => Status::Unset,
            };
            recording.end(status, outcome.error_type());
        }
    }
}

impl Drop for AttemptSpan {
    fn drop(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.end(Status::Unset, AttemptOutcome::Abandoned.error_type());
        }
    }
}
