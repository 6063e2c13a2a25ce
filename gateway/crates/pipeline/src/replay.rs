//! A recorded question, put to a bundle again: by the same functions that decided it when it was asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_policies::{Bundle, Obligations};
use marshal_types::{
    Action, Civil, DataClass, Effect, Fact, Facts, Object, Principal, RuleId, Surface, SurfaceKind,
    TargetName,
};

use crate::obligations;

/// What a call asked the policies, as its record tells.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Who asked.
    pub principal: Principal,
    /// Through which door.
    pub surface: Surface,
    /// What for.
    pub action: Action,
    /// What was found in the call; `None` where it was refused before anyone looked.
    pub classes: Option<BTreeSet<DataClass>>,
    /// The request's method.
    pub method: http::Method,
    /// The targets that were asked for.
    pub targets: Vec<RecordedTarget>,
}

/// A target, with what was known of it and of the call.
#[derive(Clone, Debug)]
pub struct RecordedTarget {
    /// The target.
    pub name: TargetName,
    /// Every fact that was asked with.
    pub facts: Facts,
    /// Those of which `facts.yaml` had the say: another bundle has its own.
    pub evidence: Vec<Arc<str>>,
}

impl RecordedTarget {
    /// What would be known under a bundle on the day of the call, and that day.
    #[must_use]
    pub fn known(&self, bundle: &Bundle) -> (Facts, Civil) {
        // The day of the call, so that a fact or an approval counts as it did then.
        let today = match self.facts.get("date") {
            Some(Fact::Number(day)) => Civil {
                year: day / 10_000,
                month: day / 100 % 100,
                day: day % 100,
            },
            _ => Civil {
                year: 0,
                month: 1,
                day: 1,
            },
        };
        let mut facts = self.facts.clone();
        facts.0.retain(|name, _| !self.evidence.contains(name));
        bundle.facts_of(&self.name, today, &mut facts);
        (facts, today)
    }
}

/// What a bundle says to a recorded question: the first target that is allowed, else why the first one is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether some target may be asked.
    pub allowed: bool,
    /// The target that this is about.
    pub target: Option<TargetName>,
    /// The line that decided last.
    pub rule: Option<RuleId>,
    /// Why.
    pub reason: String,
}

/// Puts the question to a bundle.
#[must_use]
pub fn judge(bundle: &Bundle, recorded: &Recorded) -> Judged {
    let mut first = None;
    for target in &recorded.targets {
        let judged = at_target(bundle, recorded, target);
        if judged.allowed {
            return judged;
        }
        first = first.or(Some(judged));
    }
    first.unwrap_or(Judged {
        allowed: false,
        target: None,
        rule: None,
        reason: "the record names no target".to_owned(),
    })
}

fn at_target(bundle: &Bundle, recorded: &Recorded, asked: &RecordedTarget) -> Judged {
    let target = &asked.name;
    let (principal, surface) = (&recorded.principal, recorded.surface);
    let (facts, today) = asked.known(bundle);
    let judged = |allowed, rule: Option<RuleId>, reason: &str| Judged {
        allowed,
        target: Some(target.clone()),
        rule,
        reason: reason.to_owned(),
    };
    let door = bundle.door(principal, surface, recorded.action, &facts);
    if let Some(door) = &door
        && door.effect == Effect::Deny
    {
        return judged(false, door.rule.clone(), &door.reason);
    }
    let own_name =
        surface.kind() == SurfaceKind::Object && target.model.as_str() == surface.as_str();
    let mut obligations = door.and_then(|door| door.obligations);
    let mut rule = None;
    let mut reason = Arc::from("its door is open");
    if !own_name {
        let object = Object(format!("model:{target}").into());
        let access = bundle.authorize(principal, &object, recorded.action, &facts);
        if access.effect == Effect::Deny {
            return judged(false, access.rule, &access.reason);
        }
        obligations = Obligations::joined(obligations, access.obligations);
        (rule, reason) = (access.rule, access.reason);
    }
    if let Some(classes) = &recorded.classes {
        let compliance = bundle.comply(principal, classes, target, &facts);
        if compliance.effect == Effect::Deny {
            return judged(false, compliance.rule, &compliance.reason);
        }
        obligations = Obligations::joined(obligations, compliance.obligations);
        (rule, reason) = (compliance.rule, compliance.reason);
    }
    let door = (surface, &recorded.method);
    match obligations::check(
        bundle,
        principal,
        obligations.as_deref(),
        door,
        &facts,
        today,
    ) {
        Ok(()) => judged(true, rule, &reason),
        Err(refusal) => judged(false, refusal.rule, &refusal.message),
    }
}
