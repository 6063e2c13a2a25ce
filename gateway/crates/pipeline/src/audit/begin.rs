//! An attempt begins once its intent is durable: in the trail, or else in the second folder. Whoever leaves before that has
//! asked nobody, and that is the attempt's ending.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use marshal_audit_sink::{Ack, Sink, SinkError};
use marshal_payloads::Sealed;
use marshal_types::{Code, Digest};

use super::{payload, records};
use crate::{Cleared, Ctx, RecordLevel, RecordMode, Shared};

/// Says that an attempt is about to go out; durable once this is through. Whoever leaves before that has not asked anybody:
/// that is the attempt's ending.
///
/// # Errors
/// Nothing may go out.
pub(crate) async fn attempt(
    shared: &Arc<Shared>,
    cleared: &Cleared,
    attempt: &records::Attempt<'_>,
) -> Result<(), SinkError> {
    let call = cleared.inspected().limited().permitted.call();
    let classes = &cleared.inspected().inspection().classes;
    let keeping = call.governance().recording.of(call.principal(), classes);
    let words = payload::key(shared, keeping, call.principal()).await;
    {
        let mut notes = call.ctx().notes.lock();
        notes.attempts = attempt.number;
        notes.recorded = Some(keeping);
        notes.words = words.as_ref().ok().cloned().flatten();
    }
    words.or_else(|error| payload::without(shared, call.ctx(), error).map(|()| None))?;
    let begun = Begun {
        shared,
        ctx: call.ctx(),
        number: attempt.number,
        mode: keeping.mode,
        policy: call.governance().digest,
    };
    begun
        .durable(|| records::intent(shared, cleared, attempt))
        .await
}

/// So often it is looked whether a disk still answers.
const LOOK: Duration = Duration::from_millis(250);

/// An attempt that begins.
struct Begun<'a> {
    shared: &'a Arc<Shared>,
    ctx: &'a Arc<Ctx>,
    number: u32,
    mode: RecordMode,
    policy: Digest,
}

impl Begun<'_> {
    /// Waits for its intent, which `write` writes, to be durable: in the trail, or else in the second folder, where the
    /// policy has the call recorded there.
    async fn durable(
        &self,
        write: impl Fn() -> Result<(Ack, Option<Sealed>), SinkError>,
    ) -> Result<(), SinkError> {
        self.ctx.notes.lock().chain = None;
        let spooled =
            self.mode == RecordMode::Spool && payload::level(self.ctx) != RecordLevel::None;
        let Some(spool) = self.shared.spool.as_ref().filter(|_| spooled) else {
            return self.one(write()?).await;
        };
        if self.shared.sink.healthy() && self.in_the_trail(self.one(write()?)).await {
            return Ok(());
        }
        let (spool, policy) = (spool.clone(), self.policy);
        let chain = tokio::task::spawn_blocking(move || spool.chain(policy)).await;
        let chain = match chain {
            Ok(Ok(chain)) => chain,
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "The second folder of the audit trail takes no records either.");
                return Err(SinkError::Unavailable);
            }
            Err(error) => {
                tracing::error!(%error, "The second folder of the audit trail takes no records either.");
                return Err(SinkError::Unavailable);
            }
        };
        self.ctx.notes.lock().chain = Some(chain);
        self.shared.telemetry.metrics.audit_record("spooled");
        self.one(write()?).await
    }

    /// Whether the trail takes it. A disk that stops answering is not waited for: should it take the intent after all, that
    /// attempt ends there.
    async fn in_the_trail(&self, asked: impl Future<Output = Result<(), SinkError>>) -> bool {
        let mut asked = std::pin::pin!(asked);
        loop {
            match tokio::time::timeout(LOOK, &mut asked).await {
                Ok(durable) => return durable.is_ok(),
                Err(_) if !self.shared.sink.healthy() => return false,
                Err(_) => {}
            }
        }
    }

    async fn one(&self, (ack, sealed): (Ack, Option<Sealed>)) -> Result<(), SinkError> {
        let asking = Asking {
            shared: self.shared.clone(),
            ctx: self.ctx.clone(),
            chain: self.ctx.notes.lock().chain.clone(),
            number: self.number,
            ack: Some(ack),
        };
        asking.durable(sealed).await
    }
}

/// An intent on its way to the disk.
struct Asking {
    shared: Arc<Shared>,
    ctx: Arc<Ctx>,
    /// Where it is written, if not into the trail.
    chain: Option<Arc<Sink>>,
    number: u32,
    ack: Option<Ack>,
}

impl Asking {
    async fn durable(mut self, sealed: Option<Sealed>) -> Result<(), SinkError> {
        if let Some(ack) = &mut self.ack {
            let durable = ack.await;
            self.ack = None;
            durable?;
        }
        let Some(sealed) = sealed else { return Ok(()) };
        // The intent is there; an attempt that goes no further has ended.
        self.ack = Some(Ack::unrecorded());
        let kept = payload::kept(&self.shared, &self.ctx, sealed).await;
        self.ack = None;
        if kept.is_err() {
            self.never_went_out(Code::AuditUnavailable);
        }
        kept
    }
}

impl Asking {
    /// Ends the attempt in the chain in which it began.
    fn never_went_out(&self, code: Code) {
        if payload::level(&self.ctx) == RecordLevel::None {
            return;
        }
        let aborted = records::Aborted {
            number: self.number,
            code,
            status: None,
            failure: None,
            duration_us: 0,
            answered: None,
        };
        let record = records::abort_of(&self.ctx, &aborted, None);
        let chain = self.chain.as_deref();
        drop(records::write_in(&self.shared, chain, &record, "abort"));
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let (Some(ack), Ok(runtime)) = (self.ack.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let left = Self {
            shared: self.shared.clone(),
            ctx: self.ctx.clone(),
            chain: self.chain.take(),
            number: self.number,
            ack: None,
        };
        runtime.spawn(async move {
            // An intent that is not there has no ending.
            if ack.await.is_ok() {
                left.never_went_out(Code::ClientGone);
            }
        });
    }
}

/// Says that the gateway itself is about to answer: nothing goes out. Durable once this is through.
///
/// # Errors
/// It cannot be recorded.
pub(crate) async fn local(
    shared: &Arc<Shared>,
    call: &crate::Authenticated<()>,
) -> Result<(), SinkError> {
    let none = BTreeSet::new();
    call.ctx().notes.lock().attempts = 1;
    let begun = Begun {
        shared,
        ctx: call.ctx(),
        number: 1,
        mode: call.governance().recording.of(call.principal(), &none).mode,
        policy: call.governance().digest,
    };
    begun
        .durable(|| Ok((records::local_intent(shared, call), None)))
        .await
}
