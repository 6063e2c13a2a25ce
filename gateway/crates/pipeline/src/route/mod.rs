//! Innermost: an ordered plan over the cleared targets, and one attempt after another until one answers.

use std::sync::Arc;
use std::task::{Context, Poll};

use marshal_routing::{Need, Plan, Removed, Target};
use marshal_types::{Code, Effect, Refusal, Surface, SurfaceKind, Tokens};
use tower::Service;

use crate::budget::Reserved;
use crate::comply::ClearedTarget;
use crate::dispatch::{COUNTS, Failed, Job, attempt};
use crate::limit::estimate_tokens;
use crate::step::{Answer, BoxFuture};
use crate::{Cleared, Shared};

/// A call goes out at most this often.
const MAX_ATTEMPTS: usize = 4;

/// The end of the recipe.
#[derive(Clone, Debug)]
pub struct Route(pub Arc<Shared>);

impl Service<Reserved> for Route {
    type Response = Answer;
    type Error = Refusal;
    type Future = BoxFuture<Result<Answer, Refusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, reserved: Reserved) -> Self::Future {
        let shared = self.0.clone();
        Box::pin(async move {
            let plan = plan(&shared, &reserved)?;
            run(shared, reserved, plan).await
        })
    }
}

fn plan(shared: &Shared, reserved: &Reserved) -> Result<Plan, Refusal> {
    let cleared = reserved.cleared();
    let permitted = &cleared.inspected().limited().permitted;
    let ask = permitted.ask();
    let surface = permitted
        .call()
        .ctx()
        .surface
        .unwrap_or(Surface::Passthrough);
    let need = Need {
        capabilities: crate::dispatch::capabilities(ask.facts.needs),
        input: Tokens(estimate_tokens(ask.body.len())),
        max_output: ask.facts.max_output.map(Tokens),
        dialect: permitted.call().ctx().dialect,
        mode: surface.mode(),
    };
    let (candidates, without): (Vec<_>, Vec<_>) = cleared
        .targets()
        .iter()
        .map(|cleared| cleared.target.clone())
        .partition(|target| reachable(target, surface));
    let strategy = ask.strategy.unwrap_or(permitted.resolved().strategy);
    let mut plan = shared.router.plan(&need, &candidates, strategy);
    plan.removed.extend(without.iter().map(|target| Removed {
        target: target.name.clone(),
        why: format!("its provider does not offer {}", surface.as_str()).into(),
    }));
    if plan.order.is_empty() {
        let why: Vec<String> = plan
            .removed
            .iter()
            .map(|gone| format!("{}: {}", gone.target, gone.why))
            .collect();
        let message = format!(
            "No target of this model can take the call. {}",
            why.join("; ")
        );
        return Err(Refusal::new(Code::NoTarget, message).param("model"));
    }
    Ok(plan)
}

/// Doors through which the same can be asked in other words.
fn other_doors(surface: Surface) -> &'static [Surface] {
    match surface {
        Surface::Embeddings
        | Surface::EmbedContent
        | Surface::CohereEmbed
        | Surface::OllamaEmbed => &[
            Surface::Embeddings,
            Surface::EmbedContent,
            Surface::CohereEmbed,
            Surface::OllamaEmbed,
        ],
        Surface::CountTokens | Surface::GeminiCountTokens | Surface::ResponseTools => &COUNTS,
        _ => &[],
    }
}

/// Whether the target's provider can be asked this: through the same door, or through one that says the same.
pub(crate) fn reachable(target: &Target, surface: Surface) -> bool {
    surface.kind() == SurfaceKind::Object
        || target.has_door(surface)
        || other_doors(surface)
            .iter()
            .any(|door| target.surfaces.contains(door))
}

async fn run(shared: Arc<Shared>, reserved: Reserved, plan: Plan) -> Result<Answer, Refusal> {
    let (cleared, reservation) = reserved.into_parts();
    let order: Vec<ClearedTarget> = plan
        .order
        .iter()
        .filter_map(|planned| {
            cleared
                .targets()
                .iter()
                .find(|cleared| cleared.target.name == planned.target.name)
        })
        .cloned()
        .collect();
    let count = order.len().min(MAX_ATTEMPTS);
    let mut job = Job::new(shared, cleared, reservation, plan);
    for (number, mut target) in order.into_iter().take(count).enumerate() {
        let last = number + 1 == count;
        target.compliance_rule = fresh_verdict(job.cleared(), &target)?;
        match attempt(job, target, last).await {
            Ok(answer) => return Ok(answer),
            Err(Failed { refusal, .. }) if last => return Err(refusal),
            Err(Failed {
                job: Some(back), ..
            }) => job = back,
            Err(Failed { refusal, job: None }) => return Err(refusal),
        }
    }
    Err(Refusal::new(
        Code::NoTarget,
        "No target of this model can take the call.",
    ))
}

/// An outage never moves data to a target that policy would refuse.
fn fresh_verdict(
    cleared: &Cleared,
    target: &ClearedTarget,
) -> Result<Option<marshal_types::RuleId>, Refusal> {
    let decision = cleared.verdict(target);
    match decision.effect {
        Effect::Allow => Ok(decision.rule),
        Effect::Deny => Err(Refusal::new(
            Code::ComplianceDenied,
            format!(
                "The compliance policy does not let {} receive this call: {}",
                target.target.name, decision.reason
            ),
        )
        .rule(decision.rule, decision.place)),
    }
}
