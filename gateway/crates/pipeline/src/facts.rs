//! What conditions of policies may ask of a call, and of a call together with a target.
//!
//! Every name of the vocabulary that is about a call is stated here. A line that denies by a fact which nobody
//! states would never deny.

use std::sync::Arc;

use marshal_adapter_api::ChatFacts;
use marshal_policies::Bundle;
use marshal_routing::Target;
use marshal_state::KeyInfo;
use marshal_types::{Dialect, Fact, Facts, NanoUsd, Surface, Timestamp, Tokens};

use crate::call::Ask;

/// Bytes of a request for a token of input: a rough count, for conditions that bound the size of a question.
const BYTES_A_TOKEN: usize = 4;

/// What is known of a call before its body is looked into.
pub(crate) struct Known<'a> {
    /// Who calls.
    pub who: &'a KeyInfo,
    pub surface: Option<Surface>,
    pub dialect: Dialect,
    pub chat: &'a ChatFacts,
    /// The length of the body in bytes.
    pub length: usize,
    pub now: Timestamp,
}

/// Of a call: what the client claims (purpose, tags), and what is known of it.
pub(crate) fn of_call(claims: Facts, known: &Known<'_>) -> Facts {
    let text = |text: &str| Fact::Text(Arc::from(text));
    let surface = known.surface.map_or("none", Surface::as_str);
    let mut facts = claims
        .with("stream", Fact::Bool(known.chat.stream))
        .with("tools", Fact::Bool(known.chat.needs.tools))
        .with("surface", text(surface))
        .with("dialect", text(known.dialect.as_str()))
        .with("input_tokens", number(known.length.div_ceil(BYTES_A_TOKEN)))
        .with("auth", text("key"))
        .with("break_glass", Fact::Bool(known.who.break_glass.is_some()))
        .with("time", number(known.now.hhmm()))
        .with("weekday", text(known.now.weekday()))
        .with("date", Fact::Number(known.now.civil().number()));
    let who = known.who;
    for (name, value) in [
        ("user", &who.user),
        ("team", &who.team),
        ("service", &who.service),
    ] {
        if let Some(value) = value {
            facts = facts.with(name, text(value));
        }
    }
    match known.chat.max_output {
        Some(most) => facts.with("max_output", number(most)),
        None => facts,
    }
}

/// Of a call and a target. What is known of the target is never overridden by what a client claims, and what has
/// evidence in `facts.yaml` not by what `marshal.yaml` says without.
pub(crate) fn with_target(bundle: &Bundle, now: Timestamp, call: &Facts, target: &Target) -> Facts {
    let mut all = call.clone();
    for (name, fact) in &target.facts.0 {
        all.0.insert(name.clone(), fact.clone());
    }
    bundle.facts_of(&target.name, now.civil(), &mut all);
    all
}

/// The same, with the most that the call could cost there.
pub(crate) fn with_cost(bundle: &Bundle, now: Timestamp, ask: &Ask, target: &Target) -> Facts {
    let worst = worst_case(ask, target, ask.facts.max_output);
    with_target(bundle, now, &ask.known, target)
        .with("max_cost_microusd", number(worst.0.div_ceil(1_000)))
}

/// The most that a call can cost at a target whose answers have at most so many tokens: every byte of the body is a
/// token of input.
pub(crate) fn worst_case(ask: &Ask, target: &Target, max_output: Option<u64>) -> NanoUsd {
    let choices = u64::from(ask.facts.choices.max(1));
    let most = target.longest_answer(max_output).saturating_mul(choices);
    let input = Tokens(ask.body.len() as u64);
    target.worst_case(input, Tokens(most), &ask.units)
}

fn number(number: impl TryInto<i64>) -> Fact {
    Fact::Number(number.try_into().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use marshal_adapter_api::Needs;
    use marshal_policies::CALL_FACTS;
    use marshal_state::NewKey;
    use marshal_types::KeyId;

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
        let key = NewKey {
            team: Some("core".to_owned()),
            user: Some("ann".to_owned()),
            service: Some("crawler".to_owned()),
            ..NewKey::named("app")
        };
        // 2026-12-03, a Thursday, 17:05 UTC.
        let now = Timestamp::from_micros(1_796_317_500_000_000);
        let known = Known {
            who: &KeyInfo::new(KeyId::new("k"), key, now),
            surface: Some(Surface::Messages),
            dialect: Dialect::Anthropic,
            chat: &chat,
            length: 9,
            now,
        };
        let stated = of_call(claims, &known);
        for (name, _) in CALL_FACTS {
            assert!(stated.get(name).is_some(), "{name}");
        }
        for (name, fact) in [
            ("max_output", Fact::Number(i64::MAX)),
            ("input_tokens", Fact::Number(3)),
            ("time", Fact::Number(1705)),
            ("weekday", Fact::Text("thu".into())),
            ("date", Fact::Number(20_261_203)),
            ("break_glass", Fact::Bool(false)),
        ] {
            assert_eq!(stated.get(name), Some(&fact), "{name}");
        }
    }
}
