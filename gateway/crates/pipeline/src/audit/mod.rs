//! Every call has exactly one ending in the trail: refused and abandoned ones too.
//!
//! A call that reached a provider ends in its last attempt's `complete` (see `answer::Ending`); every other call ends
//! in a `deny`, which is durable before the client reads the refusal.

pub(crate) mod begin;
pub(crate) mod payload;
pub(crate) mod records;
mod shadow;

use std::sync::Arc;

use marshal_telemetry::CallOutcome;
use marshal_types::{Code, Refusal};
use marshal_wire::envelope;

use crate::observe::Observed;
use crate::step::{Answer, Next, Step};
use crate::{Ctx, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Audit(pub Arc<Shared>);

impl Step<Observed> for Audit {
    type Out = Observed;

    async fn run<N: Next<Observed>>(&self, observed: Observed, next: N) -> Result<Answer, Refusal> {
        let ctx = observed.ctx.clone();
        let mut abandoned = Abandoned {
            shared: self.0.clone(),
            ctx: ctx.clone(),
            answered: false,
        };
        let answer = next.go(observed).await;
        abandoned.answered = true;
        match answer {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(self.deny(&ctx, refusal).await),
        }
    }
}

impl Audit {
    /// Writes the refusal down; a refusal that cannot be written becomes one that says so.
    async fn deny(&self, ctx: &Ctx, refusal: Refusal) -> Refusal {
        let status = envelope::status(refusal.code);
        let ack = records::deny(&self.0, ctx, &refusal, status);
        ctx.notes.lock().ended = true;
        match ack.await {
            Ok(_) => refusal,
            Err(_) if refusal.code == Code::AuditUnavailable => refusal,
            Err(error) => unavailable(&error),
        }
    }
}

/// The refusal of a call that cannot be put into the trail.
pub(crate) fn unavailable(error: &marshal_audit_sink::SinkError) -> Refusal {
    Refusal::new(
        Code::AuditUnavailable,
        "The audit trail cannot be written, so no call goes out. Try again shortly; the operator sees why in the log.",
    )
    .retry_after(std::time::Duration::from_secs(1))
    .detail(error.to_string())
}

/// A call whose client leaves before there is an answer: its future is dropped, and this with it.
struct Abandoned {
    shared: Arc<Shared>,
    ctx: Arc<Ctx>,
    answered: bool,
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        if self.answered || self.ctx.notes.lock().ended {
            return;
        }
        let refusal = Refusal::new(
            Code::ClientGone,
            "The client left before there was an answer.",
        );
        let status = envelope::status(Code::ClientGone);
        // No one waits for this answer any more; the record is on its way all the same.
        drop(records::deny(&self.shared, &self.ctx, &refusal, status));
        crate::observe::end(&self.shared, &self.ctx, CallOutcome::Abandoned, status);
    }
}
