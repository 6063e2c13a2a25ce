//! Who may do what with which model: the access policy, deny by default.

mod batch;
mod demands;
mod models;
mod object;
pub(crate) mod question;
pub(crate) mod tools;

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_policies::{Decision, Obligations, ShadowHit};
use marshal_routing::{Resolved, Target};
use marshal_telemetry::{Attribute, Operation, Part};
use marshal_types::{
    Action, Code, Effect, Fact, Facts, Object, Place, Refusal, RuleId, Surface, TargetName,
};

use demands::Demands;

use crate::call::Ask;
use crate::decode::Asked;
use crate::dispatch;
use crate::facts::with_cost;
use crate::objects;
use crate::observe;
use crate::route::reachable;
use crate::step::{Answer, Next, Step};
use crate::{Authenticated, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Authorize(pub Arc<Shared>);

/// A call that the access policy allows, with the targets that it may ask for.
#[derive(Debug)]
pub struct Permitted {
    authenticated: Authenticated<Box<Ask>>,
    resolved: Resolved,
    targets: Vec<PermittedTarget>,
}

/// A target with the line that allowed it, and what conditions may ask of it together with the call.
#[derive(Clone, Debug)]
pub(crate) struct PermittedTarget {
    pub target: Arc<Target>,
    pub rule: Option<RuleId>,
    /// What lines in shadow mode would have said.
    pub shadow: Vec<ShadowHit>,
    pub facts: Arc<Facts>,
    /// What has to hold for it to be asked.
    pub obligations: Option<Arc<Obligations>>,
    /// The models that a batch will ask there.
    pub batched: Vec<BatchedModel>,
}

/// A model that a batch will ask: the data of the batch goes there.
#[derive(Clone, Debug)]
pub(crate) struct BatchedModel {
    pub name: TargetName,
    pub facts: Facts,
    pub obligations: Option<Arc<Obligations>>,
}

impl Permitted {
    pub(crate) const fn call(&self) -> &Authenticated<Box<Ask>> {
        &self.authenticated
    }

    pub(crate) fn ask(&self) -> &Ask {
        self.authenticated.inner()
    }

    pub(crate) fn ask_mut(&mut self) -> &mut Ask {
        self.authenticated.inner_mut()
    }

    pub(crate) const fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    pub(crate) fn targets(&self) -> &[PermittedTarget] {
        &self.targets
    }
}

impl Step<Authenticated<Asked>> for Authorize {
    type Out = Permitted;

    async fn run<N: Next<Permitted>>(
        &self,
        input: Authenticated<Asked>,
        next: N,
    ) -> Result<Answer, Refusal> {
        let (input, asked) = input.swap(());
        match asked {
            Asked::Models { id } => models::answer(&self.0, &input, id.as_deref()).await,
            Asked::Ask(ask) => {
                let (mut authenticated, ()) = input.swap(ask);
                if let Some(keeper) = objects::check(&self.0, &authenticated)? {
                    // What a provider keeps is there and nowhere else.
                    authenticated.inner_mut().pinned = Some(keeper);
                }
                let tools = tools::brought(&authenticated)?;
                if !tools.is_empty() {
                    // Whatever its dialect calls them, and those of a batch too.
                    let ask = authenticated.inner_mut();
                    ask.known = std::mem::take(&mut ask.known).with("tools", Fact::Bool(true));
                }
                question::note(&authenticated);
                let permitted = if authenticated.inner().facts.model.is_empty() {
                    object::permit(&self.0, authenticated, &tools)?
                } else {
                    self.permit(authenticated, &tools)?
                };
                if let Some(estimate) = estimate(&permitted) {
                    let (call, _) = permitted.authenticated.swap(());
                    return crate::answer::local(&self.0, &call, estimate).await;
                }
                permitted.call().ctx().lap(&self.0, Part::Authorize);
                next.go(permitted).await
            }
        }
    }
}

impl Authorize {
    fn permit(
        &self,
        call: Authenticated<Box<Ask>>,
        tools: &BTreeSet<String>,
    ) -> Result<Permitted, Refusal> {
        let ask = call.inner();
        let Some(resolved) = self.resolve(ask) else {
            return Err(self.unknown(&call));
        };
        let surface = call.ctx().surface;
        if let Some(span) = call.ctx().span.lock().as_mut() {
            let operation = Operation::of(surface.unwrap_or(Surface::Passthrough));
            span.set_request(operation, &resolved.name);
            span.set(Attribute::RequestStream(ask.facts.stream));
            observe::asked(&self.0, span, ask, call.ctx());
            span.set(Attribute::Policy(&call.governance().digest));
            span.set(Attribute::Tenant(&call.principal().domain));
        }
        let action = question::action(ask);
        let surface = surface.unwrap_or(Surface::Passthrough);
        let batched = batch::models(surface, ask)?;
        let now = self.0.clock.now();
        let bundle = &call.governance().bundle;
        let mut denied = None;
        let mut targets = Vec::with_capacity(resolved.candidates.len());
        for target in resolved.candidates.iter() {
            if ask
                .pinned
                .as_ref()
                .is_some_and(|pinned| *pinned != target.name.provider)
            {
                continue;
            }
            let facts = Arc::new(with_cost(bundle, now, ask, target));
            question::note_target(&call, &target.name, &facts);
            let permitted = batch::allowed(&self.0, &call, &target.name.provider, &batched)
                .and_then(|batch| {
                    let door = object::door_is_open(&call, surface, action, &facts)?;
                    let decision = permit(&call, target, action, &facts)?;
                    let tools = tools::ask_about(bundle, call.principal(), tools, &facts)?;
                    Ok((batch, door.and(tools), decision))
                });
            match permitted {
                Ok((batch, door, decision)) => {
                    let rule = decision.rule.clone();
                    let demands = door.and(Demands::of(decision));
                    targets.push(PermittedTarget {
                        target: target.clone(),
                        rule,
                        shadow: [demands.shadow, batch.shadow].concat(),
                        facts,
                        obligations: demands.obligations,
                        batched: batch.models,
                    });
                }
                Err(refusal) => denied = denied.or(Some(refusal)),
            }
        }
        match denied {
            Some(refusal) if targets.is_empty() => Err(refusal),
            None if targets.is_empty() => Err(self.unknown(&call)),
            _ => Ok(Permitted {
                authenticated: call,
                resolved,
                targets,
            }),
        }
    }

    /// Where the address names the provider, the name is that provider's own.
    fn resolve(&self, ask: &Ask) -> Option<Resolved> {
        let model = &ask.facts.model;
        match &ask.pinned {
            Some(provider) => self
                .0
                .directory
                .resolve(&format!("{provider}/{model}"))
                .or_else(|| self.0.directory.resolve(model)),
            None => self.0.directory.resolve(model),
        }
    }

    fn unknown(&self, call: &Authenticated<Box<Ask>>) -> Refusal {
        let model = &call.inner().facts.model;
        // What this key may not see, it is not told of either.
        let nearest = self.0.directory.nearest(model);
        let known = match nearest.filter(|name| models::is_listed(&self.0, call, name)) {
            Some(nearest) => format!(" Did you mean `{nearest}`?"),
            None => String::new(),
        };
        let mut shown: String = model
            .chars()
            .filter(|symbol| !symbol.is_control())
            .take(80)
            .collect();
        // Whatever stands where a model's name should, it is not repeated if it looks like data.
        if !call.governance().bundle.scan(model).is_empty() {
            "(withheld)".clone_into(&mut shown);
            call.ctx().notes.lock().request_model = Some(shown.clone());
        }
        let message = format!(
            "No model is known as `{shown}`.{known} GET /v1/models lists what this key may use."
        );
        Refusal::new(Code::UnknownModel, message).param("model")
    }
}

/// How many tokens a conversation has, where no provider of its model can be asked.
fn estimate(permitted: &Permitted) -> Option<Vec<u8>> {
    let ask = permitted.ask();
    let surface = permitted.call().ctx().surface?;
    let nobody = dispatch::counts(surface, ask)
        && !permitted
            .targets()
            .iter()
            .any(|permitted| reachable(&permitted.target, surface));
    nobody.then(|| dispatch::estimate(surface, ask.body.len()))
}

/// Asks the access policy about one target.
///
/// # Errors
/// The refusal, with the line that decided or the reason why none allowed it.
pub(crate) fn permit<T>(
    call: &Authenticated<T>,
    target: &Target,
    action: Action,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let object = Object(Arc::from(format!("model:{}", target.name)));
    let decision = call
        .governance()
        .bundle
        .authorize(call.principal(), &object, action, facts);
    match decision.effect {
        Effect::Allow => Ok(decision),
        Effect::Deny => Err(denied(
            target,
            decision.reason.to_string(),
            decision.rule,
            decision.place,
        )),
    }
}

fn denied(target: &Target, reason: String, rule: Option<RuleId>, place: Option<Place>) -> Refusal {
    let message = format!(
        "The access policy does not let this key use {}: {reason}",
        target.name
    );
    Refusal::new(Code::AccessDenied, message)
        .rule(rule, place)
        .param("model")
}
