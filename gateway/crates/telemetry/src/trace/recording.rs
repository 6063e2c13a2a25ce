//! What a sampled span gathers until it ends, and hands over then.

use std::borrow::Cow;
use std::sync::Arc;

use marshal_types::semconv;
use opentelemetry::trace::{
    Link as OtelLink, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId as OtelTraceId,
    TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::attribute::Attribute;
use super::context::TraceContext;
use super::export::Pipe;

pub(super) fn place(context: TraceContext, state: TraceState) -> SpanContext {
    SpanContext::new(
        OtelTraceId::from(context.trace_id.0),
        SpanId::from(context.span_id),
        TraceFlags::SAMPLED,
        false,
        state,
    )
}

/// What a sampled span gathers until it ends.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) pipe: Arc<Pipe>,
    kind: SpanKind,
    here: TraceContext,
    parent: u64,
    pub(super) parent_is_remote: bool,
    pub(super) state: TraceState,
    started: std::time::SystemTime,
    pub(super) name: Cow<'static, str>,
    attributes: Vec<KeyValue>,
    pub(super) links: Vec<OtelLink>,
}

impl Recording {
    pub(super) fn start(
        pipe: &Arc<Pipe>,
        kind: SpanKind,
        here: TraceContext,
        parent: u64,
        state: TraceState,
    ) -> Self {
        Self {
            started: pipe.now(),
            pipe: Arc::clone(pipe),
            kind,
            here,
            parent,
            parent_is_remote: false,
            state,
            name: Cow::Borrowed("call"),
            attributes: Vec::with_capacity(16),
            links: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, attribute: Attribute<'_>) {
        let pair = KeyValue::from(attribute);
        if pair.key.as_str() == semconv::PROVIDER_NAME {
            self.set_pair(KeyValue::new(semconv::SYSTEM, pair.value.clone()));
        }
        self.set_pair(pair);
    }

    /// The last value of a key wins; a key that the conventions do not have is left out.
    pub(super) fn set_pair(&mut self, pair: KeyValue) {
        if !self.pipe.conventions().has(pair.key.as_str()) {
            return;
        }
        match self.attributes.iter_mut().find(|old| old.key == pair.key) {
            Some(old) => *old = pair,
            None => self.attributes.push(pair),
        }
    }

    pub(super) fn end(mut self, status: Status, error: Option<&'static str>) {
        if let Some(error) = error {
            self.set_pair(KeyValue::new(semconv::ERROR_TYPE, error));
        }
        let Self {
            pipe,
            kind,
            here,
            parent,
            parent_is_remote,
            state,
            started,
            name,
            attributes,
            links,
        } = self;
        let mut linked = SpanLinks::default();
        linked.links = links;
        let ended = pipe.now().max(started);
        pipe.push(SpanData {
            span_context: place(here, state),
            parent_span_id: SpanId::from(parent),
            parent_span_is_remote: parent_is_remote && parent != 0,
            span_kind: kind,
            name,
            start_time: started,
            end_time: ended,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: linked,
            status,
            instrumentation_scope: InstrumentationScope::builder("marshal").build(),
        });
    }
}
