use std::time::Instant;

use marshal_types::{Fact, NanoUsd, Price, Tokens};

use super::*;

#[test]
fn the_shipped_data_is_read_and_every_model_has_a_price_and_limits() {
    let catalog = shipped();
    for provider in catalog.providers() {
        assert!(
            catalog.models_of(provider.name).next().is_some(),
            "{} has models",
            provider.name
        );
    }
    for info in &catalog.models {
        assert!(info.price.input > Price::default(), "{info:?}");
        assert!(info.price.output > Price::default(), "{info:?}");
        assert!(info.max_output.is_some_and(|n| n > 0), "{info:?}");
        assert!(info.context_window.is_some_and(|n| n > 0), "{info:?}");
    }
}

#[test]
fn every_model_belongs_to_a_provider_and_stands_once() {
    let catalog = shipped();
    for pair in catalog.models.windows(2) {
        assert!((pair[0].provider, pair[0].model) < (pair[1].provider, pair[1].model));
    }
    assert!(
        catalog
            .models
            .iter()
            .all(|info| catalog.provider(info.provider).is_some())
    );
}

#[test]
fn prices_are_exact() {
    let mini = shipped().model("openai", "gpt-4o-mini").unwrap();
    assert_eq!(mini.price.input, Price::per_mtok(150_000_000));
    assert_eq!(mini.price.output, Price::per_mtok(600_000_000));
    assert_eq!(mini.price.cache_read, Some(Price::per_mtok(75_000_000)));
    assert!(mini.capabilities.tools && mini.capabilities.vision && !mini.capabilities.audio);
    let sonnet = shipped().model("anthropic", "claude-sonnet-4-5").unwrap();
    assert_eq!(
        sonnet.price.cache_write,
        Some(Price::per_mtok(3_750_000_000))
    );
    let pro = shipped().model("gemini", "gemini-2.5-pro").unwrap();
    assert_eq!(pro.price.long.unwrap().above, Tokens(200_000));
}

#[test]
fn a_snapshot_is_found_by_itself_or_by_its_model() {
    let catalog = shipped();
    let name = |provider, model| catalog.model(provider, model).map(|info| info.model);
    assert_eq!(
        name("openai", "gpt-4o-2024-05-13"),
        Some("gpt-4o-2024-05-13")
    );
    assert_eq!(name("openai", "gpt-4o-2029-01-01"), Some("gpt-4o"));
    assert_eq!(
        name("anthropic", "claude-opus-4-5-20290101"),
        Some("claude-opus-4-5")
    );
    assert_eq!(
        name("anthropic", "claude-sonnet-5-latest"),
        Some("claude-sonnet-5")
    );
    assert_eq!(
        name("gemini", "gemini-2.5-flash-001"),
        Some("gemini-2.5-flash")
    );
    for other in [
        "gpt-4o-audio",
        "gpt-4o-mini-x",
        "gpt-5-9",
        "",
        "-",
        "-latest",
        "2024-05-13",
    ] {
        assert_eq!(name("openai", other), None, "{other}");
    }
    assert_eq!(name("nobody", "gpt-4o"), None);
}

#[test]
fn models_that_are_gone_are_not_listed_but_still_priced() {
    let catalog = shipped();
    assert!(catalog.model("openai", "gpt-3.5-turbo").is_some());
    assert!(
        catalog
            .models_of("openai")
            .all(|info| info.model != "gpt-3.5-turbo")
    );
    assert!(
        catalog
            .retired_of("openai")
            .any(|info| info.model == "gpt-3.5-turbo")
    );
}

#[test]
fn the_demo_stays_in_the_process_and_costs_a_little() {
    let demo = shipped().provider("demo").unwrap();
    assert_eq!((demo.base_url, demo.env_key), (None, None));
    assert_eq!(demo.facts.get("pci"), Some(&Fact::Bool(true)));
    let chat = shipped().model("demo", "demo-chat").unwrap();
    assert!(chat.price.worst_case(Tokens(1_000), Tokens(1_000)) > NanoUsd(0));
}

#[test]
fn reading_the_data_takes_little_time() {
    let begin = Instant::now();
    let file: data::File = serde_json::from_str(data::MODELS).unwrap();
    assert!(!file.models.is_empty());
    // Two milliseconds where it is optimised; this bound only catches something quadratic.
    assert!(begin.elapsed().as_millis() < 500);
}
