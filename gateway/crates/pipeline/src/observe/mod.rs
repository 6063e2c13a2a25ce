//! Outermost: gives the call its id, starts clock, span and metrics, and makes an answer of each refusal.

mod span;

use std::sync::Arc;

use marshal_telemetry::{Attribute, CallOutcome, route};
use marshal_types::{CallId, Dialect, Refusal, Surface};
use marshal_wire::envelope;
use marshal_wire::frame::Framing;
use parking_lot::Mutex;

pub(crate) use span::{address, asked};

use crate::answer::AnswerBody;
use crate::call::Notes;
use crate::decode::Door;
use crate::laps::Laps;
use crate::step::{Answer, Next, Step};
use crate::{Arrival, Ctx, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Observe(pub Arc<Shared>);

/// An arrival with its context.
#[derive(Debug)]
pub struct Observed {
    pub(crate) arrival: Arrival,
    pub(crate) ctx: Arc<Ctx>,
}

impl Step<Arrival> for Observe {
    type Out = Observed;

    async fn run<N: Next<Observed>>(&self, arrival: Arrival, next: N) -> Result<Answer, Refusal> {
        let ctx = self.context(&arrival);
        let answer = next
            .go(Observed {
                arrival,
                ctx: ctx.clone(),
            })
            .await;
        let mut answer = answer.unwrap_or_else(|refusal| refuse(&self.0, &ctx, &refusal));
        if let Ok(id) = http::HeaderValue::from_str(&ctx.id.to_string()) {
            answer.headers_mut().insert("x-marshal-call-id", id);
        }
        Ok(answer)
    }
}

impl Observe {
    fn context(&self, arrival: &Arrival) -> Arc<Ctx> {
        let shared = &self.0;
        let started = shared.clock.monotonic();
        let headers = arrival.request.headers();
        // Said twice, a trace context means nothing.
        let header = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let value = values.next()?.to_str().ok()?;
            values.next().is_none().then_some(value)
        };
        // What a caller says of its trace goes to whoever collects traces, unless it looks like data.
        let bundle = &shared.governance.load().bundle;
        let state = header("tracestate").filter(|state| bundle.scan(state).is_empty());
        let mut span = shared
            .telemetry
            .tracer
            .start_call(header("traceparent"), state);
        let uri = arrival.request.uri();
        let (path, query) = (uri.path(), uri.query());
        let own = crate::decode::below_base(path, shared);
        let door = crate::decode::door(&own);
        span.set(Attribute::HttpMethod(arrival.request.method().as_str()));
        span.set(Attribute::UrlScheme(shared.telemetry.scheme));
        match door.as_ref().map(|door| route(door.surface)) {
            Some(pattern) => {
                span.set(Attribute::HttpRoute(pattern));
                span.set(Attribute::UrlPath(pattern));
            }
            // Whoever tries paths out may write anything into them.
            None => span.set(Attribute::UrlPath("REDACTED")),
        }
        Arc::new(Ctx {
            id: CallId::fresh(),
            started,
            dialect: dialect(door.as_ref(), path, headers),
            surface: door.as_ref().map(|door| door.surface),
            framing: door
                .as_ref()
                .map_or(Framing::Sse, |door| crate::decode::framing(door, query)),
            trace_id: span.trace_id_hex(),
            exemplar: span.exemplar(),
            laps: Laps::from(started),
            span: Mutex::new(Some(span)),
            notes: Mutex::new(Notes::default()),
            _in_flight: shared.telemetry.metrics.call_started(),
        })
    }
}

/// The path says which dialect the caller speaks; `/v1/models` has one path in two of them, and Anthropic's clients a header.
fn dialect(door: Option<&Door<'_>>, path: &str, headers: &http::HeaderMap) -> Dialect {
    match door.map(|door| door.surface) {
        Some(Surface::Models) if headers.contains_key("anthropic-version") => Dialect::Anthropic,
        None | Some(Surface::Models | Surface::Batches | Surface::Passthrough) => {
            envelope::dialect_of_path(path)
        }
        Some(surface) => crate::decode::dialect(surface),
    }
}

/// The refusal in the caller's dialect, counted and traced.
fn refuse(shared: &Shared, ctx: &Ctx, refusal: &Refusal) -> Answer {
    let status = envelope::status(refusal.code);
    if let Some(detail) = &refusal.detail {
        tracing::warn!(call = %ctx.id, code = %refusal.code, detail, "Call refused.");
    } else {
        tracing::debug!(call = %ctx.id, code = %refusal.code, "Call refused.");
    }
    end(shared, ctx, CallOutcome::of(refusal.code), status);
    let body = envelope::error_body(ctx.error_dialect(), refusal, &ctx.id);
    let mut answer = http::Response::new(AnswerBody::whole(body.into()));
    *answer.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    headers.insert(
        "x-marshal-code",
        http::HeaderValue::from_static(refusal.code.as_str()),
    );
    if let Some(after) = refusal.retry_after {
        // Rounds up: a client that comes back on the dot is let in.
        let seconds = after.as_millis().div_ceil(1_000).max(1);
        if let Ok(value) = http::HeaderValue::from_str(&seconds.to_string()) {
            headers.insert(http::header::RETRY_AFTER, value);
        }
    }
    answer
}

/// Ends the call's span and counts it, once.
pub(crate) fn end(shared: &Shared, ctx: &Ctx, outcome: CallOutcome, status: u16) {
    let Some(mut span) = ctx.span.lock().take() else {
        return;
    };
    span.set(Attribute::Call(ctx.id));
    span.set(Attribute::HttpStatus(status));
    span.end(outcome);
    let took = shared.clock.monotonic().saturating_sub(ctx.started);
    let (target, upstream) = {
        let mut notes = ctx.notes.lock();
        (notes.target.take(), notes.upstream)
    };
    let metrics = &shared.telemetry.metrics;
    metrics.call_ended(ctx.surface, outcome, took, ctx.exemplar);
    let own = took.saturating_sub(upstream);
    metrics.overhead(own, ctx.exemplar);
    ctx.laps.rest(metrics, own);
    if let Some(operation) = target.as_ref().and_then(|it| it.operation(ctx.operation())) {
        operation.served(outcome, took, ctx.exemplar);
    }
}
