use std::sync::Arc;
use std::time::Duration;

use marshal_types::{
    Dialect, Facts, ManualClock, Mode, ModelName, Price, ProviderName, Surface, TargetName,
    Timestamp, Tokens, Units, Usage,
};
use proptest::collection::vec;
use proptest::prelude::{
    Just, Strategy as _, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use super::*;

pub(crate) fn name(text: &str) -> TargetName {
    let (provider, model) = text.split_once('/').unwrap();
    TargetName {
        provider: ProviderName::new(provider),
        model: ModelName::new(model),
    }
}

/// Prices in nano-USD a token.
pub(crate) fn target(text: &str, input: u64, output: u64) -> Target {
    let price = |nano: u64| Price::per_mtok(nano * 1_000_000);
    Target {
        name: name(text),
        id: name(text).model.as_str().into(),
        dialects: vec![Dialect::OpenAi],
        capabilities: Capabilities::default().with("tools"),
        price: Some(ModelPrice::flat(price(input), price(output))),
        max_output: Some(4_096),
        context_window: Some(100_000),
        facts: Facts::default(),
        mode: Mode::Chat,
        surfaces: Arc::from([Surface::Embeddings]),
        listed: true,
    }
}

pub(crate) fn need() -> Need {
    Need {
        mode: Mode::Chat,
        capabilities: Capabilities::default(),
        input: Tokens(1_000),
        max_output: Some(Tokens(100)),
        dialect: Dialect::OpenAi,
    }
}

pub(crate) fn router() -> (Arc<ManualClock>, Router) {
    let clock = ManualClock::at(Timestamp::from_micros(1_000_000));
    (Arc::clone(&clock), Router::new(clock))
}

pub(crate) fn order(plan: &Plan) -> Vec<String> {
    plan.order
        .iter()
        .map(|one| one.target.name.to_string())
        .collect()
}

pub(crate) fn ok(ms: u64) -> Outcome {
    Outcome::Ok {
        first_byte: Duration::from_millis(ms),
    }
}

#[test]
fn what_a_target_cannot_do_removes_it_and_the_plan_says_so() {
    let (_, router) = router();
    let able = Arc::new(target("a/able", 1, 1));
    let embedding = Arc::new(Target {
        mode: Mode::Embedding,
        ..target("b/embed", 1, 1)
    });
    let small = Arc::new(Target {
        context_window: Some(500),
        ..target("c/small", 1, 1)
    });
    let terse = Arc::new(Target {
        max_output: Some(50),
        ..target("d/terse", 1, 1)
    });
    let plain = Arc::new(Target {
        capabilities: Capabilities::default(),
        ..target("e/plain", 1, 1)
    });
    let need = Need {
        capabilities: Capabilities::default().with("tools"),
        ..need()
    };
    let plan = router.plan(
        &need,
        &[embedding, small, terse, plain, able],
        Strategy::Ordered,
    );
    assert_eq!(order(&plan), ["a/able"]);
    let said: Vec<String> = plan
        .removed
        .iter()
        .map(|r| format!("{}: {}", r.target, r.why))
        .collect();
    assert_eq!(
        said,
        [
            "b/embed: does not hold conversations",
            "c/small: reads at most 500 tokens; the call has 1000",
            "d/terse: writes at most 50 tokens; the call asks for 100",
            "e/plain: cannot call tools",
        ]
    );
}

#[test]
fn a_call_goes_to_a_target_of_its_own_kind_or_of_a_kind_that_nobody_said() {
    let (_, router) = router();
    let of = |name: &str, mode| {
        Arc::new(Target {
            mode,
            ..target(name, 1, 1)
        })
    };
    let all = [
        of("a/chat", Mode::Chat),
        of("b/embed", Mode::Embedding),
        of("c/any", Mode::Any),
    ];
    let planned = |mode| {
        let need = Need { mode, ..need() };
        router.plan(&need, &all, Strategy::Ordered)
    };
    assert_eq!(order(&planned(Mode::Chat)), ["a/chat", "c/any"]);
    let plan = planned(Mode::Embedding);
    assert_eq!(order(&plan), ["b/embed", "c/any"]);
    assert_eq!(plan.removed[0].why, "makes no embeddings");
    assert_eq!(order(&planned(Mode::Any)).len(), 3);
}

#[test]
fn a_target_has_the_doors_of_its_provider_and_every_conversation() {
    let target = target("a/x", 1, 1);
    assert!(target.has_door(Surface::Embeddings) && target.has_door(Surface::Messages));
    assert!(!target.has_door(Surface::Files) && !target.has_door(Surface::Rerank));
}

#[test]
fn each_strategy_orders_as_it_says() {
    let (_, router) = router();
    let dear = Arc::new(target("a/dear-fast", 10, 50));
    let cheap = Arc::new(target("b/cheap-slow", 1, 5));
    let middle = Arc::new(target("c/middle", 2, 10));
    let all = [dear, cheap, middle];
    for (target, ms) in [
        ("a/dear-fast", 100),
        ("b/cheap-slow", 2_000),
        ("c/middle", 300),
    ] {
        router.report(&name(target), ok(ms));
    }
    let by = |strategy| order(&router.plan(&need(), &all, strategy));
    assert_eq!(
        by(Strategy::Ordered),
        ["a/dear-fast", "b/cheap-slow", "c/middle"]
    );
    assert_eq!(
        by(Strategy::Cost),
        ["b/cheap-slow", "c/middle", "a/dear-fast"]
    );
    assert_eq!(
        by(Strategy::Latency),
        ["a/dear-fast", "c/middle", "b/cheap-slow"]
    );
    // Per mille of the dearest and the slowest: (1000+50)/2, (100+1000)/2, (200+150)/2.
    let plan = router.plan(&need(), &all, Strategy::Balanced);
    let scores: Vec<i64> = plan.order.iter().map(|one| one.score).collect();
    assert_eq!(order(&plan), ["c/middle", "a/dear-fast", "b/cheap-slow"]);
    assert_eq!(scores, [175, 525, 550]);
    assert_eq!(plan.order[0].why, "best of price and latency");
}

#[test]
fn on_a_tie_the_target_that_speaks_the_clients_dialect_wins() {
    let (_, router) = router();
    let foreign = Arc::new(Target {
        dialects: vec![Dialect::Anthropic],
        ..target("a/x", 1, 1)
    });
    let own = Arc::new(target("b/x", 1, 1));
    let all = [foreign, own];
    assert_eq!(
        order(&router.plan(&need(), &all, Strategy::Cost)),
        ["b/x", "a/x"]
    );
    assert_eq!(
        order(&router.plan(&need(), &all, Strategy::Ordered)),
        ["a/x", "b/x"]
    );
}

#[test]
fn a_target_without_a_price_comes_last_by_cost_and_counts_as_nothing() {
    let (_, router) = router();
    let unpriced = Arc::new(Target {
        price: None,
        ..target("a/x", 1, 1)
    });
    let priced = Arc::new(target("b/x", 1, 1));
    let plan = router.plan(&need(), &[Arc::clone(&unpriced), priced], Strategy::Cost);
    assert_eq!(order(&plan), ["b/x", "a/x"]);
    assert_eq!(
        unpriced
            .worst_case(Tokens(1_000), Tokens(1_000), &Units::default())
            .0,
        0
    );
}

#[test]
fn a_worst_case_is_never_more_output_than_the_target_writes() {
    let target = target("a/x", 1, 10);
    let longest = Tokens(target.longest_answer(Some(1_000_000)));
    let none = Units::default();
    let worst = target.worst_case(Tokens(100), longest, &none).0;
    assert_eq!(worst, 100 + 4_096 * 10 + 2);
    let usage = Usage {
        input: Tokens(100),
        output: Tokens(4_096),
        ..Usage::default()
    };
    assert!(target.cost(&usage, &none).0 <= worst);
}

#[test]
fn a_target_whose_bound_nobody_knows_takes_whatever_length_is_asked_for() {
    let (_, router) = router();
    let unknown = Arc::new(Target {
        max_output: None,
        ..target("a/x", 1, 10)
    });
    let need = Need {
        max_output: Some(Tokens(1_000_000)),
        ..need()
    };
    let plan = router.plan(&need, &[Arc::clone(&unknown)], Strategy::Ordered);
    assert_eq!(order(&plan), ["a/x"]);
    assert_eq!(unknown.longest_answer(Some(1_000_000)), 1_000_000);
    assert_eq!(unknown.longest_answer(None), 8_192);
}

fn directory() -> Directory {
    let targets = ["openai/gpt", "local/gpt", "local/openai/gpt", "local/embed"].map(|text| {
        Arc::new(Target {
            mode: if text.ends_with("embed") {
                Mode::Embedding
            } else {
                Mode::Chat
            },
            ..target(text, 1, 1)
        })
    });
    let fast = VirtualModel {
        name: "fast".into(),
        candidates: vec![name("local/gpt"), name("openai/gpt")],
        strategy: Strategy::Cost,
        cache_ttl_s: Some(60),
    };
    Directory::new(targets.to_vec(), vec![fast]).unwrap()
}

#[test]
fn a_model_is_found_by_each_of_its_names() {
    let directory = directory();
    let found = |model: &str| {
        let resolved = directory.resolve(model)?;
        Some(
            resolved
                .candidates
                .iter()
                .map(|t| t.name.to_string())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(found("fast").unwrap(), ["local/gpt", "openai/gpt"]);
    assert_eq!(found("local/gpt").unwrap(), ["local/gpt"]);
    assert_eq!(found("gpt").unwrap(), ["openai/gpt"]);
    assert_eq!(found("openai/gpt").unwrap(), ["openai/gpt"]);
    assert_eq!(found("local/openai/gpt").unwrap(), ["local/openai/gpt"]);
    assert_eq!(found("gpt-9"), None);
    assert_eq!(&*directory.resolve("gpt").unwrap().name, "openai/gpt");
    assert_eq!(directory.nearest("local/gtp").as_deref(), Some("local/gpt"));
    assert_eq!(directory.nearest("something-else-entirely"), None);
    let listed: Vec<&str> = directory.models().map(|listed| &*listed.id).collect();
    assert_eq!(
        listed,
        [
            "fast",
            "openai/gpt",
            "local/gpt",
            "local/openai/gpt",
            "local/embed"
        ]
    );
}

#[test]
fn a_directory_that_contradicts_itself_is_refused_whole() {
    let one = Arc::new(target("a/x", 1, 1));
    let model = |name: &str, candidates| VirtualModel {
        name: name.into(),
        candidates,
        strategy: Strategy::Ordered,
        cache_ttl_s: None,
    };
    let models = vec![model("v", vec![name("a/y")]), model("v", vec![])];
    let wrong = Directory::new(vec![Arc::clone(&one), one], models).unwrap_err();
    assert_eq!(
        wrong,
        [
            "the target a/x is configured twice",
            "the virtual model v names a/y, which no provider offers; remove it or configure it",
            "the virtual model v has no candidates",
            "the virtual model v is defined twice",
        ]
    );
}

fn capabilities() -> impl proptest::strategy::Strategy<Value = Capabilities> {
    any::<[bool; 6]>().prop_map(|[tools, vision, json_schema, thinking, documents, audio]| {
        Capabilities {
            tools,
            vision,
            json_schema,
            thinking,
            documents,
            audio,
        }
    })
}

proptest! {
    #[test]
    fn a_plan_holds_each_candidate_once_and_none_that_lacks_what_the_call_needs(
        has in vec(capabilities(), 0..6),
        needs in capabilities(),
        reports in vec((0usize..6, prop_oneof![
            Just(Outcome::Failed), Just(ok(10)), Just(Outcome::Limited { retry_after: None }),
        ], 0u64..8_000), 0..60),
        strategy in prop_oneof![
            Just(Strategy::Ordered), Just(Strategy::Cost), Just(Strategy::Latency), Just(Strategy::Balanced),
        ],
    ) {
        let (clock, router) = router();
        let targets: Vec<_> = has.iter().enumerate().map(|(n, has)| {
            Arc::new(Target { capabilities: *has, ..target(&format!("p/m{n}"), n as u64, 1) })
        }).collect();
        for (n, outcome, wait) in reports {
            clock.advance(Duration::from_millis(wait));
            router.report(&name(&format!("p/m{n}")), outcome);
        }
        let need = Need { capabilities: needs, ..need() };
        let before = router.preview(&need, &targets, strategy);
        let plan = router.plan(&need, &targets, strategy);
        prop_assert_eq!(order(&before), order(&plan));
        prop_assert_eq!(plan.order.len() + plan.removed.len(), targets.len());
        let fits = |has: Capabilities| has.words().iter().zip(needs.words()).all(|(has, need)| has.1 || !need.1);
        for planned in &plan.order {
            prop_assert!(fits(planned.target.capabilities));
            prop_assert!(plan.removed.iter().all(|removed| removed.target != planned.target.name));
        }
        prop_assert!(plan.order.windows(2).all(|pair| pair[0].score <= pair[1].score));
        // Health alone never leaves a call without a target.
        prop_assert_eq!(plan.order.is_empty(), !has.iter().any(|has| fits(*has)));
    }
}
