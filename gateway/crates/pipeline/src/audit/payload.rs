//! What was said, for the record: encrypted, on its way to the disk beside the record that names it.

use std::borrow::Cow;
use std::sync::Arc;

use marshal_audit::Payload;
use marshal_audit_sink::{Ack, SinkError};
use marshal_payloads::{Part, Sealed, Subject};
use marshal_types::{CallId, Principal};

use crate::{Ctx, Keeping, RecordLevel, Shared};

/// Whose words they are, where they are kept: a user's, else the key's.
pub(super) fn subject(keeping: Keeping, principal: &Principal) -> Option<Arc<Subject>> {
    if keeping.level < RecordLevel::Request {
        return None;
    }
    let names = || principal.subjects.iter();
    let name = names().find(|name| name.starts_with("u:"));
    let name = name.or_else(|| names().find(|name| name.starts_with("k:")));
    Some(Arc::new(Subject {
        tenant: principal.domain.to_string(),
        name: name.map_or_else(String::new, |name| name.to_string()),
    }))
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
/// The ack of a record that is not written, for it could not say where the payload is.
pub(super) fn keep(
    shared: &Shared,
    ctx: &Ctx,
    part: (CallId, u32, Part),
    bytes: &[u8],
) -> Result<Option<Sealed>, Ack> {
    let noted = {
        let notes = ctx.notes.lock();
        notes.recorded.zip(notes.subject.clone())
    };
    let Some((recorded, subject)) = noted else {
        return Ok(None);
    };
    shared
        .payloads
        .keep(&subject, recorded.payload_days, part, bytes)
        .map(Some)
        .map_err(|error| {
            tracing::error!(call = %ctx.id, %error, "What was said cannot be kept, as the policy asks; the call goes no further.");
            Ack::refused(SinkError::Unavailable)
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

/// Durable once the record and the payload are.
pub(super) fn and(ack: Ack, sealed: Option<Sealed>) -> Ack {
    let Some(sealed) = sealed else { return ack };
    let kept = sealed.kept;
    ack.and(async move {
        kept.await.map_err(|error| {
            tracing::error!(%error, "What was said cannot be kept, as the policy asks.");
            SinkError::Unavailable
        })
    })
}

/// Where the policy lets a call go on that cannot be recorded: it is counted and logged, and nothing more of the attempt is
/// recorded.
pub(super) fn or_lost(shared: &Shared, ctx: &Arc<Ctx>, ack: Ack) -> Ack {
    let required = ctx
        .notes
        .lock()
        .recorded
        .is_none_or(|keeping| keeping.required);
    if required {
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
