//! An attempt that is out, and the ways in which it ends without an answer of the model.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use marshal_adapter_api::{ProviderError, ProviderErrorKind, kind_of_status};
use marshal_routing::{Outcome as Health, Target};
use marshal_telemetry::{
    AttemptOutcome, AttemptSpan, Attribute, CallOutcome, Ongoing, TargetMetrics,
};
use marshal_types::{Code, NanoUsd, Refusal};
use marshal_wire::envelope;

use super::{Failed, UpstreamBody, health};
use crate::answer::{self, AnswerBody, forward_headers};
use crate::audit::{records, unavailable};
use crate::budget::Reservation;
use crate::observe;
use crate::step::Answer;
use crate::voice::Voice;
use crate::{Ctx, Provider, Shared};

/// Error answers are read up to this size; more is not forwarded.
const MAX_ERROR_BYTES: usize = 256 * 1024;

/// An attempt whose intent is durable. Dropped without an ending, the client left: that is its ending.
pub(crate) struct Sent {
    pub shared: Arc<Shared>,
    pub ctx: Arc<Ctx>,
    pub number: u32,
    pub target: Arc<Target>,
    pub provider: Arc<Provider>,
    pub started: Duration,
    pub span: Option<AttemptSpan>,
    pub metrics: TargetMetrics,
    pub ongoing: Option<Ongoing>,
    pub reservation: Option<Reservation>,
    /// When the answer's head was here, and when all of it was.
    answered: Option<Duration>,
    arrived: Option<Duration>,
    ended: bool,
}

impl Sent {
    pub(super) fn new(
        shared: Arc<Shared>,
        ctx: Arc<Ctx>,
        number: u32,
        target: Arc<Target>,
        provider: Arc<Provider>,
        reservation: Option<Reservation>,
    ) -> Self {
        let span = ctx.span.lock().as_ref().map(|span| {
            let (provider_name, model) = (&target.name.provider, &target.name.model);
            let metrics = &shared.telemetry.metrics;
            let known = span.is_recording().then(|| metrics.known_as(provider_name));
            let known_as = known.as_deref().unwrap_or_default();
            let mut attempt = span.attempt(provider_name, known_as, model, number);
            if known.is_some() {
                observe::address(&mut attempt, &provider.base_url);
            }
            attempt
        });
        let metrics = shared.telemetry.metrics.target(&target.name);
        ctx.notes.lock().target = Some(metrics.clone());
        let started = shared.clock.monotonic();
        Self {
            shared,
            ctx,
            number,
            target,
            provider,
            started,
            span,
            ongoing: Some(metrics.attempt_started()),
            metrics,
            reservation,
            answered: None,
            arrived: None,
            ended: false,
        }
    }

    /// Time since the attempt went out, up to the end of its answer.
    pub(crate) fn waited(&self) -> Duration {
        self.arrived
            .unwrap_or_else(|| self.shared.clock.monotonic())
            .saturating_sub(self.started)
    }

    /// The answer's head is here.
    pub(super) fn answered(&mut self) {
        self.answered = Some(self.shared.clock.monotonic());
    }

    /// The target does as it is asked.
    pub(super) fn is_well(&self) {
        let first_byte = self.first_byte();
        self.shared
            .router
            .report(&self.target.name, Health::Ok { first_byte });
    }

    /// All of the answer is here that will come.
    pub(super) fn arrived(&mut self) {
        self.arrived = Some(self.shared.clock.monotonic());
    }

    /// Time from the attempt's going out to the head of its answer.
    pub(crate) fn first_byte(&self) -> Duration {
        self.answered
            .map_or_else(|| self.waited(), |at| at.saturating_sub(self.started))
    }

    pub(super) fn traceparent(&self) -> String {
        self.span
            .as_ref()
            .map(|span| span.context().to_string())
            .unwrap_or_default()
    }

    /// From here on the ending is someone else's to write.
    pub(crate) const fn hand_over(&mut self) {
        self.ended = true;
    }

    /// The provider gave nothing that the client could have: recorded, and the money is free again.
    pub(super) async fn failed(
        mut self,
        code: Code,
        detail: String,
        provider: Option<&Rejected>,
    ) -> Result<(Refusal, Option<Reservation>), Failed> {
        let retry_after = provider.and_then(|provider| provider.retry_after);
        self.note(code, retry_after);
        let ack = self.abort(code, provider);
        let mut reservation = self.reservation.take();
        if let Some(reservation) = &mut reservation {
            reservation.recalled();
        }
        ack.await.map_err(|error| Failed {
            refusal: unavailable(&error),
            job: None,
        })?;
        let refusal = refusal(
            &self.target,
            code,
            provider.map(|provider| &provider.error),
            retry_after,
        );
        Ok((
            if detail.is_empty() {
                refusal
            } else {
                refusal.detail(detail)
            },
            reservation,
        ))
    }

    /// The provider's own error answer goes to the client: its bytes, or the same thing in the client's dialect.
    pub(super) async fn rejected(
        mut self,
        provider: Rejected,
        verbatim: bool,
    ) -> Result<Answer, Refusal> {
        self.note(provider.code, provider.retry_after);
        let ack = self.abort(provider.code, Some(&provider));
        self.ctx.notes.lock().ended = true;
        if let Some(reservation) = self.reservation.take() {
            reservation.settle(NanoUsd::ZERO);
        }
        ack.await.map_err(|error| unavailable(&error))?;
        let refusal = refusal(
            &self.target,
            provider.code,
            Some(&provider.error),
            provider.retry_after,
        );
        let status = told(&provider, verbatim);
        let mut forwarded = provider.headers;
        if let Some(after) = provider.retry_after {
            // Google says it in the body alone, which no SDK of another dialect reads.
            let seconds = after.as_millis().div_ceil(1_000);
            if let Ok(value) = http::HeaderValue::from_str(&seconds.to_string()) {
                forwarded.entry("retry-after").or_insert(value);
            }
        }
        observe::end(
            &self.shared,
            &self.ctx,
            CallOutcome::of(provider.code),
            status.as_u16(),
        );
        let body = if verbatim {
            provider.body
        } else {
            let dialect = self.ctx.error_dialect();
            envelope::error_body_as(dialect, status.as_u16(), &refusal, &self.ctx.id).into()
        };
        let mut answer = http::Response::new(AnswerBody::whole(body));
        *answer.status_mut() = status;
        *answer.headers_mut() = forwarded;
        let headers = answer.headers_mut();
        if !verbatim {
            crate::answer::of_json(headers);
        }
        headers.insert(
            "x-marshal-code",
            http::HeaderValue::from_static(provider.code.as_str()),
        );
        crate::answer::name_target(headers, &self.target);
        Ok(answer)
    }

    fn note(&mut self, code: Code, retry_after: Option<Duration>) {
        self.ctx.notes.lock().upstream += self.waited();
        if let Some(health) = health(code, retry_after) {
            self.shared.router.report(&self.target.name, health);
        }
        self.ctx.laps.resume(self.shared.clock.monotonic());
        self.count(AttemptOutcome::Failed(code));
        if let Some(mut span) = self.span.take() {
            span.set(Attribute::Error(code));
            span.end(AttemptOutcome::Failed(code));
        }
        if code == Code::UpstreamCredential {
            tracing::error!(call = %self.ctx.id, target = %self.target.name, "The provider does not accept the configured API key.");
        } else {
            tracing::warn!(call = %self.ctx.id, target = %self.target.name, %code, "The provider failed.");
        }
    }

    /// An attempt without an answer of the model.
    fn count(&self, outcome: AttemptOutcome) {
        let (took, trace) = (self.waited(), self.ctx.exemplar);
        self.metrics.attempt_ended(outcome, took, trace);
        if let Some(operation) = self.metrics.operation(self.ctx.operation()) {
            operation.attempted(outcome, took, None, trace);
        }
    }

    fn abort(&mut self, code: Code, provider: Option<&Rejected>) -> marshal_audit_sink::Ack {
        self.ended = true;
        let took = u64::try_from(self.waited().as_micros()).unwrap_or(u64::MAX);
        let aborted = records::Aborted {
            number: self.number,
            code,
            status: provider.map(|provider| provider.status.as_u16()),
            failure: provider.map(|provider| &provider.error),
            duration_us: took,
            answered: provider.map(|provider| &*provider.body),
        };
        records::abort(&self.shared, &self.ctx, &aborted)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if !self.ended {
            // The client left while the provider was thinking. What it costs is not known: the whole hold is spent.
            drop(self.abort(Code::ClientGone, None));
            self.count(AttemptOutcome::Abandoned);
        }
    }
}

/// A provider's error answer.
pub(super) struct Rejected {
    pub code: Code,
    /// The status that it came with, which may be a good one.
    pub status: http::StatusCode,
    pub headers: http::HeaderMap,
    pub body: Bytes,
    pub error: ProviderError,
    pub retry_after: Option<Duration>,
}

/// Reads a provider's error answer and tells what it means.
pub(super) async fn read_error(
    sent: &Sent,
    voice: Voice,
    response: http::Response<UpstreamBody>,
) -> Rejected {
    let (head, body) = response.into_parts();
    let body = tokio::time::timeout(sent.provider.times.idle, short_body(body))
        .await
        .unwrap_or_default();
    let error = voice.error(&sent.shared, head.status.as_u16(), &body);
    Rejected {
        code: error.kind.code(),
        status: head.status,
        headers: forward_headers(&head.headers),
        retry_after: retry_after(&head.headers).or_else(|| answer::retry_delay(&body)),
        body,
        error,
    }
}

/// The error that an answer with a good status holds in the place of what was asked for.
pub(super) fn under_a_good_status(
    sent: &Sent,
    voice: Voice,
    head: &http::response::Parts,
    body: &Bytes,
) -> Option<Rejected> {
    let error = answer::in_answer(&sent.shared, voice, body)?;
    Some(Rejected {
        code: error.kind.code(),
        status: head.status,
        headers: forward_headers(&head.headers),
        retry_after: retry_after(&head.headers).or_else(|| answer::retry_delay(body)),
        body: body.clone(),
        error,
    })
}

async fn short_body(mut body: UpstreamBody) -> Bytes {
    let mut all = BytesMut::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if all.len() + data.len() > MAX_ERROR_BYTES {
            break;
        }
        all.extend_from_slice(&data);
    }
    all.freeze()
}

fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number("retry-after-ms")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

/// The status that the client gets with a provider's error. Where the answer is Marshal's own words, the provider's status
/// stays if it says what the provider meant, and a caller is not blamed for the gateway's key.
fn told(provider: &Rejected, verbatim: bool) -> http::StatusCode {
    let (status, kind) = (provider.status, provider.error.kind);
    let means_it = status.as_u16() >= 400 && kind_of_status(status.as_u16()) == kind;
    if verbatim || (means_it && provider.code != Code::UpstreamCredential) {
        return status;
    }
    let status = match kind {
        ProviderErrorKind::NotFound => 404,
        ProviderErrorKind::TooLarge => 413,
        _ => envelope::status(provider.code),
    };
    http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_GATEWAY)
}

/// A request that one provider finds wrong is wrong for the next one too; everything else may be this provider's own trouble.
pub(super) fn another_may_do_better(code: Code) -> bool {
    code != Code::UpstreamRejected
}

/// What the client may know. The provider's words are shown only where they are about the caller's own request.
fn refusal(
    target: &Target,
    code: Code,
    error: Option<&ProviderError>,
    retry_after: Option<Duration>,
) -> Refusal {
    let provider = &target.name.provider;
    let message = match code {
        Code::UpstreamCredential => format!(
            "Provider `{provider}` does not accept this gateway's own API key. Your key is fine; tell the operator."
        ),
        Code::UpstreamRateLimited => {
            format!("Provider `{provider}` limits this gateway's rate. Wait and try again.")
        }
        Code::UpstreamOverloaded => {
            format!("Provider `{provider}` is overloaded. Wait and try again.")
        }
        Code::UpstreamTimeout => {
            format!("Provider `{provider}` did not answer in time. Try again, or another model.")
        }
        Code::UpstreamUnreachable => {
            format!("Provider `{provider}` cannot be reached. Try again, or another model.")
        }
        Code::UpstreamRejected => match error {
            Some(error) => format!(
                "Provider `{provider}` refused the request: {}",
                error.message
            ),
            None => format!("Provider `{provider}` refused the request."),
        },
        Code::ClientGone => "The client left before there was an answer.".to_owned(),
        _ => format!("Provider `{provider}` failed. Try again, or another model."),
    };
    let refusal = Refusal::new(code, message);
    match retry_after {
        Some(after) => refusal.retry_after(after),
        None => refusal,
    }
}
