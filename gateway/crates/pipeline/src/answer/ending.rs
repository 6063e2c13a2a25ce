//! Finished, failed or abandoned: an attempt that had an answer ends once, here, and everything is settled by it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use marshal_adapter_api::{AnswerMeta, ProviderError};
use marshal_audit::Outcome;
use marshal_audit_sink::Ack;
use marshal_policies::{Answers, Finding, Surrogates};
use marshal_routing::Target;
use marshal_telemetry::{
    AttemptOutcome, AttemptSpan, Attribute, CallOutcome, Ongoing, TargetMetrics,
};
use marshal_types::{
    Code, DataClass, Digest, NanoUsd, Principal, Surface, SurfaceKind, Tokens, Units, Usage,
};

use crate::audit::{payload, records};
use crate::budget::Reservation;
use crate::dispatch::{Sent, UpstreamTimes};
use crate::limit::{Allowance, estimate_tokens};
use crate::{Cleared, Ctx, Governance, RecordLevel, Shared};

/// As many kinds of finds of one answer are recorded.
const MOST_FINDINGS: usize = 256;

/// So much of an answer is kept, where a policy wants it kept. Bytes.
const MOST_KEPT: usize = 8 * 1024 * 1024;

/// What is owed when an answer ends.
pub(crate) struct Ending {
    pub shared: Arc<Shared>,
    pub ctx: Arc<Ctx>,
    pub target: Arc<Target>,
    pub surrogates: Surrogates,
    /// How what the model writes is looked at.
    pub answers: Answers,
    /// The policies of the call.
    pub governance: Arc<Governance>,
    /// Whose call it is.
    pub tenant: Arc<str>,
    /// Of an answer that is kept: whose it is, and the classes found in the request.
    kept_for: Option<(Principal, BTreeSet<DataClass>)>,
    pub model: String,
    /// Whether the client asked for usage at a stream's end.
    pub include_usage: bool,
    /// The request's method.
    pub method: http::Method,
    /// The path at the provider, for what is no conversation.
    pub tail: String,
    /// What a translated answer to a task has to know of its question.
    pub asked: marshal_tasks::Asked,
    /// What was asked for beyond tokens.
    pub units: Units,
    /// Whether a stream is to end with its cost, as a comment.
    pub wants_cost: bool,
    /// Whether the cache may want the answer.
    pub cachable: bool,
    /// What of the answer the client's dialect could not hold.
    pub dropped: Vec<String>,
    /// Surrogates put back so far.
    pub restored: u64,
    /// What was found after the attempt went out: in the messages of a socket, and in the answer.
    pub found: Found,
    /// The failure that the provider told of in its answer.
    pub failure: Option<ProviderError>,
    times: UpstreamTimes,
    number: u32,
    status: u16,
    started: Duration,
    first_byte: Duration,
    request_bytes: usize,
    reservation: Option<Reservation>,
    allowance: Option<Allowance>,
    span: Option<AttemptSpan>,
    metrics: TargetMetrics,
    _ongoing: Option<Ongoing>,
    /// When the stream's first and its newest piece came.
    pieces: Option<(Duration, Duration)>,
    hash: ring::digest::Context,
    received: u64,
    /// The answer itself, as far as it is kept.
    answered: Option<Vec<u8>>,
    done: bool,
}

/// What detectors and guards found in an answer, and in the messages of a socket.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub classes: BTreeSet<DataClass>,
    pub findings: Vec<Finding>,
}

impl Found {
    pub(crate) fn add(&mut self, findings: Vec<Finding>) {
        let acted = findings.iter().filter(|finding| !finding.shadow);
        self.classes
            .extend(acted.map(|finding| finding.class.clone()));
        let room = MOST_FINDINGS.saturating_sub(self.findings.len());
        self.findings.extend(findings.into_iter().take(room));
    }
}

/// What the ending came to.
pub(crate) struct Ended {
    pub ack: Ack,
    pub usage: Usage,
    pub cost: NanoUsd,
}

impl Ending {
    pub(crate) fn new(
        mut sent: Sent,
        cleared: Cleared,
        status: u16,
        request_bytes: usize,
    ) -> Box<Self> {
        sent.hand_over();
        let first_byte = sent.first_byte();
        sent.ctx.notes.lock().upstream += sent.waited();
        let (limited, inspection) = cleared.into_inspected().into_parts();
        let ask = limited.permitted.ask();
        let model = ask.facts.model.clone();
        let include_usage = wants_usage(ask);
        let units = ask.units;
        let (method, tail) = (ask.method.clone(), ask.tail.clone());
        let asked = match (sent.ctx.surface, ask.doc()) {
            (Some(surface), Some(doc)) if surface.kind() == SurfaceKind::Task => {
                marshal_tasks::Asked {
                    id: Some(sent.ctx.id.to_string()),
                    ..marshal_tasks::Asked::of(surface, doc, &model)
                }
            }
            _ => marshal_tasks::Asked::default(),
        };
        let wants_cost = ask.wants_cost;
        let keeps = payload::keeps_answers(&sent.ctx);
        let cachable = limited.permitted.resolved().cache_ttl_s.is_some();
        Box::new(Self {
            shared: sent.shared.clone(),
            ctx: sent.ctx.clone(),
            target: sent.target.clone(),
            surrogates: inspection.surrogates,
            answers: inspection.answers,
            governance: limited.permitted.call().governance().clone(),
            tenant: limited.permitted.call().principal().domain.clone(),
            kept_for: keeps.then(|| {
                let principal = limited.permitted.call().principal();
                (principal.clone(), inspection.classes)
            }),
            model,
            include_usage,
            method,
            tail,
            asked,
            units,
            wants_cost,
            cachable,
            restored: 0,
            found: Found::default(),
            failure: None,
            dropped: Vec::new(),
            times: sent.provider.times,
            number: sent.number,
            status,
            started: sent.started,
            first_byte,
            request_bytes,
            reservation: sent.reservation.take(),
            allowance: Some(limited.allowance),
            span: sent.span.take(),
            metrics: sent.metrics.clone(),
            _ongoing: sent.ongoing.take(),
            pieces: None,
            hash: ring::digest::Context::new(&ring::digest::SHA256),
            received: 0,
            answered: keeps.then(Vec::new),
            done: false,
        })
    }

    /// Bytes that came from the provider.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.received += bytes.len() as u64;
        if let Some(answered) = &mut self.answered {
            let room = MOST_KEPT.saturating_sub(answered.len());
            answered.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// A piece of a stream came.
    pub(crate) fn piece(&mut self) {
        let now = self.shared.clock.monotonic();
        let operation = self.metrics.operation(self.ctx.operation());
        match &mut self.pieces {
            Some((_, newest)) => {
                let after = now.saturating_sub(std::mem::replace(newest, now));
                if let Some(operation) = operation {
                    operation.next_chunk(after);
                }
            }
            none => {
                *none = Some((now, now));
                let after = now.saturating_sub(self.started);
                if let Some(operation) = operation {
                    operation.first_chunk(after, self.ctx.exemplar);
                }
            }
        }
    }

    /// Time spent waiting for the provider after its answer's head.
    pub(crate) fn waited(&self, since: Duration) {
        let now = self.shared.clock.monotonic();
        self.ctx.notes.lock().upstream += now.saturating_sub(since);
    }

    /// How long the provider may be silent, and how long an answer may take.
    pub(crate) fn times(&self) -> UpstreamTimes {
        self.times
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.done
    }

    /// Whether so much is more than what a budget holds for this call.
    pub(crate) fn passes_its_hold(&self, usage: &Usage, units: &Units) -> bool {
        let cost = self.target.cost(usage, units);
        self.reservation
            .as_ref()
            .is_some_and(|held| held.is_passed_by(cost))
    }

    /// What a model wrote that it was not sent: for the record, the metrics, and whoever is to be told.
    pub(crate) fn note_answer(&mut self, findings: Vec<Finding>) {
        for finding in &findings {
            let metrics = &self.shared.telemetry.metrics;
            metrics.redacted(&finding.entity, finding.action, finding.count);
            crate::inspect::alert(&self.ctx.id, finding);
        }
        self.found.add(findings);
    }

    /// Microseconds that Marshal itself has taken so far.
    pub(crate) fn overhead_us(&self) -> u64 {
        let total = self
            .shared
            .clock
            .monotonic()
            .saturating_sub(self.ctx.started);
        micros(total.saturating_sub(self.ctx.notes.lock().upstream))
    }

    /// Ends the attempt: money and tokens are settled, metrics and spans end, and the completion is on its way to
    /// the trail. The answer's last byte waits for the returned [`Ended::ack`].
    pub(crate) fn end(&mut self, outcome: Outcome, meta: &AnswerMeta) -> Ended {
        self.done = true;
        let usage = self.used(outcome, meta);
        // Sound and files pass unread: what was asked for is what was used.
        let surface = self.ctx.surface;
        let units = surface.map_or(meta.units, |surface| {
            marshal_tasks::used(surface, meta.units, self.units)
        });
        let cost = self.target.cost(&usage, &units);
        if let Some(reservation) = self.reservation.take() {
            // What a response costs that is still worked on is not known: the whole hold is spent.
            let goes_on =
                surface == Some(Surface::Responses) && meta.usage.is_none() && !meta.finished;
            let amount = reservation.amount;
            reservation.settle(if goes_on && outcome == Outcome::Ok {
                cost.max(amount)
            } else {
                cost
            });
        }
        if let Some(allowance) = self.allowance.take() {
            // The embedded store answers at once; another one is told and not waited for.
            let _ = allowance.settle(usage).now_or_never();
        }
        let took = self.shared.clock.monotonic().saturating_sub(self.started);
        let hash = std::mem::replace(
            &mut self.hash,
            ring::digest::Context::new(&ring::digest::SHA256),
        )
        .finish();
        let mut response_sha256 = Digest([0; 32]);
        response_sha256.0.copy_from_slice(hash.as_ref());
        self.keep_no_more_than_allowed();
        let ack = records::complete(
            &self.shared,
            &self.ctx,
            &records::Completed {
                number: self.number,
                outcome,
                status: self.status,
                meta,
                usage,
                cost,
                response_sha256,
                response_bytes: self.received,
                restored: self.restored,
                dropped: &self.dropped,
                found: &self.found,
                failure: self.failure.as_ref(),
                first_byte_us: Some(micros(self.first_byte)),
                duration_us: micros(took),
                overhead_us: self.overhead_us(),
                answered: self.answered.as_deref(),
            },
        );
        self.observe(outcome, meta, usage, cost);
        Ended { ack, usage, cost }
    }

    /// What a policy says of classes holds for those of the answer as well: it may be kept less of than was thought.
    fn keep_no_more_than_allowed(&mut self) {
        let Some((principal, mut classes)) = self.kept_for.take() else {
            return;
        };
        classes.extend(self.found.classes.iter().cloned());
        let allowed = self.governance.recording.of(&principal, &classes);
        if allowed.level < RecordLevel::Full {
            self.answered = None;
        }
    }

    fn observe(&mut self, outcome: Outcome, meta: &AnswerMeta, usage: Usage, cost: NanoUsd) {
        let (attempt, call) = match outcome {
            Outcome::Ok => (AttemptOutcome::Completed, CallOutcome::Completed),
            Outcome::ClientGone => (AttemptOutcome::Abandoned, CallOutcome::Abandoned),
            // The provider did its work; what the caller gets of it is the policy's word.
            Outcome::Blocked => (
                AttemptOutcome::Completed,
                CallOutcome::of(Code::DataBlocked),
            ),
            Outcome::UpstreamBroken | Outcome::UpstreamError => {
                let code = match &self.failure {
                    Some(error) if outcome == Outcome::UpstreamError => error.kind.code(),
                    _ => Code::UpstreamBroken,
                };
                (AttemptOutcome::Failed(code), CallOutcome::of(code))
            }
        };
        self.count(attempt, &usage, cost);
        if let Some(mut span) = self.span.take() {
            span.set(Attribute::InputTokens(usage.input));
            span.set(Attribute::OutputTokens(usage.output));
            span.set(Attribute::CacheReadTokens(usage.cache_read));
            span.set(Attribute::CacheWriteTokens(usage.cache_write));
            span.set(Attribute::ReasoningTokens(usage.reasoning));
            span.set(Attribute::FinishReasons(&meta.finish_reasons));
            if let Some(id) = &meta.id {
                span.set(Attribute::ResponseId(id));
            }
            if let Some(model) = &meta.model {
                span.set(Attribute::ResponseModel(model));
            }
            if let Some((first, _)) = self.pieces {
                let after = first.saturating_sub(self.started);
                span.set(Attribute::TimeToFirstChunk(after));
            }
            span.end(attempt);
        }
        crate::observe::end(&self.shared, &self.ctx, call, self.status);
    }

    fn count(&self, outcome: AttemptOutcome, usage: &Usage, cost: NanoUsd) {
        let (metrics, trace) = (&self.metrics, self.ctx.exemplar);
        let now = self.shared.clock.monotonic();
        let took = now.saturating_sub(self.started);
        metrics.attempt_ended(outcome, took, trace);
        metrics.first_byte(self.first_byte, trace);
        metrics.used(usage);
        metrics.charged(cost);
        let Some(operation) = metrics.operation(self.ctx.operation()) else {
            return;
        };
        operation.attempted(outcome, took, Some(usage), trace);
        if let Some((first, _)) = self.pieces
            && outcome == AttemptOutcome::Completed
            && !usage.estimated
        {
            let after = first.saturating_sub(self.ctx.started);
            operation.streamed(after, now.saturating_sub(first), usage.output);
        }
    }

    /// What was used, as the provider said. Some providers begin a stream with a count that only its end makes true: of an
    /// answer that was cut before that, at least what came through is counted.
    fn used(&self, outcome: Outcome, meta: &AnswerMeta) -> Usage {
        let seen = self.estimate(meta);
        let cut = matches!(
            outcome,
            Outcome::ClientGone | Outcome::UpstreamBroken | Outcome::Blocked
        );
        match meta.usage {
            Some(said) if !cut || meta.finished => said,
            Some(said) => Usage {
                input: if said.input == Tokens(0) {
                    seen.input
                } else {
                    said.input
                },
                output: said.output.max(seen.output),
                estimated: true,
                ..said
            },
            None => seen,
        }
    }

    /// Where the provider did not say: four bytes a token, and marked.
    fn estimate(&self, meta: &AnswerMeta) -> Usage {
        Usage {
            input: Tokens(estimate_tokens(self.request_bytes)),
            output: Tokens(meta.output_chars.div_ceil(4)),
            estimated: true,
            ..Usage::default()
        }
    }

    /// What is known of an answer in one piece that did not come to its end, or that nobody can read: its length.
    pub(super) fn in_part(&self) -> AnswerMeta {
        AnswerMeta {
            output_chars: if self.ctx.surface.is_some_and(is_text) {
                self.received
            } else {
                0
            },
            ..AnswerMeta::default()
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.done {
            // The client left while the answer was being read: the record is on its way.
            let meta = self.in_part();
            drop(self.end(Outcome::ClientGone, &meta));
        }
    }
}

/// True where what a model is paid for is text; vectors and pictures are not four bytes a token.
const fn is_text(surface: Surface) -> bool {
    matches!(surface.kind(), SurfaceKind::Chat)
        || matches!(
            surface,
            Surface::Completions
                | Surface::OllamaGenerate
                | Surface::Invoke
                | Surface::ResponseTools
                | Surface::Transcriptions
        )
}

/// `stream_options.include_usage`, the only field of a request that shapes its answer's framing.
fn wants_usage(ask: &crate::Ask) -> bool {
    let Some(doc) = ask.doc() else {
        return false;
    };
    let options = doc.get(doc.root(), "stream_options");
    options
        .and_then(|options| doc.get(options, "include_usage"))
        .and_then(|wanted| doc.bool(wanted))
        .unwrap_or(false)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
