//! Which targets what was found may go to: the compliance policy, asked for each target and again for each attempt.

use std::sync::Arc;

use marshal_policies::{Decision, Obligations, ShadowHit};
use marshal_routing::Target;
use marshal_types::{Civil, Code, Effect, Facts, Refusal, RuleId, Surface, TargetName};

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
        next.go(cleared).await
    }
}

fn clear(inspected: Inspected, today: Civil) -> Result<Cleared, Refusal> {
    let mut targets = Vec::new();
    let mut refused = Vec::new();
    let mut first = None;
    let mut unmet = None;
    for permitted in inspected.limited().permitted.targets() {
        let mut decision = verdict(&inspected, &permitted.target.name, &permitted.facts);
        let mut of_models = None;
        match of_batch(&inspected, &permitted.batched) {
            Ok(obligations) => of_models = obligations,
            Err(denied) => decision = denied,
        }
        match decision.effect {
            Effect::Allow => {
                let obligations =
                    Obligations::joined(permitted.obligations.clone(), decision.obligations);
                let obligations = Obligations::joined(obligations, of_models);
                let call = inspected.limited().permitted.call();
                // What a file asks of models later is a batch, through whatever door it comes.
                let surface = match permitted.batched.is_empty() {
                    true => call.ctx().surface.unwrap_or(Surface::Passthrough),
                    false => Surface::Batches,
                };
                let door = (surface, &inspected.limited().permitted.ask().method);
                let met = obligations::check(
                    &call.governance().bundle,
                    call.principal(),
                    obligations.as_deref(),
                    door,
                    &permitted.facts,
                    today,
                );
                if let Err(refusal) = met {
                    refused.push((permitted.target.clone(), refusal.message.to_string()));
                    unmet = unmet.or(Some(refusal));
                    continue;
                }
                targets.push(ClearedTarget {
                    target: permitted.target.clone(),
                    facts: permitted.facts.clone(),
                    access_rule: permitted.rule.clone(),
                    compliance_rule: decision.rule,
                    shadow: [&permitted.shadow[..], &decision.shadow[..]].concat(),
                    obligations,
                });
            }
            Effect::Deny => {
                refused.push((permitted.target.clone(), decision.reason.to_string()));
                first = first.or(Some(decision));
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

/// Asks about every model of a batch: the first that may not have what is in it, or what all of them oblige to.
fn of_batch(
    inspected: &Inspected,
    batched: &[(TargetName, Arc<Facts>)],
) -> Result<Option<Arc<Obligations>>, Decision> {
    let mut obligations = None;
    for (target, facts) in batched {
        let decision = verdict(inspected, target, facts);
        if decision.effect == Effect::Deny {
            return Err(decision);
        }
        obligations = Obligations::joined(obligations, decision.obligations);
    }
    Ok(obligations)
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
