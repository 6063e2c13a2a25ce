//! One attempt: encode, durable intent, send, and what came of it.

mod count;
mod encode;
mod outcome;
mod upstream;

use std::sync::Arc;

use marshal_audit::Source;
use marshal_routing::{Outcome as Health, Plan};
use marshal_types::{Code, NanoUsd, Refusal};

pub(crate) use count::{COUNTS, counts, estimate};
pub(crate) use encode::capabilities;
pub use upstream::{Transport, TransportError, UpstreamBody, UpstreamCredential, UpstreamTimes};

use crate::answer::{self, Ending};
use crate::audit::{records, unavailable};
use crate::budget::Reservation;
use crate::comply::ClearedTarget;
use crate::step::Answer;
use crate::{Cleared, Ctx, Provider, Shared, socket};
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

    fn ctx(&self) -> &Arc<Ctx> {
        self.cleared.inspected().limited().permitted.call().ctx()
    }

    /// The target is well.
    fn answered(&self, target: &ClearedTarget, sent: &Sent) {
        let health = Health::Ok {
            first_byte: sent.waited(),
        };
        self.shared.router.report(&target.target.name, health);
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
    let asked = job.shared.clock.monotonic();
    let durable = records::intent(&job.shared, &job.cleared, &intent).await;
    job.shared
        .telemetry
        .metrics
        .audit_durable(job.shared.clock.monotonic().saturating_sub(asked));
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
    let sent = Sent::new(
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
    let status = response.status();
    if let Some(rules) = socket::Rules::of(&job.cleared, &target) {
        if rules.knock.is_granted(&response) {
            job.answered(&target, &sent);
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
        job.answered(&target, &sent);
        let ending = Ending::new(sent, job.cleared, status.as_u16(), request_bytes);
        return answer::of(ending, response, voice, framing, &dropped)
            .await
            .map_err(|refusal| Failed { refusal, job: None });
    }
    let provider = outcome::read_error(&sent, voice, response).await;
    if outcome::another_may_do_better(provider.code) && !last {
        let (refusal, reservation) = sent
            .failed(provider.code, String::new(), Some(&provider))
            .await?;
        job.reservation = reservation;
        return Err(job.failed(refusal));
    }
    sent.rejected(provider, same)
        .await
        .map_err(|refusal| Failed { refusal, job: None })
}

/// What a code means for the target's health.
fn health(code: Code, retry_after: Option<std::time::Duration>) -> Option<Health> {
    match code {
        Code::UpstreamRateLimited => Some(Health::Limited { retry_after }),
        Code::UpstreamRejected => None,
        _ => Some(Health::Failed),
    }
}
