//! One attempt: encode, durable intent, send, and what came of it.

mod arrive;
mod count;
mod encode;
mod outcome;
mod upstream;

use std::sync::Arc;

use marshal_audit::Source;
use marshal_routing::{Outcome as Health, Plan};
use marshal_telemetry::Part;
use marshal_types::{Code, NanoUsd, Refusal};

pub(crate) use count::{COUNTS, counts, estimate};
pub(crate) use encode::capabilities;
pub use upstream::{Transport, TransportError, UpstreamBody, UpstreamCredential, UpstreamTimes};

use crate::answer::{self, Ending};
use crate::audit::{begin, records, unavailable};
use crate::budget::Reservation;
use crate::comply::ClearedTarget;
use crate::step::Answer;
use crate::voice::Voice;
use crate::{Ask, Cleared, Ctx, Provider, Shared, socket};
use arrive::Arriving;
use outcome::Rejected;
pub(crate) use outcome::Sent;

/// A call on its way from target to target.
pub(crate) struct Job {
    shared: Arc<Shared>,
    cleared: Cleared,
    /// Here while no attempt holds it.
    reservation: Option<Reservation>,
    plan: Plan,
    number: u32,
}

/// An attempt that gave the client nothing. `job` is there if another target may be tried.
pub(crate) struct Failed {
    pub refusal: Refusal,
    pub job: Option<Box<Job>>,
}

impl Job {
    pub(crate) fn new(
        shared: Arc<Shared>,
        cleared: Cleared,
        reservation: Reservation,
        plan: Plan,
    ) -> Box<Self> {
        // On the heap: a call is handed on many times.
        Box::new(Self {
            shared,
            cleared,
            reservation: Some(reservation),
            plan,
            number: 0,
        })
    }

    pub(crate) const fn cleared(&self) -> &Cleared {
        &self.cleared
    }

    fn ask(&self) -> &Ask {
        self.cleared.inspected().limited().permitted.ask()
    }

    fn ctx(&self) -> &Arc<Ctx> {
        self.cleared.inspected().limited().permitted.call().ctx()
    }

    fn failed(self: Box<Self>, refusal: Refusal) -> Failed {
        Failed {
            refusal,
            job: Some(self),
        }
    }
}

/// Tries one target. On the last one, what the provider says goes to the client, whatever it is.
///
/// # Errors
/// [`Failed`]: nothing of an answer has reached the client.
pub(crate) async fn attempt(
    mut job: Box<Job>,
    target: ClearedTarget,
    last: bool,
) -> Result<Answer, Failed> {
    let Some(provider) = job
        .shared
        .providers
        .get(&target.target.name.provider)
        .cloned()
    else {
        return Err(Failed {
            refusal: Refusal::new(Code::Internal, "The target's provider is not configured."),
            job: None,
        });
    };
    let encoded = match encode::request(&job.shared, &job.cleared, &target, &provider) {
        Ok(encoded) => encoded,
        Err(refusal) => return Err(job.failed(refusal)),
    };
    job.number += 1;
    let intent = records::Attempt {
        number: job.number,
        target: &target,
        dialect: encoded.voice.dialect(),
        body: &encoded.body,
        dropped: &encoded.dropped,
        reserved: job
            .reservation
            .as_ref()
            .map_or(NanoUsd::ZERO, |held| held.amount),
        plan: &job.plan,
        source: Source::Dispatch,
    };
    job.ctx().lap(&job.shared, Part::Route);
    let asked = job.shared.clock.monotonic();
    let durable = begin::attempt(&job.shared, &job.cleared, &intent).await;
    job.shared
        .telemetry
        .metrics
        .audit_durable(job.shared.clock.monotonic().saturating_sub(asked));
    job.ctx().lap(&job.shared, Part::Intent);
    if let Err(error) = durable {
        return Err(Failed {
            refusal: unavailable(&error),
            job: None,
        });
    }
    if let Some(reservation) = &mut job.reservation {
        reservation.sent();
    }
    send(job, target, provider, encoded, last).await
}

async fn send(
    mut job: Box<Job>,
    target: ClearedTarget,
    provider: Arc<Provider>,
    encoded: encode::Request,
    last: bool,
) -> Result<Answer, Failed> {
    let mut sent = Sent::new(
        job.shared.clone(),
        job.ctx().clone(),
        job.number,
        target.target.clone(),
        provider,
        job.reservation.take(),
    );
    let dropped = encoded.dropped.clone();
    let (voice, framing) = (encoded.voice, encoded.framing);
    let same = encoded.same;
    let request_bytes = encoded.body.len();
    let response = match upstream::send(&job.shared, &job.cleared, &sent, encoded).await {
        Ok(response) => response,
        Err(error) => {
            let (refusal, reservation) = sent.failed(error.code(), error.to_string(), None).await?;
            job.reservation = reservation;
            return Err(job.failed(refusal));
        }
    };
    sent.answered();
    let status = response.status();
    if let Some(rules) = socket::Rules::of(&job.cleared, &target) {
        if rules.knock.is_granted(&response) {
            sent.is_well();
            let ending = Ending::new(sent, job.cleared, status.as_u16(), 0);
            return Ok(socket::answer(ending, rules, response));
        }
        if status.is_success() || status.is_informational() {
            let detail = "it did not agree to the upgrade".to_owned();
            let (refusal, reservation) = sent.failed(Code::UpstreamMalformed, detail, None).await?;
            job.reservation = reservation;
            return Err(job.failed(refusal));
        }
    }
    if status.is_success() {
        let (head, body) = response.into_parts();
        let stream = job.ask().facts.stream;
        let Some(streamed) = answer::streamed(&head.headers, stream, voice, framing) else {
            let came = Came {
                head,
                voice,
                request_bytes,
                same,
                last,
            };
            let mut answer = whole(job, sent, body, came).await?;
            answer::name_dropped(answer.headers_mut(), &dropped);
            return Ok(answer);
        };
        sent.is_well();
        let ending = Ending::new(sent, job.cleared, status.as_u16(), request_bytes);
        let mut answer = answer::streaming(ending, &head, body, voice, streamed);
        answer::name_dropped(answer.headers_mut(), &dropped);
        return Ok(answer);
    }
    let provider = outcome::read_error(&sent, voice, response).await;
    if outcome::another_may_do_better(provider.code) && !last {
        return Err(another(job, sent, &provider).await);
    }
    sent.rejected(provider, same)
        .await
        .map_err(|refusal| Failed { refusal, job: None })
}

/// What is known of an answer in one piece before it is read.
struct Came {
    head: http::response::Parts,
    voice: Voice,
    request_bytes: usize,
    /// Whether it is in the client's own words.
    same: bool,
    /// Whether no other target is left.
    last: bool,
}

/// An answer in one piece is judged when all of it is here: under a good status it may still say that the provider failed.
async fn whole(
    job: Box<Job>,
    sent: Sent,
    body: UpstreamBody,
    came: Came,
) -> Result<Answer, Failed> {
    let (shared, target) = (sent.shared.clone(), sent.target.clone());
    let report = |health: Option<Health>| {
        if let Some(health) = health {
            shared.router.report(&target.name, health);
        }
    };
    let (head, voice) = (came.head, came.voice);
    let arriving = Arriving::new(sent, job, head.status, came.request_bytes);
    let (sent, job, body) = arriving.read(body).await.map_err(|refusal| {
        report(health(refusal.code, None));
        Failed { refusal, job: None }
    })?;
    let failure = outcome::under_a_good_status(&sent, voice, &head, &body);
    let failure = match failure {
        Some(provider) if outcome::another_may_do_better(provider.code) && !came.last => {
            return Err(another(job, sent, &provider).await);
        }
        Some(provider) if !came.same => {
            return sent
                .rejected(provider, false)
                .await
                .map_err(|refusal| Failed { refusal, job: None });
        }
        failure => failure,
    };
    let well = Health::Ok {
        first_byte: sent.first_byte(),
    };
    let mut ending = Ending::new(sent, job.cleared, head.status.as_u16(), came.request_bytes);
    let (code, told) = failure.map_or((None, Some(well)), |provider| {
        ending.failure = Some(provider.error);
        (
            Some(provider.code),
            health(provider.code, provider.retry_after),
        )
    });
    let mut answer = answer::whole(ending, &head, body, voice)
        .await
        .map_err(|refusal| {
            if refusal.code == Code::UpstreamMalformed {
                report(Some(Health::Failed));
            }
            Failed { refusal, job: None }
        })?;
    report(told);
    if let Some(code) = code {
        let code = http::HeaderValue::from_static(code.as_str());
        answer.headers_mut().insert("x-marshal-code", code);
    }
    Ok(answer)
}

/// Gives the call back, for another target.
async fn another(mut job: Box<Job>, sent: Sent, provider: &Rejected) -> Failed {
    match sent
        .failed(provider.code, String::new(), Some(provider))
        .await
    {
        Ok((refusal, reservation)) => {
            job.reservation = reservation;
            job.failed(refusal)
        }
        Err(failed) => failed,
    }
}

/// What a code means for the target's health.
fn health(code: Code, retry_after: Option<std::time::Duration>) -> Option<Health> {
    match code {
        Code::UpstreamRateLimited => Some(Health::Limited { retry_after }),
        Code::UpstreamRejected => None,
        _ => Some(Health::Failed),
    }
}
