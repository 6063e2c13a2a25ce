//! What was said, for the record: encrypted, on its way to the disk beside the record that names it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::Payload;
use marshal_audit_sink::{Ack, SinkError};
use marshal_payloads::{Part, Sealed, Subject, SubjectKey};
use marshal_types::{CallId, Principal};

use crate::{Ctx, Keeping, RecordLevel, RecordMode, Shared};

/// As long as a disk may take for a key.
const KEY_PATIENCE: Duration = Duration::from_secs(5);

/// Whose words they are: a user's, else the key's.
fn subject(principal: &Principal) -> Subject {
    let names = || principal.subjects.iter();
    let name = names().find(|name| name.starts_with("u:"));
    let name = name.or_else(|| names().find(|name| name.starts_with("k:")));
    Subject {
        tenant: principal.domain.to_string(),
        name: name.map_or_else(String::new, |name| name.to_string()),
    }
}

/// What a caller's words are encrypted with, where they are kept.
///
/// # Errors
/// There is none to be had.
pub(super) async fn key(
    shared: &Arc<Shared>,
    keeping: Keeping,
    principal: &Principal,
) -> Result<Option<SubjectKey>, SinkError> {
    if keeping.level < RecordLevel::Request {
        return Ok(None);
    }
    let (subject, days) = (subject(principal), keeping.payload_days);
    if let Some(key) = shared.payloads.key_at_hand(&subject, days) {
        return Ok(Some(key));
    }
    let payloads = shared.payloads.clone();
    // It is read from the disk, or made: not on a thread that serves.
    let made = tokio::task::spawn_blocking(move || payloads.key(&subject, days));
    let Ok(made) = tokio::time::timeout(KEY_PATIENCE, made).await else {
        tracing::error!(after = ?KEY_PATIENCE, "There is no key for what is to be kept: the disk does not answer.");
        return Err(SinkError::Unavailable);
    };
    match made {
        Ok(Ok(key)) => Ok(Some(key)),
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "There is no key for what is to be kept.");
            Err(SinkError::Unavailable)
        }
        Err(error) => {
            tracing::error!(%error, "There is no key for what is to be kept.");
            Err(SinkError::Unavailable)
        }
    }
}

/// How much of a call is recorded that has an intent.
pub(super) fn level(ctx: &Ctx) -> RecordLevel {
    let recorded = ctx.notes.lock().recorded;
    recorded.map_or(RecordLevel::Metadata, |keeping| keeping.level)
}

/// Whether what a provider answers is kept.
pub(crate) fn keeps_answers(ctx: &Ctx) -> bool {
    level(ctx) == RecordLevel::Full
}

/// Keeps a payload, if the call's level asks for it.
///
/// # Errors
/// It cannot be kept.
pub(super) fn keep(
    shared: &Shared,
    ctx: &Ctx,
    part: (CallId, u32, Part),
    bytes: &[u8],
) -> Result<Option<Sealed>, SinkError> {
    let Some(words) = ctx.notes.lock().words.clone() else {
        return Ok(None);
    };
    let kept = shared.payloads.keep(&words, part, bytes);
    kept.map(Some).map_err(|error| {
        tracing::error!(call = %ctx.id, %error, "What was said cannot be kept, as the policy asks.");
        SinkError::Unavailable
    })
}

/// What was said cannot be kept: the call goes on without, where the policy lets it. What else is recorded of it stays.
///
/// # Errors
/// The policy does not let it.
pub(super) fn without(shared: &Shared, ctx: &Ctx, error: SinkError) -> Result<(), SinkError> {
    let mut notes = ctx.notes.lock();
    let lenient = |keeping: &&mut Keeping| keeping.mode != RecordMode::Required;
    let Some(keeping) = notes.recorded.as_mut().filter(lenient) else {
        return Err(error);
    };
    keeping.level = keeping.level.min(RecordLevel::Metadata);
    notes.words = None;
    tracing::error!(call = %ctx.id, %error, "What was said in a call is not kept, as the policy lets it.");
    shared.telemetry.metrics.audit_record("lost");
    Ok(())
}

/// Waits for a payload to be on the disk.
///
/// # Errors
/// It cannot be kept, and the policy asks for it.
pub(super) async fn kept(shared: &Shared, ctx: &Ctx, sealed: Sealed) -> Result<(), SinkError> {
    let kept = sealed.kept.await;
    kept.or_else(|error| {
        tracing::error!(call = %ctx.id, %error, "What was said cannot be kept, as the policy asks.");
        without(shared, ctx, SinkError::Unavailable)
    })
}

/// As a record names it.
pub(super) fn named(sealed: &Sealed) -> Payload<'static> {
    Payload {
        bucket: Cow::Owned(sealed.bucket.to_string()),
        bytes: sealed.bytes,
        sha256: sealed.sha256,
        subject: Cow::Owned(sealed.subject.to_string()),
    }
}

/// Where the policy lets a call go on that cannot be recorded: it is counted and logged, and nothing more of the attempt is
/// recorded.
pub(super) fn or_lost(shared: &Shared, ctx: &Arc<Ctx>, ack: Ack) -> Ack {
    let recorded = ctx.notes.lock().recorded;
    if recorded.is_none_or(|keeping| keeping.mode != RecordMode::BestEffort) {
        return ack;
    }
    let (metrics, ctx) = (shared.telemetry.metrics.clone(), ctx.clone());
    ack.or_lost(move |error| {
        tracing::error!(call = %ctx.id, %error, "A call goes on unrecorded, as the policy lets it.");
        metrics.audit_record("lost");
        if let Some(keeping) = &mut ctx.notes.lock().recorded {
            keeping.level = RecordLevel::None;
        }
    })
}
