//! Doors that are asked for by their own name: `api:files`, `api:passthrough`.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_routing::{Capabilities, Resolved, Strategy, Target};
use marshal_telemetry::{Attribute, Operation};
use marshal_types::{
    Action, Code, Dialect, Effect, Facts, Mode, ModelName, Object, ProviderName, Refusal, Surface,
    TargetName,
};

use super::demands::Demands;
use super::{Permitted, PermittedTarget, batch, question, tools};
use crate::call::Ask;
use crate::decode::shown;
use crate::facts::with_target;
use crate::{Authenticated, Governance, Provider, Shared};

/// Permits a call that asks no model: what providers keep for their owners, and their own paths.
pub(super) fn permit(
    shared: &Shared,
    call: Authenticated<Box<Ask>>,
    tools: &BTreeSet<String>,
) -> Result<Permitted, Refusal> {
    let ask = call.inner();
    let surface = call.ctx().surface.unwrap_or(Surface::Passthrough);
    let object = object(surface);
    let mut names: Vec<_> = shared
        .providers
        .iter()
        .filter(|(name, provider)| match &ask.pinned {
            Some(pinned) => *pinned == **name,
            None => provider.surfaces.contains(&surface),
        })
        .filter(|(_, provider)| {
            // Two dialects have batches, each at its own path.
            surface != Surface::Batches
                || provider.dialects.contains(&Dialect::Anthropic)
                    == ask.tail.starts_with("/messages/")
                || provider.dialects.contains(&Dialect::OpenAi)
                    && !ask.tail.starts_with("/messages/")
        })
        .collect();
    names.sort_by_key(|(name, _)| *name);
    if let Some(span) = call.ctx().span.lock().as_mut() {
        span.set_request(Operation::of(surface), surface.as_str());
        span.set(Attribute::Policy(&call.governance().digest));
        span.set(Attribute::Tenant(&call.principal().domain));
    }
    let mut targets = Vec::new();
    let mut denied = None;
    let batched = batch::models(surface, ask)?;
    let (bundle, now) = (&call.governance().bundle, shared.clock.now());
    for (name, provider) in names {
        let of_batch = match batch::allowed(shared, &call, name, &batched) {
            Ok(allowed) => allowed,
            Err(refusal) => {
                denied = denied.or(Some(refusal));
                continue;
            }
        };
        let target = keeper(name, provider, surface);
        let facts = Arc::new(with_target(bundle, now, &ask.known, &target));
        question::note_target(&call, &target.name, &facts);
        let decision =
            call.governance()
                .bundle
                .authorize(call.principal(), &object, Action::Invoke, &facts);
        match decision.effect {
            Effect::Allow => {
                let tools = match tools::ask_about(bundle, call.principal(), tools, &facts) {
                    Ok(tools) => tools,
                    Err(refusal) => {
                        denied = denied.or(Some(refusal));
                        continue;
                    }
                };
                let rule = decision.rule.clone();
                let demands = tools.and(Demands::of(decision));
                targets.push(PermittedTarget {
                    target: Arc::new(target),
                    rule,
                    shadow: [demands.shadow, of_batch.shadow].concat(),
                    facts,
                    obligations: demands.obligations,
                    batched: of_batch.models,
                });
            }
            Effect::Deny => {
                let message = format!(
                    "The access policy does not let this key use {object} at `{name}`: {}",
                    decision.reason
                );
                let refusal =
                    Refusal::new(Code::AccessDenied, message).rule(decision.rule, decision.place);
                denied = denied.or(Some(refusal));
            }
        }
    }
    if targets.is_empty() {
        return Err(denied.unwrap_or_else(|| missing(call.governance(), ask, surface)));
    }
    let resolved = Resolved {
        name: Arc::from(surface.as_str()),
        candidates: targets.iter().map(|one| one.target.clone()).collect(),
        strategy: Strategy::Ordered,
        cache_ttl_s: None,
    };
    Ok(Permitted {
        authenticated: call,
        resolved,
        targets,
    })
}

/// The provider itself as a target: `openai/files`.
fn keeper(name: &ProviderName, provider: &Provider, surface: Surface) -> Target {
    Target {
        name: TargetName {
            provider: name.clone(),
            model: ModelName::new(surface.as_str()),
        },
        id: Arc::from(surface.as_str()),
        dialects: provider.dialects.clone(),
        capabilities: Capabilities::ALL,
        price: None,
        max_output: None,
        context_window: None,
        facts: provider.facts.clone(),
        mode: Mode::Any,
        surfaces: provider.surfaces.clone(),
        listed: false,
    }
}

fn missing(governance: &Governance, ask: &Ask, surface: Surface) -> Refusal {
    let message = match &ask.pinned {
        Some(provider) => format!(
            "No provider `{}` is configured here.",
            shown(governance, provider.as_str())
        ),
        None => format!(
            "No configured provider has `{}`; ask the operator for one that has.",
            surface.as_str()
        ),
    };
    Refusal::new(Code::NoTarget, message)
}

/// Asks for the door by its own name, beside the model that a target is asked for. Gives what the door obliges to, and
/// what lines in shadow mode would have said; nothing where nobody asks.
pub(super) fn door_is_open<T>(
    call: &Authenticated<T>,
    surface: Surface,
    action: Action,
    facts: &Facts,
) -> Result<Demands, Refusal> {
    let bundle = &call.governance().bundle;
    let Some(decision) = bundle.door(call.principal(), surface, action, facts) else {
        return Ok(Demands::default());
    };
    if decision.effect == Effect::Allow {
        return Ok(Demands::of(decision));
    }
    let object = object(surface);
    let message = format!(
        "The access policy does not let this key use {object}: {}",
        decision.reason
    );
    Err(Refusal::new(Code::AccessDenied, message).rule(decision.rule, decision.place))
}

fn object(surface: Surface) -> Object {
    Object(Arc::from(format!("api:{}", surface.as_str())))
}
