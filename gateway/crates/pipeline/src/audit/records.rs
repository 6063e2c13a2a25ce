//! The records of a call, from what is known of it: the one place where both meet.

use std::borrow::Cow;
use std::sync::Arc;

use marshal_adapter_api::{AnswerMeta, ProviderError};
use marshal_audit::{
    Abort, AskedTarget, BreakGlass, Complete, Deny, Event, FactValue, Finding, Intent, Outcome,
    Payload, Plan, Planned, Question, Removed, Shadowed, Source,
};
use marshal_audit_sink::{Ack, Sink, SinkError};
use marshal_payloads::{Part, Sealed};
use marshal_state::KeyInfo;
use marshal_types::{Code, Dialect, Digest, Fact, Facts, NanoUsd, Refusal, TargetName, Usage};

use super::{payload, shadow};
use crate::authorize::question;
use crate::comply::ClearedTarget;
use crate::{Cleared, Ctx, RecordLevel, Shared};

/// What an attempt is about to do.
pub(crate) struct Attempt<'a> {
    pub number: u32,
    pub target: &'a ClearedTarget,
    pub dialect: Dialect,
    pub body: &'a [u8],
    pub dropped: &'a [String],
    pub reserved: NanoUsd,
    pub plan: &'a marshal_routing::Plan,
    pub source: Source,
}

/// The intent's record on its way to the disk, and with it what is kept of the request.
pub(super) fn intent(
    shared: &Arc<Shared>,
    cleared: &Cleared,
    attempt: &Attempt<'_>,
) -> Result<(Ack, Option<Sealed>), SinkError> {
    let inspected = cleared.inspected();
    let permitted = &inspected.limited().permitted;
    let (call, ask) = (permitted.call(), permitted.ask());
    let ctx = call.ctx();
    let target = &attempt.target.target;
    if payload::level(ctx) == RecordLevel::None {
        return Ok((Ack::unrecorded(), None));
    }
    let part = (ctx.id, attempt.number, Part::Request);
    let kept = payload::keep(shared, ctx, part, attempt.body);
    let sealed = kept.or_else(|error| payload::without(shared, ctx, error).map(|()| None))?;
    let (finds, more_findings) = findings(&inspected.inspection().findings);
    let record = Intent {
        access_rule: attempt
            .target
            .access_rule
            .as_ref()
            .map(|rule| Cow::Borrowed(&*rule.0)),
        attempt: attempt.number,
        call: ctx.id,
        classes: inspected
            .inspection()
            .classes
            .iter()
            .map(|class| Cow::Borrowed(&*class.0))
            .collect(),
        client_dialect: ctx.dialect,
        compliance_rule: attempt
            .target
            .compliance_rule
            .as_ref()
            .map(|rule| Cow::Borrowed(&*rule.0)),
        dropped: attempt
            .dropped
            .iter()
            .map(|path| Cow::Borrowed(path.as_str()))
            .collect(),
        findings: finds,
        more_findings,
        key: Cow::Borrowed(call.who().id.as_str()),
        model: Cow::Borrowed(target.name.model.as_str()),
        obligations: attempt
            .target
            .obligations
            .iter()
            .flat_map(|obligations| obligations.words())
            .map(Cow::Owned)
            .collect(),
        payload: sealed.as_ref().map(payload::named),
        plan: plan(attempt.plan, cleared),
        policy: call.governance().digest,
        provider: Cow::Borrowed(target.name.provider.as_str()),
        provider_dialect: attempt.dialect,
        purpose: ask.purpose.as_deref().map(Cow::Borrowed),
        question: Some(Question {
            action: Cow::Borrowed(question::action(ask).as_str()),
            method: Cow::Borrowed(ask.method.as_str()),
            subjects: subjects(&call.principal().subjects),
            targets: vec![asked(
                &target.name,
                &attempt.target.facts,
                &call.governance().bundle.evidence_of(&target.name),
            )],
        }),
        request_bytes: attempt.body.len() as u64,
        request_model: Cow::Borrowed(&ask.facts.model),
        request_sha256: sha256(attempt.body),
        reserved_nano_usd: attempt.reserved,
        retention_days: attempt
            .target
            .obligations
            .as_ref()
            .and_then(|obligations| obligations.retention_days),
        shadow: attempt
            .target
            .shadow
            .iter()
            .map(|hit| Shadowed {
                rule: Cow::Borrowed(&*hit.rule.0),
                would: hit.would,
            })
            .collect(),
        shadow_bundle: shadow::of_attempt(shared, cleared, attempt.target),
        source: attempt.source,
        stream: ask.facts.stream,
        subjects: Vec::new(),
        surface: Cow::Borrowed(ctx.surface.map_or("none", marshal_types::Surface::as_str)),
        tags: ask
            .tags
            .iter()
            .map(|tag| Cow::Borrowed(tag.as_str()))
            .collect(),
        tenant: Cow::Borrowed(&call.principal().domain),
        trace_id: Some(Cow::Borrowed(&ctx.trace_id)),
        uninspected: ask.unread.iter().map(|kind| Cow::Borrowed(*kind)).collect(),
        unpriced: target.is_unpriced() && !ask.facts.model.is_empty(),
    };
    let ack = write(shared, ctx, &Event::Intent(Box::new(record)), "intent");
    Ok((payload::or_lost(shared, ctx, ack), sealed))
}

/// How an attempt went that had an answer.
pub(crate) struct Completed<'a> {
    pub number: u32,
    pub outcome: Outcome,
    pub status: u16,
    pub meta: &'a AnswerMeta,
    pub usage: Usage,
    pub cost: NanoUsd,
    pub response_sha256: Digest,
    pub response_bytes: u64,
    pub restored: u64,
    pub dropped: &'a [String],
    pub found: &'a crate::answer::Found,
    /// The failure that the provider told of in its answer.
    pub failure: Option<&'a ProviderError>,
    pub first_byte_us: Option<u64>,
    pub duration_us: u64,
    pub overhead_us: u64,
    /// What the provider answered, if it was kept so far.
    pub answered: Option<&'a [u8]>,
}

/// Says how an attempt ended that had an answer. To be durable before the answer's last byte is out.
pub(crate) fn complete(shared: &Arc<Shared>, ctx: &Arc<Ctx>, completed: &Completed<'_>) -> Ack {
    if payload::level(ctx) == RecordLevel::None {
        ctx.notes.lock().ended = true;
        return Ack::unrecorded();
    }
    let words = Words::of(shared, ctx, completed.number, completed.answered);
    let (finds, more_findings) = findings(&completed.found.findings);
    let record = Complete {
        attempt: completed.number,
        call: ctx.id,
        classes: completed
            .found
            .classes
            .iter()
            .map(|class| Cow::Borrowed(&*class.0))
            .collect(),
        cost_nano_usd: completed.cost,
        dropped: completed
            .dropped
            .iter()
            .map(|path| Cow::Borrowed(path.as_str()))
            .collect(),
        duration_us: completed.duration_us,
        findings: finds,
        more_findings,
        finish_reasons: completed
            .meta
            .finish_reasons
            .iter()
            .map(|reason| Cow::Borrowed(reason.as_str()))
            .collect(),
        first_byte_us: completed.first_byte_us,
        outcome: completed.outcome,
        overhead_us: completed.overhead_us,
        payload: words.named(),
        provider_code: provider_code(completed.failure),
        response_bytes: completed.response_bytes,
        response_model: completed.meta.model.as_deref().map(Cow::Borrowed),
        response_sha256: completed.response_sha256,
        restored: completed.restored,
        status: completed.status,
        usage: completed.usage,
    };
    ctx.notes.lock().ended = true;
    let ack = write(shared, ctx, &Event::Complete(Box::new(record)), "complete");
    let ack = payload::or_lost(shared, ctx, ack);
    words.beside(shared, ctx, ack)
}

/// What a provider answered, on its way to the disk.
enum Words {
    NotKept,
    Sealed(Sealed),
    /// The policy asks for them and they cannot be had.
    Lost(SinkError),
}

impl Words {
    fn of(shared: &Shared, ctx: &Ctx, number: u32, answered: Option<&[u8]>) -> Self {
        let part = (ctx.id, number, Part::Response);
        let kept = answered.map_or(Ok(None), |bytes| payload::keep(shared, ctx, part, bytes));
        // Whatever became of the words: the attempt has an ending.
        match kept {
            Ok(sealed) => sealed.map_or(Self::NotKept, Self::Sealed),
            Err(error) => {
                payload::without(shared, ctx, error).map_or_else(Self::Lost, |()| Self::NotKept)
            }
        }
    }

    fn named(&self) -> Option<Payload<'static>> {
        match self {
            Self::Sealed(sealed) => Some(payload::named(sealed)),
            Self::NotKept | Self::Lost(_) => None,
        }
    }

    /// Resolves once they are durable beside the record that names them.
    fn beside(self, shared: &Arc<Shared>, ctx: &Arc<Ctx>, ack: Ack) -> Ack {
        match self {
            Self::Sealed(sealed) => {
                let (shared, ctx) = (shared.clone(), ctx.clone());
                ack.and(async move { payload::kept(&shared, &ctx, sealed).await })
            }
            Self::Lost(error) => ack.and(std::future::ready(Err(error))),
            Self::NotKept => ack,
        }
    }
}

/// A provider's code for a failure, where it is a word as codes are. Whatever else it says may repeat what was asked.
fn provider_code(failure: Option<&ProviderError>) -> Option<Cow<'_, str>> {
    const LONGEST: usize = 64;
    let code = failure?.code.as_deref()?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
    let fits = !code.is_empty() && code.len() <= LONGEST && code.bytes().all(is_word);
    fits.then_some(Cow::Borrowed(code))
}

/// How an attempt failed.
#[derive(Clone, Copy)]
pub(crate) struct Aborted<'a> {
    pub number: u32,
    pub code: Code,
    pub status: Option<u16>,
    pub failure: Option<&'a ProviderError>,
    pub duration_us: u64,
    /// What the provider answered, if it did.
    pub answered: Option<&'a [u8]>,
}

/// Says that an attempt ended without an answer that the client could have.
pub(crate) fn abort(shared: &Arc<Shared>, ctx: &Arc<Ctx>, aborted: &Aborted<'_>) -> Ack {
    if payload::level(ctx) == RecordLevel::None {
        return Ack::unrecorded();
    }
    let answered = aborted.answered.filter(|_| payload::keeps_answers(ctx));
    let words = Words::of(shared, ctx, aborted.number, answered);
    let record = abort_of(ctx, aborted, words.named());
    let ack = write(shared, ctx, &record, "abort");
    words.beside(shared, ctx, ack)
}

pub(super) fn abort_of<'a>(
    ctx: &Ctx,
    aborted: &Aborted<'a>,
    payload: Option<Payload<'a>>,
) -> Event<'a> {
    Event::Abort(Abort {
        attempt: aborted.number,
        call: ctx.id,
        code: Cow::Borrowed(aborted.code.as_str()),
        duration_us: aborted.duration_us,
        payload,
        provider_code: provider_code(aborted.failure),
        status: aborted.status,
    })
}

/// Says that a call was refused.
pub(crate) fn deny(shared: &Shared, ctx: &Ctx, refusal: &Refusal, status: u16) -> Ack {
    let (record, ack);
    {
        let notes = ctx.notes.lock();
        let (finds, more_findings) = findings(&notes.findings);
        let question = notes
            .question
            .as_ref()
            .filter(|_| decided_by_policy(refusal.code))
            .map(|question| Question {
                action: Cow::Borrowed(question.action.as_str()),
                method: Cow::Borrowed(question.method.as_str()),
                subjects: subjects(&question.subjects),
                targets: question
                    .targets
                    .iter()
                    .map(|target| asked(&target.name, &target.facts, &target.evidence))
                    .collect(),
            });
        let named = question.is_none().then_some(&notes.subjects);
        record = Deny {
            attempts: notes.attempts,
            call: ctx.id,
            classes: notes
                .classes
                .iter()
                .map(|class| Cow::Borrowed(&**class))
                .collect(),
            code: Cow::Borrowed(refusal.code.as_str()),
            detail: refusal.detail.as_deref().map(Cow::Borrowed),
            findings: finds,
            more_findings,
            key: notes.key.as_ref().map(|key| Cow::Borrowed(key.as_str())),
            message: Cow::Borrowed(&refusal.message),
            place: refusal
                .place
                .as_ref()
                .map(|place| Cow::Owned(place.to_string())),
            policy: notes
                .policy
                .unwrap_or_else(|| shared.governance.load().digest),
            question,
            request_model: notes.request_model.as_deref().map(Cow::Borrowed),
            rule: refusal.rule.as_ref().map(|rule| Cow::Borrowed(&*rule.0)),
            shadow_bundle: shadow::of_refusal(shared, ctx, &notes, refusal.code),
            status,
            subjects: named.map_or_else(Vec::new, |names| subjects(names)),
            surface: Cow::Borrowed(ctx.surface.map_or("none", marshal_types::Surface::as_str)),
            tenant: notes.tenant.as_deref().map(Cow::Borrowed),
        };
        shared.telemetry.metrics.audit_record("deny");
        ack = shared.sink.append(&Event::Deny(Box::new(record)));
    }
    ack
}

/// Says that a call came with a key for an emergency.
pub(crate) fn break_glass(shared: &Shared, ctx: &Ctx, who: &KeyInfo, reason: &str) -> Ack {
    let record = BreakGlass {
        call: ctx.id,
        key: Cow::Borrowed(who.id.as_str()),
        reason: Cow::Borrowed(reason),
        surface: Cow::Borrowed(ctx.surface.map_or("none", marshal_types::Surface::as_str)),
        tenant: Cow::Borrowed(&who.tenant),
        user: who.user.as_deref().map(Cow::Borrowed),
    };
    write(shared, ctx, &Event::BreakGlass(record), "break-glass")
}

/// Refusals of which the policies are the cause.
pub(super) const fn decided_by_policy(code: Code) -> bool {
    matches!(
        code,
        Code::AccessDenied | Code::ComplianceDenied | Code::ApprovalRequired
    )
}

fn subjects(subjects: &[Arc<str>]) -> Vec<Cow<'_, str>> {
    subjects
        .iter()
        .map(|subject| Cow::Borrowed(&**subject))
        .collect()
}

fn asked<'a>(target: &TargetName, facts: &'a Facts, evidence: &[Arc<str>]) -> AskedTarget<'a> {
    let value = |fact: &'a Fact| match fact {
        Fact::Bool(value) => FactValue::Bool(*value),
        Fact::Number(number) => FactValue::Number(*number),
        Fact::Text(text) => FactValue::Text(Cow::Borrowed(text)),
        Fact::List(items) => {
            FactValue::List(items.iter().map(|item| Cow::Borrowed(&**item)).collect())
        }
    };
    AskedTarget {
        evidence: evidence
            .iter()
            .map(|name| Cow::Owned(name.to_string()))
            .collect(),
        facts: facts
            .0
            .iter()
            .map(|(name, fact)| (Cow::Borrowed(&**name), value(fact)))
            .collect(),
        target: Cow::Owned(target.to_string()),
    }
}

/// Into the chain that the call's newest attempt stands in.
fn write(shared: &Shared, ctx: &Ctx, event: &Event<'_>, kind: &'static str) -> Ack {
    let chain = ctx.notes.lock().chain.clone();
    write_in(shared, chain.as_deref(), event, kind)
}

/// Into a chain of the second folder, or the trail.
pub(super) fn write_in(
    shared: &Shared,
    chain: Option<&Sink>,
    event: &Event<'_>,
    kind: &'static str,
) -> Ack {
    shared.telemetry.metrics.audit_record(kind);
    chain.unwrap_or(&shared.sink).append(event)
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    Digest(digest)
}

/// So much of a record may be finds. A tile of the trail has room for 64 KiB a record. Bytes.
const MOST_FINDS: usize = 24 * 1024;

/// The finds that stand in a record, and how many more there were.
fn findings(all: &[marshal_policies::Finding]) -> (Vec<Finding<'_>>, u64) {
    let mut room = MOST_FINDS;
    let fits = |finding: &&marshal_policies::Finding| {
        let bytes = 160 + finding.path.len().min(2_048) + finding.hashes.len() * 40;
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    };
    let shown: Vec<_> = all
        .iter()
        .take_while(fits)
        .map(|finding| Finding {
            class: Cow::Borrowed(&finding.class.0),
            detector: Cow::Borrowed(&finding.detector),
            score: finding.score,
            hashes: finding
                .hashes
                .iter()
                .map(|hash| hash.as_str().into())
                .collect(),
            action: Cow::Borrowed(finding.action),
            count: finding.count,
            entity: Cow::Borrowed(&finding.entity),
            path: Cow::Borrowed(&finding.path),
            shadow: finding.shadow,
        })
        .collect();
    let more = (all.len() - shown.len()) as u64;
    (shown, more)
}

fn plan<'a>(plan: &'a marshal_routing::Plan, cleared: &'a Cleared) -> Plan<'a> {
    let removed = plan
        .removed
        .iter()
        .map(|removed| (false, removed.target.to_string(), &*removed.why));
    let refused = cleared
        .refused()
        .iter()
        .map(|(target, why)| (true, target.name.to_string(), why.as_str()));
    Plan {
        order: plan
            .order
            .iter()
            .map(|planned| Planned {
                score: planned.score,
                target: Cow::Owned(planned.target.name.to_string()),
                why: Cow::Borrowed(&*planned.why),
            })
            .collect(),
        removed: removed
            .chain(refused)
            .map(|(by_policy, target, why)| Removed {
                by_policy,
                target: Cow::Owned(target),
                why: Cow::Borrowed(why),
            })
            .collect(),
    }
}

/// The intent of an answer that the gateway itself gives, on its way to the disk: nothing goes out.
pub(super) fn local_intent(shared: &Shared, call: &crate::Authenticated<()>) -> Ack {
    let ctx = call.ctx();
    let record = Intent {
        access_rule: None,
        attempt: 1,
        call: ctx.id,
        classes: Vec::new(),
        client_dialect: ctx.dialect,
        compliance_rule: None,
        dropped: Vec::new(),
        findings: Vec::new(),
        more_findings: 0,
        key: Cow::Borrowed(call.who().id.as_str()),
        model: Cow::Borrowed("-"),
        obligations: Vec::new(),
        payload: None,
        plan: Plan::default(),
        policy: call.governance().digest,
        provider: Cow::Borrowed("marshal"),
        provider_dialect: ctx.dialect,
        purpose: None,
        question: None,
        request_bytes: 0,
        request_model: Cow::Borrowed("-"),
        request_sha256: sha256(b""),
        reserved_nano_usd: NanoUsd::ZERO,
        retention_days: None,
        shadow: Vec::new(),
        shadow_bundle: None,
        source: Source::Gateway,
        stream: false,
        subjects: subjects(&call.principal().subjects),
        surface: Cow::Borrowed(ctx.surface.map_or("none", marshal_types::Surface::as_str)),
        tags: Vec::new(),
        tenant: Cow::Borrowed(&call.principal().domain),
        trace_id: Some(Cow::Borrowed(&ctx.trace_id)),
        uninspected: Vec::new(),
        unpriced: false,
    };
    write(shared, ctx, &Event::Intent(Box::new(record)), "intent")
}
