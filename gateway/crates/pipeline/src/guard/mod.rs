//! Guards beyond single values: native ones, and other services that are asked in parallel, each with its deadline. What
//! goes to them is clean already. A guard that fails stops the call, unless it is said to let it pass.

mod external;
mod texts;
mod verdict;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use marshal_policies::{Bundle, Finding, Guard, GuardAction, GuardKind};
use marshal_types::{CallId, Code, DataClass, Refusal};
use marshal_wire::json::{Doc, Edits, Index, Limits, write_str};

use crate::{Shared, Transport};
pub(crate) use external::Asked;
pub(crate) use texts::{GuardText, media_of, of_answer, of_request};
use verdict::Verdict;

/// More text than this is looked at on a thread of its own: other calls on this one would wait.
const INLINE_BYTES: usize = 32 * 1024;

/// Which way the texts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Requests,
    Answers,
}

/// What guards made of texts.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    pub findings: Vec<Finding>,
    pub classes: Vec<DataClass>,
    /// The new body, where some text was changed.
    pub body: Option<Bytes>,
    /// Why the call ends here.
    pub refusal: Option<Refusal>,
}

/// Why guards cannot look at a call in time, if they cannot: what is not enforced is refused.
pub(crate) fn unfit(bundle: &Bundle, place: &'static str) -> Option<Refusal> {
    let guard = bundle.guards().iter().find(|guard| {
        // Events that a client sends are not put to guards one by one.
        let concerned =
            guard.answers && !guard.kind.looks_at_parts() || guard.requests && place == "realtime";
        concerned
            && !guard.shadow
            && guard.action > GuardAction::Alert
            && !guard.unchecked.contains(place)
    })?;
    let message = format!(
        "The guard {} looks at whole calls, and {place} come in pieces. Ask without, or the operator lets them pass with `unchecked: [{place}]` in data.yaml.",
        guard.name
    );
    Some(Refusal::new(Code::SurfaceNotGoverned, message).rule(None, Some(guard.place.clone())))
}

/// Asks every guard of one side about these texts of a body.
pub(crate) async fn check(
    shared: &Shared,
    bundle: &Bundle,
    side: Side,
    asked: &Asked<'_>,
    body: &Bytes,
    texts: &[GuardText],
) -> Guarded {
    let mut guarded = Guarded::default();
    if texts.is_empty() && asked.media.is_empty() {
        return guarded;
    }
    let guards = bundle
        .guards()
        .iter()
        .filter(|guard| match side {
            Side::Requests => guard.requests,
            // Native ones look at running text, as the detectors do.
            Side::Answers => guard.answers && !guard.kind.looks_at_parts(),
        })
        .filter(|guard| !texts.is_empty() || guard.kind.looks_at_media())
        .filter(|guard| is_drawn(guard.sample, asked.call));
    let (services, filters): (Vec<&Guard>, Vec<&Guard>) =
        guards.partition(|guard| matches!(guard.kind, GuardKind::External(_)));
    // Each filter works on what the one before it left.
    let mut now = texts.to_vec();
    for guard in filters {
        let verdict = ask(&shared.guards, guard, side, asked, &now).await;
        take(&mut guarded, guard, side, verdict, &mut now);
    }
    let mut asks: Vec<BoxFuture<'_, Verdict>> = Vec::with_capacity(services.len());
    for guard in &services {
        asks.push(Box::pin(ask(&shared.guards, guard, side, asked, &now)));
    }
    let verdicts = join_all(asks).await;
    let asked_about = now.clone();
    for (guard, mut verdict) in services.into_iter().zip(verdicts) {
        if verdict.changes_what_differs(&asked_about, &now) {
            // Another service has changed the same text meanwhile: one change may not undo the other.
            verdict = ask(&shared.guards, guard, side, asked, &now).await;
        }
        take(&mut guarded, guard, side, verdict, &mut now);
    }
    for finding in &guarded.findings {
        shared
            .telemetry
            .metrics
            .redacted(&finding.entity, finding.action, finding.count);
        crate::inspect::alert(asked.call, finding);
    }
    if guarded.refusal.is_none() {
        guarded.body = write(body, texts, &now);
    }
    guarded
}

/// The same calls, whoever asks: a share of all.
fn is_drawn(sample: u8, call: &CallId) -> bool {
    let hash = call.to_string().bytes().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    sample >= 100 || hash % 100 < u32::from(sample)
}

async fn ask(
    transport: &Transport,
    guard: &Guard,
    side: Side,
    asked: &Asked<'_>,
    texts: &[GuardText],
) -> Verdict {
    match &guard.kind {
        GuardKind::External(service) => external::ask(transport, service, side, asked, texts).await,
        kind if texts.iter().map(|text| text.text.len()).sum::<usize>() <= INLINE_BYTES => {
            verdict::native(kind, texts)
        }
        kind => {
            let (kind, texts) = (kind.clone(), texts.to_vec());
            let looked = tokio::task::spawn_blocking(move || verdict::native(&kind, &texts)).await;
            looked.unwrap_or_else(|error| Verdict::Failed {
                why: error.to_string(),
                passes: false,
            })
        }
    }
}

fn take(guarded: &mut Guarded, guard: &Guard, side: Side, verdict: Verdict, now: &mut [GuardText]) {
    let (what, score, texts) = match verdict {
        Verdict::Pass => return,
        Verdict::Flagged { why, score } => (why, score, None),
        Verdict::Changed { why, texts } => (why, 100, Some(texts)),
        Verdict::Failed { why, passes } => {
            let action = if passes || guard.shadow {
                "failed_open"
            } else {
                "failed_closed"
            };
            guarded.findings.push(guard.finding(action, why.clone(), 0));
            if !passes && !guard.shadow && guarded.refusal.is_none() {
                let message = format!(
                    "The guard {} could not be asked, so the call goes no further. Try again.",
                    guard.name
                );
                guarded.refusal = Some(
                    Refusal::new(Code::GuardUnavailable, message)
                        .detail(why)
                        .rule(None, Some(guard.place.clone())),
                );
            }
            return;
        }
    };
    // A service that gives another text has chosen; what a filter of ours cuts out, the policy may want stopped.
    let is_service = matches!(guard.kind, GuardKind::External(_));
    let texts = texts.filter(|_| is_service || guard.action != GuardAction::Block);
    let action = match texts {
        Some(_) => GuardAction::Mask,
        // A service that only flags cannot take anything out: what it flags is stopped.
        None if guard.action == GuardAction::Mask => GuardAction::Block,
        None => guard.action,
    };
    let action = if guard.action == GuardAction::Alert {
        GuardAction::Alert
    } else {
        action
    };
    guarded
        .findings
        .push(guard.finding(action.as_str(), what, score));
    if guard.shadow {
        return;
    }
    guarded.classes.extend(guard.class.clone());
    match (action, texts) {
        (GuardAction::Mask, Some(texts)) => {
            for (place, text) in now.iter_mut().zip(texts) {
                if let Some(text) = text {
                    place.text = text;
                }
            }
        }
        (GuardAction::Block, _) if guarded.refusal.is_none() => {
            let message = match side {
                Side::Requests => format!("The guard {} does not let this call pass.", guard.name),
                Side::Answers => format!("The guard {} does not let the answer pass.", guard.name),
            };
            guarded.refusal = Some(
                Refusal::new(Code::GuardBlocked, message).rule(None, Some(guard.place.clone())),
            );
        }
        _ => {}
    }
}

/// The body with the changed texts in it.
fn write(body: &Bytes, texts: &[GuardText], now: &[GuardText]) -> Option<Bytes> {
    let mut changed = texts
        .iter()
        .zip(now)
        .filter(|(text, new)| text.text != new.text)
        .peekable();
    changed.peek()?;
    let index = Index::parse(body, &Limits::default()).ok()?;
    let doc: Doc<'_> = index.doc(body);
    let mut edits = Edits::new();
    for (text, new) in changed {
        let mut out = Vec::with_capacity(new.text.len() + 2);
        write_str(&mut out, &new.text);
        edits.replace(doc.span(text.node), out);
    }
    Some(edits.apply(body).into())
}
