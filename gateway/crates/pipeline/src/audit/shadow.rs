//! A whole bundle in shadow mode: it decides nothing, and where it would have decided otherwise the record says so.

use std::borrow::Cow;

use marshal_audit::ShadowBundle;
use marshal_telemetry::ShadowResult;
use marshal_types::{Code, Effect, Surface};

use super::records::decided_by_policy;
use crate::authorize::question;
use crate::call::Notes;
use crate::comply::ClearedTarget;
use crate::replay::{Recorded, RecordedTarget, judge};
use crate::{Cleared, Ctx, Governance, Shared};

/// What it would have said of an attempt that is about to go out.
pub(super) fn of_attempt(
    shared: &Shared,
    cleared: &Cleared,
    target: &ClearedTarget,
) -> Option<ShadowBundle<'static>> {
    let inspected = cleared.inspected();
    let permitted = &inspected.limited().permitted;
    let call = permitted.call();
    call.governance().shadow.as_ref()?;
    let recorded = Recorded {
        principal: call.principal().clone(),
        surface: call.ctx().surface.unwrap_or(Surface::Passthrough),
        action: question::action(permitted.ask()),
        classes: Some(inspected.inspection().classes.clone()),
        method: permitted.ask().method.clone(),
        targets: vec![RecordedTarget {
            name: target.target.name.clone(),
            facts: (*target.facts).clone(),
            evidence: call.governance().bundle.evidence_of(&target.target.name),
        }],
    };
    differs(shared, call.governance(), &recorded, Effect::Allow)
}

/// What it would have said of a call that is refused.
pub(super) fn of_refusal(
    shared: &Shared,
    ctx: &Ctx,
    notes: &Notes,
    code: Code,
) -> Option<ShadowBundle<'static>> {
    let governance = shared.governance.load();
    governance.shadow.as_ref()?;
    let question = notes
        .question
        .as_ref()
        .filter(|_| decided_by_policy(code))?;
    let looked_into = code != Code::AccessDenied;
    let classes = notes.classes.iter().cloned().map(marshal_types::DataClass);
    let recorded = Recorded {
        principal: marshal_types::Principal {
            subjects: question.subjects.clone(),
            domain: notes.tenant.clone()?,
        },
        surface: ctx.surface?,
        action: question.action,
        classes: looked_into.then(|| classes.collect()),
        method: question.method.clone(),
        targets: question
            .targets
            .iter()
            .map(|target| RecordedTarget {
                name: target.name.clone(),
                facts: (*target.facts).clone(),
                evidence: target.evidence.clone(),
            })
            .collect(),
    };
    if recorded.targets.is_empty() {
        return None;
    }
    differs(shared, &governance, &recorded, Effect::Deny)
}

fn differs(
    shared: &Shared,
    governance: &Governance,
    recorded: &Recorded,
    was: Effect,
) -> Option<ShadowBundle<'static>> {
    let bundle = governance.shadow.as_ref()?;
    let judged = judge(bundle, recorded);
    let would = if judged.allowed {
        Effect::Allow
    } else {
        Effect::Deny
    };
    shared.telemetry.metrics.shadow_bundle(match (was, would) {
        (Effect::Deny, Effect::Allow) => ShadowResult::Gains,
        (Effect::Allow, Effect::Deny) => ShadowResult::Loses,
        _ => ShadowResult::Same,
    });
    (would != was).then(|| ShadowBundle {
        policy: bundle.digest(),
        rule: judged.rule.map(|rule| Cow::Owned(rule.to_string())),
        would,
    })
}
