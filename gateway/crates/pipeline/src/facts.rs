//! What conditions of policies may ask of a call, and of a call together with a target.
//!
//! Every name of the vocabulary that is about a call is stated here. A line that denies by a fact which nobody
//! states would never deny.

use std::sync::Arc;

use marshal_adapter_api::ChatFacts;
use marshal_routing::Target;
use marshal_types::{Dialect, Fact, Facts, Surface};

/// Of a call: what the client claims (purpose, tags), and what the request shows.
pub(crate) fn of_call(
    claims: Facts,
    surface: Option<Surface>,
    dialect: Dialect,
    chat: &ChatFacts,
) -> Facts {
    let surface = surface.map_or("none", Surface::as_str);
    let facts = claims
        .with("stream", Fact::Bool(chat.stream))
        .with("tools", Fact::Bool(chat.needs.tools))
        .with("surface", Fact::Text(Arc::from(surface)))
        .with("dialect", Fact::Text(Arc::from(dialect.as_str())));
    match chat.max_output {
        Some(most) => facts.with(
            "max_output",
            Fact::Number(i64::try_from(most).unwrap_or(i64::MAX)),
        ),
        None => facts,
    }
}

/// Of a call and a target. What is known of the target is never overridden by what a client claims.
pub(crate) fn with_target(call: &Facts, target: &Target) -> Facts {
    let mut all = call.clone();
    for (name, fact) in &target.facts.0 {
        all.0.insert(name.clone(), fact.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use marshal_adapter_api::Needs;
    use marshal_policies::FACTS;

    use super::*;

    #[test]
    fn every_fact_of_a_call_that_a_condition_may_ask_for_is_stated() {
        let claims = Facts::default()
            .with("purpose", Fact::Text(Arc::from("support")))
            .with("tags", Fact::List(vec![Arc::from("a")]));
        let chat = ChatFacts {
            model: "m".to_owned(),
            stream: true,
            max_output: Some(u64::MAX),
            needs: Needs::default(),
            choices: 1,
        };
        let stated = of_call(claims, Some(Surface::Messages), Dialect::Anthropic, &chat);
        let of_calls = FACTS.iter().skip_while(|(name, _)| *name != "purpose");
        for (name, _) in of_calls {
            assert!(stated.get(name).is_some(), "{name}");
        }
        assert_eq!(stated.get("max_output"), Some(&Fact::Number(i64::MAX)));
    }
}
