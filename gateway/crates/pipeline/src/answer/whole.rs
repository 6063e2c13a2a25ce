//! An answer in one piece: from a provider, from the cache, or from the gateway itself.

use std::sync::Arc;

use bytes::Bytes;
use marshal_adapter_api::AnswerMeta;
use marshal_audit::Outcome;
use marshal_state::CachedAnswer;
use marshal_telemetry::CallOutcome;
use marshal_types::{Code, NanoUsd, Refusal, SurfaceKind, Usage};
use marshal_wire::json::{Index, Limits};

use super::body::AnswerBody;
use super::ending::Ending;
use super::{headers, restore};
use crate::audit::{begin, payload, records, unavailable};
use crate::comply::ClearedTarget;
use crate::guard;
use crate::step::Answer;
use crate::voice::Voice;
use crate::{Authenticated, Cleared, Ctx, RecordLevel, Shared};

/// Makes the client's answer of a provider's. One that tells of a failure ([`Ending::failure`]) passes as it is.
///
/// # Errors
/// If it is not in its dialect, or the trail cannot be written; the attempt's ending is recorded then.
pub(crate) async fn answer(
    mut ending: Box<Ending>,
    head: &http::response::Parts,
    body: Bytes,
    voice: Voice,
) -> Result<Answer, Refusal> {
    ending.received(&body);
    let media = head
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or_default();
    let mut meta = voice.meta(&ending.shared, media, &body, ending.units);
    let outcome = if ending.failure.is_some() {
        // Who fails and says nothing of tokens is not paid for any.
        meta.usage.get_or_insert_default();
        Outcome::UpstreamError
    } else {
        Outcome::Ok
    };
    let own = client_voice(&ending.ctx);
    let (client, mut dropped) = match translate(&ending, voice, body) {
        Ok(translated) => translated,
        Err(refusal) => {
            return Err(end_badly(&mut ending, refusal, Outcome::UpstreamError, &meta).await);
        }
    };
    let client = if voice == own {
        crate::objects::answered(
            &ending.shared,
            &ending.ctx,
            &ending.target.name.provider,
            (&ending.method, &ending.tail),
            &client,
        )
        .unwrap_or(client)
    } else {
        client
    };
    let looked = restore::inspect(
        |doc, out| own.texts(&ending.shared, doc, out),
        &ending.answers,
        &client,
    );
    ending.note_answer(looked.findings);
    if let Some(name) = looked.blocked {
        let refusal = if ending.answers.is_guard(&name) {
            let message = format!("The guard {name} does not let the answer pass.");
            Refusal::new(Code::GuardBlocked, message)
        } else {
            let message = "The answer holds what the data policy does not let out.";
            Refusal::new(Code::DataBlocked, message)
        };
        return Err(end_badly(&mut ending, refusal, Outcome::Blocked, &meta).await);
    }
    let client = looked.body.unwrap_or(client);
    let client = match guarded(&mut ending, own, client).await {
        Ok(client) => client,
        Err(refusal) => {
            return Err(end_badly(&mut ending, refusal, Outcome::Blocked, &meta).await);
        }
    };
    let restored = restore::whole(
        |doc, out| own.texts(&ending.shared, doc, out),
        &ending.surrogates,
        &client,
    );
    ending.restored = restored.as_ref().map_or(0, |(_, count)| *count);
    dropped.sort_unstable();
    ending.dropped = dropped;
    let overhead = ending.overhead_us();
    let ended = ending.end(outcome, &meta);
    ended.ack.await.map_err(|error| unavailable(&error))?;
    let kept = (ending.cachable && outcome == Outcome::Ok).then(|| CachedAnswer {
        dialect: ending.ctx.dialect,
        content_type: "application/json".into(),
        body: client.clone(),
        target: ending.target.name.clone(),
        usage: ended.usage,
        finish_reasons: meta.finish_reasons,
        classes: ending.found.classes.clone(),
        stored: ending.shared.clock.now(),
    });
    let body = restored.map_or(client, |(bytes, _)| bytes);
    let mut answer = http::Response::new(AnswerBody::whole(body).cachable(kept));
    *answer.status_mut() = head.status;
    *answer.headers_mut() = headers::forward_headers(&head.headers);
    let names = answer.headers_mut();
    if voice != own {
        headers::of_json(names);
    }
    headers::name_target(names, &ending.target);
    headers::name_cost(names, ended.cost);
    headers::name_overhead(names, overhead);
    headers::name_dropped(names, &ending.dropped);
    Ok(answer)
}

/// Asks the guards about an answer, before the caller's own values are back in it.
async fn guarded(ending: &mut Ending, own: Voice, body: Bytes) -> Result<Bytes, Refusal> {
    let governance = ending.governance.clone();
    if !governance.bundle.guards().iter().any(|guard| guard.answers) {
        return Ok(body);
    }
    let Ok(index) = Index::parse(&body, &Limits::default()) else {
        return Ok(body);
    };
    let doc = index.doc(&body);
    let mut places = Vec::new();
    own.texts(&ending.shared, doc, &mut places);
    let texts = guard::of_answer(doc, &places);
    let (shared, ctx, tenant) = (
        ending.shared.clone(),
        ending.ctx.clone(),
        ending.tenant.clone(),
    );
    let model = ending.model.clone();
    let asked = guard::Asked {
        call: &ctx.id,
        tenant: &tenant,
        model: &model,
        media: &[],
    };
    let bundle = &governance.bundle;
    let guarded = guard::check(&shared, bundle, guard::Side::Answers, &asked, &body, &texts).await;
    ending.found.add(guarded.findings);
    match guarded.refusal {
        Some(refusal) => Err(refusal),
        None => Ok(guarded.body.unwrap_or(body)),
    }
}

/// Ends an attempt whose answer did not come to its end.
pub(crate) async fn broke_off(mut ending: Box<Ending>, refusal: Refusal) -> Refusal {
    let meta = ending.in_part();
    end_badly(&mut ending, refusal, Outcome::UpstreamBroken, &meta).await
}

async fn end_badly(
    ending: &mut Ending,
    refusal: Refusal,
    outcome: Outcome,
    meta: &AnswerMeta,
) -> Refusal {
    let ended = ending.end(outcome, meta);
    match ended.ack.await {
        Ok(_) => refusal,
        Err(error) => unavailable(&error),
    }
}

/// The words that the client itself speaks.
fn client_voice(ctx: &Ctx) -> Voice {
    match ctx.surface {
        Some(surface) if surface.kind() != SurfaceKind::Chat => Voice::Task(surface, ctx.dialect),
        _ => Voice::Chat(ctx.dialect),
    }
}

fn not_its_dialect(detail: String) -> Refusal {
    Refusal::new(
        Code::UpstreamMalformed,
        "The provider's answer is not in its own dialect. Try another model.",
    )
    .detail(detail)
}

fn translate(ending: &Ending, voice: Voice, body: Bytes) -> Result<(Bytes, Vec<String>), Refusal> {
    let (shared, ctx, asked) = (&ending.shared, &ending.ctx, &ending.asked);
    let dialect = match voice {
        _ if voice == client_voice(ctx) => return Ok((body, Vec::new())),
        Voice::Chat(dialect) => dialect,
        Voice::Task(from, _) => {
            let to = ctx.surface.unwrap_or(from);
            let encoded = marshal_tasks::translate_response(from, to, &body, asked)
                .map_err(|malformed| not_its_dialect(malformed.message))?;
            return Ok((encoded.body.into(), encoded.dropped));
        }
    };
    let mut response = shared
        .adapter(dialect)
        .decode_response(&body)
        .map_err(|malformed| not_its_dialect(malformed.message))?;
    // As in a stream: the client reads the name that it asked for, and a time.
    response.model = ctx.notes.lock().request_model.clone();
    response.id.get_or_insert_with(|| ctx.id.to_string());
    response.created.get_or_insert(shared.clock.now().as_secs());
    let encoded = shared.adapter(ctx.dialect).encode_response(&response);
    Ok((encoded.body.into(), encoded.dropped))
}

/// Answers from the cache: governed like any other, and free.
///
/// # Errors
/// If the trail cannot be written.
pub(crate) async fn cached(
    shared: &Arc<Shared>,
    cleared: Cleared,
    hit: &CachedAnswer,
) -> Result<Answer, Refusal> {
    let found = cleared
        .targets()
        .iter()
        .find(|target| target.target.name == hit.target);
    let Some(target): Option<ClearedTarget> = found.or_else(|| cleared.targets().first()).cloned()
    else {
        return Err(Refusal::new(
            Code::NoTarget,
            "No target of this model is left.",
        ));
    };
    let ctx = cleared.inspected().limited().permitted.call().ctx().clone();
    let attempt = records::Attempt {
        number: 1,
        target: &target,
        dialect: hit.dialect,
        body: &cleared.inspected().limited().permitted.ask().body,
        dropped: &[],
        reserved: NanoUsd::ZERO,
        plan: &marshal_routing::Plan::default(),
        source: marshal_audit::Source::Cache,
    };
    begin::attempt(shared, &cleared, &attempt)
        .await
        .map_err(|error| unavailable(&error))?;
    let surrogates = &cleared.inspected().inspection().surrogates;
    let own = client_voice(&ctx);
    let restored = restore::whole(
        |doc, out| own.texts(shared, doc, out),
        surrogates,
        &hit.body,
    );
    let meta = AnswerMeta {
        finish_reasons: hit.finish_reasons.clone(),
        finished: true,
        ..AnswerMeta::default()
    };
    let count = restored.as_ref().map_or(0, |(_, count)| *count);
    let inspected = cleared.inspected();
    let call = inspected.limited().permitted.call();
    let mut classes = inspected.inspection().classes.clone();
    classes.extend(hit.classes.iter().cloned());
    let allowed = call.governance().recording.of(call.principal(), &classes);
    let local = Local {
        meta: &meta,
        body: &hit.body,
        restored: count,
        found: super::Found {
            classes: hit.classes.clone(),
            ..super::Found::default()
        },
        kept: allowed.level == RecordLevel::Full,
    };
    complete_local(shared, &ctx, local).await?;
    let body = restored.map_or_else(|| hit.body.clone(), |(bytes, _)| bytes);
    let mut answer = http::Response::new(AnswerBody::whole(body));
    let names = answer.headers_mut();
    headers::of_json(names);
    headers::name_target(names, &target.target);
    headers::name_cost(names, NanoUsd::ZERO);
    names.insert("x-marshal-cache", http::HeaderValue::from_static("hit"));
    Ok(answer)
}

/// Answers from what the gateway itself knows.
///
/// # Errors
/// If the trail cannot be written.
pub(crate) async fn local(
    shared: &Arc<Shared>,
    call: &Authenticated<()>,
    body: Vec<u8>,
) -> Result<Answer, Refusal> {
    begin::local(shared, call)
        .await
        .map_err(|error| unavailable(&error))?;
    let body = Bytes::from(body);
    let local = Local {
        meta: &AnswerMeta::default(),
        body: &body,
        restored: 0,
        found: super::Found::default(),
        kept: true,
    };
    complete_local(shared, call.ctx(), local).await?;
    let mut answer = http::Response::new(AnswerBody::whole(body));
    headers::of_json(answer.headers_mut());
    Ok(answer)
}

/// An answer that no provider was asked for.
struct Local<'a> {
    meta: &'a AnswerMeta,
    body: &'a [u8],
    restored: u64,
    found: super::Found,
    /// Whether it may be kept, if answers of this call are.
    kept: bool,
}

async fn complete_local(
    shared: &Arc<Shared>,
    ctx: &Arc<Ctx>,
    local: Local<'_>,
) -> Result<(), Refusal> {
    let Local {
        meta,
        body,
        restored,
        found,
        kept,
    } = local;
    let took = shared.clock.monotonic().saturating_sub(ctx.started);
    let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let completed = records::Completed {
        found: &found,
        failure: None,
        number: 1,
        outcome: Outcome::Ok,
        status: 200,
        meta,
        usage: Usage::default(),
        cost: NanoUsd::ZERO,
        response_sha256: records::sha256(body),
        response_bytes: body.len() as u64,
        restored,
        dropped: &[],
        first_byte_us: None,
        duration_us: took,
        overhead_us: took,
        answered: (kept && payload::keeps_answers(ctx)).then_some(body),
    };
    records::complete(shared, ctx, &completed)
        .await
        .map_err(|error| unavailable(&error))?;
    crate::observe::end(shared, ctx, CallOutcome::Completed, 200);
    Ok(())
}
