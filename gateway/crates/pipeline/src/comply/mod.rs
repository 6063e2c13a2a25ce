//! Which targets what was found may go to: the compliance policy, asked for each target and again for each attempt.

use std::sync::Arc;

use marshal_policies::{Decision, Obligations, ShadowHit};
use marshal_routing::Target;
use marshal_telemetry::Part;
use marshal_types::{Civil, Code, Effect, Facts, Refusal, RuleId, Surface, TargetName};

use crate::authorize::PermittedTarget;
use crate::obligations;
use crate::step::{Answer, Next, Step};
use crate::{Inspected, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Comply(pub Arc<Shared>);

/// A call with the targets that its data may go to.
#[derive(Debug)]
pub struct Cleared {
    inspected: Inspected,
    targets: Vec<ClearedTarget>,
    refused: Vec<(Arc<Target>, String)>,
}

/// A target with the lines that allowed it, and what conditions may ask of it together with the call.
#[derive(Clone, Debug)]
pub(crate) struct ClearedTarget {
    pub target: Arc<Target>,
    pub facts: Arc<Facts>,
    pub access_rule: Option<RuleId>,
    pub compliance_rule: Option<RuleId>,
    /// What lines in shadow mode would have said.
    pub shadow: Vec<ShadowHit>,
    /// What the lines of both policies that matched oblige to.
    pub obligations: Option<Arc<Obligations>>,
}

impl ClearedTarget {
    /// The most output tokens that an answer may have here: as the client asks, and no more than is allowed.
    pub(crate) fn max_output(&self, asked: Option<u64>) -> Option<u64> {
        let allowed = self.obligations.as_ref().and_then(|one| one.max_tokens);
        match (asked, allowed) {
            (Some(asked), Some(allowed)) => Some(asked.min(allowed)),
            (asked, allowed) => asked.or(allowed),
        }
    }
}

impl Cleared {
    pub(crate) const fn inspected(&self) -> &Inspected {
        &self.inspected
    }

    pub(crate) fn targets(&self) -> &[ClearedTarget] {
        &self.targets
    }

    /// Targets that the caller may use, but not with this data, and why not.
    pub(crate) fn refused(&self) -> &[(Arc<Target>, String)] {
        &self.refused
    }

    pub(crate) fn into_inspected(self) -> Inspected {
        self.inspected
    }

    /// Asks again about one target: an attempt never leans on an older verdict.
    pub(crate) fn verdict(&self, target: &ClearedTarget) -> Decision {
        verdict(&self.inspected, &target.target.name, &target.facts)
    }
}

impl Step<Inspected> for Comply {
    type Out = Cleared;

    async fn run<N: Next<Cleared>>(
        &self,
        inspected: Inspected,
        next: N,
    ) -> Result<Answer, Refusal> {
        let cleared = clear(inspected, self.0.clock.now().civil())?;
        let call = cleared.inspected().limited().permitted.call();
        call.ctx().lap(&self.0, Part::Comply);
        next.go(cleared).await
    }
}

fn clear(inspected: Inspected, today: Civil) -> Result<Cleared, Refusal> {
    let mut targets = Vec::new();
    let mut refused = Vec::new();
    let mut first = None;
    let mut unmet = None;
    for permitted in inspected.limited().permitted.targets() {
        match judge(&inspected, permitted, today) {
            Judged::Cleared(target) => targets.push(target),
            Judged::Denied(decision) => {
                refused.push((permitted.target.clone(), decision.reason.to_string()));
                first = first.or(Some(decision));
            }
            Judged::Unmet(refusal) => {
                refused.push((permitted.target.clone(), refusal.message.to_string()));
                unmet = unmet.or(Some(refusal));
            }
        }
    }
    if !targets.is_empty() {
        return Ok(Cleared {
            inspected,
            targets,
            refused,
        });
    }
    if let Some(refusal) = unmet {
        return Err(refusal);
    }
    let found: Vec<&str> = inspected
        .inspection()
        .classes
        .iter()
        .map(|class| class.0.as_ref())
        .collect();
    let found = if found.is_empty() {
        "no sensitive data".to_owned()
    } else {
        found.join(", ")
    };
    let (reason, rule, place) = match first {
        Some(decision) => (decision.reason.to_string(), decision.rule, decision.place),
        None => ("no target is left".to_owned(), None, None),
    };
    let message = format!(
        "The compliance policy lets no target of this model receive the call, which holds {found}: {reason}"
    );
    Err(Refusal::new(Code::ComplianceDenied, message)
        .rule(rule, place)
        .param("model"))
}

/// What becomes of a target.
enum Judged {
    Cleared(ClearedTarget),
    /// A line denies it, or none allows it.
    Denied(Decision),
    /// It would be allowed, but what lines oblige to cannot be done there.
    Unmet(Refusal),
}

/// Asks about one target; of a batch, about each model that it names: each must be allowed to have what is in it, and
/// must meet what the call and its own lines demand.
fn judge(inspected: &Inspected, permitted: &PermittedTarget, today: Civil) -> Judged {
    let call = inspected.limited().permitted.call();
    let check = |surface, obligations: &Option<Arc<Obligations>>, facts: &Facts| {
        obligations::check(
            &call.governance().bundle,
            call.principal(),
            obligations.as_deref(),
            (surface, &inspected.limited().permitted.ask().method),
            facts,
            today,
        )
    };
    let decision = verdict(inspected, &permitted.target.name, &permitted.facts);
    if decision.effect == Effect::Deny {
        return Judged::Denied(decision);
    }
    let shared = Obligations::joined(permitted.obligations.clone(), decision.obligations);
    let mut obligations = shared.clone();
    let mut shadow = [&permitted.shadow[..], &decision.shadow[..]].concat();
    if permitted.batched.is_empty() {
        let surface = call.ctx().surface.unwrap_or(Surface::Passthrough);
        if let Err(refusal) = check(surface, &shared, &permitted.facts) {
            return Judged::Unmet(refusal);
        }
    }
    for model in &permitted.batched {
        let decision = verdict(inspected, &model.name, &model.facts);
        if decision.effect == Effect::Deny {
            return Judged::Denied(decision);
        }
        let own = Obligations::joined(model.obligations.clone(), decision.obligations);
        let own = Obligations::joined(shared.clone(), own);
        // What a file asks of models later is a batch, through whatever door it comes.
        if let Err(refusal) = check(Surface::Batches, &own, &model.facts) {
            return Judged::Unmet(refusal);
        }
        obligations = Obligations::joined(obligations, own);
        shadow.extend(decision.shadow);
    }
    Judged::Cleared(ClearedTarget {
        target: permitted.target.clone(),
        facts: permitted.facts.clone(),
        access_rule: permitted.rule.clone(),
        compliance_rule: decision.rule,
        shadow,
        obligations,
    })
}

fn verdict(inspected: &Inspected, target: &TargetName, facts: &Facts) -> Decision {
    let call = inspected.limited().permitted.call();
    call.governance().bundle.comply(
        call.principal(),
        &inspected.inspection().classes,
        target,
        facts,
    )
}
