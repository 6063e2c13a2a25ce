use std::time::Instant;

use marshal_types::{Fact, Mode, NanoUsd, Price, SurfaceKind, Tokens, Units};

use super::*;

/// Every provider that a gateway of this name should know.
const WANTED: &[&str] = &[
    "openai",
    "anthropic",
    "gemini",
    "azure",
    "vertex",
    "bedrock",
    "mistral",
    "cohere",
    "groq",
    "deepseek",
    "xai",
    "openrouter",
    "together",
    "fireworks",
    "perplexity",
    "cerebras",
    "nvidia",
    "huggingface",
    "moonshot",
    "zai",
    "alibaba",
    "ollama",
    "vllm",
    "llamacpp",
    "lmstudio",
    "demo",
];

#[test]
fn every_provider_is_there_and_can_be_reached() {
    let names: Vec<&str> = shipped().providers().iter().map(|info| info.name).collect();
    assert_eq!(names, WANTED);
    for info in shipped().providers() {
        assert!(!info.dialects.is_empty(), "{}", info.name);
        let reached = info.base_url.is_some() || info.platform != PlatformKind::Plain;
        let operator_knows = ["demo", "llamacpp"].contains(&info.name);
        assert!(reached || operator_knows, "{} has an address", info.name);
        for base in info
            .base_url
            .iter()
            .chain(info.bases.iter().map(|(_, base)| base))
        {
            assert!(!base.ends_with('/'), "{base}");
            assert_eq!(base.starts_with("http://127.0.0.1:"), info.local, "{base}");
            assert!(info.local || base.starts_with("https://"), "{base}");
        }
        assert_eq!(
            info.facts.get("local").is_some(),
            info.local || info.name == "demo"
        );
        assert!(!(info.local && info.env_key.is_some()), "{}", info.name);
    }
}

#[test]
fn the_documentation_lists_every_provider_with_its_keys_variable() {
    let docs = include_str!("../../../docs/configuration.md");
    for info in shipped()
        .providers()
        .iter()
        .filter(|info| info.name != "demo")
    {
        let row = format!("| `{}` | {} | ", info.name, info.title);
        let row = docs.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("{} stands in docs/configuration.md", info.name));
        let own = info.platform == PlatformKind::Vertex;
        let variable = info
            .env_key
            .map_or("none".to_owned(), |key| format!("`{key}`"));
        assert!(own || row.contains(&variable), "{row}");
    }
}

#[test]
fn no_word_of_the_provider_file_goes_unread() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../providers.json")).unwrap();
    let count = |entry: &serde_json::Value, key: &str| match &entry[key] {
        serde_json::Value::Array(items) => items.len(),
        serde_json::Value::Object(members) => members.len(),
        _ => 0,
    };
    for entry in file["providers"].as_array().unwrap() {
        let info = shipped().provider(entry["name"].as_str().unwrap()).unwrap();
        assert_eq!(
            info.dialects.len(),
            count(entry, "dialects"),
            "{}",
            info.name
        );
        assert_eq!(info.bases.len(), count(entry, "bases"), "{}", info.name);
        assert_eq!(info.tasks.len(), count(entry, "tasks"), "{}", info.name);
        let quirks =
            usize::from(info.quirks.no_stream_options) + usize::from(info.quirks.max_tokens);
        assert_eq!(quirks, count(entry, "quirks"), "{}", info.name);
        assert!(
            info.tasks
                .iter()
                .all(|task| task.kind() != SurfaceKind::Chat)
        );
        assert!(
            info.tasks
                .iter()
                .all(|task| task.kind() != SurfaceKind::Local)
        );
        let plain = info.platform == PlatformKind::Plain;
        assert_eq!(plain, entry.get("platform").is_none(), "{}", info.name);
    }
}

#[test]
fn every_model_that_is_routed_to_has_a_price_and_every_conversation_its_limits() {
    let catalog = shipped();
    for provider in catalog.providers() {
        let models = catalog.all_of(provider.name);
        let needs_none = provider.own_models;
        assert!(
            needs_none || !models.is_empty(),
            "{} has models",
            provider.name
        );
        for info in models {
            let price = &info.price;
            let units = [
                price.units.image,
                price.units.second,
                price.units.character,
                price.units.request,
                price.units.search,
            ];
            let priced = price.input > Price::default() || units.iter().any(Option::is_some);
            let free = info.mode == Mode::Moderation || info.model.ends_with("-flash");
            assert!(priced || free, "{info:?}");
            if matches!(info.mode, Mode::Chat | Mode::Completion) {
                assert!(price.output > Price::default() || free, "{info:?}");
                assert!(info.max_output.is_some_and(|n| n > 0), "{info:?}");
                assert!(info.context_window.is_some_and(|n| n > 0), "{info:?}");
            }
            assert!(
                info.dialects
                    .as_ref()
                    .is_none_or(|dialects| !dialects.is_empty()),
                "{info:?}"
            );
            assert!(
                price
                    .long
                    .windows(2)
                    .all(|pair| pair[0].above < pair[1].above),
                "{info:?}"
            );
        }
    }
}

#[test]
fn every_model_stands_once_in_the_order_that_it_is_sought_in() {
    for provider in shipped().providers() {
        for pair in shipped().all_of(provider.name).windows(2) {
            let key = |info: &ModelInfo| (info.model, info.region);
            assert!(key(&pair[0]) < key(&pair[1]), "{:?}", key(&pair[1]));
        }
    }
}

#[test]
fn prices_are_exact() {
    let model = |provider, model| shipped().model(provider, model, None).unwrap();
    let mini = model("openai", "gpt-4o-mini");
    assert_eq!(mini.price.input, Price::per_mtok(150_000_000));
    assert_eq!(mini.price.output, Price::per_mtok(600_000_000));
    assert_eq!(mini.price.cache_read, Some(Price::per_mtok(75_000_000)));
    assert!(mini.capabilities.tools && mini.capabilities.vision && !mini.capabilities.audio);
    let sonnet = model("anthropic", "claude-sonnet-4-5");
    assert_eq!(
        sonnet.price.cache_write,
        Some(Price::per_mtok(3_750_000_000))
    );
    let pro = model("gemini", "gemini-2.5-pro");
    assert_eq!(pro.price.long[0].above, Tokens(200_000));
    let whisper = model("openai", "whisper-1");
    assert_eq!(whisper.mode, Mode::Transcription);
    let minute = Units {
        audio_ms: 60_000,
        ..Units::default()
    };
    let cost = whisper
        .price
        .cost(&marshal_types::Usage::default(), &minute);
    assert_eq!(cost.to_string(), "0.006");
    assert_eq!(model("cohere", "rerank-v3.5").mode, Mode::Rerank);
    assert_eq!(
        model("openai", "text-embedding-3-small").mode,
        Mode::Embedding
    );
}

#[test]
fn a_model_says_the_dialects_that_it_is_served_in_where_they_are_not_its_providers() {
    let dialects = |provider, model| {
        shipped()
            .model(provider, model, None)
            .unwrap()
            .dialects
            .clone()
    };
    use marshal_types::Dialect::{Anthropic, Bedrock, OpenAi, Responses};
    assert_eq!(dialects("openai", "gpt-5-pro"), Some(vec![Responses]));
    assert_eq!(dialects("openai", "gpt-4o"), None);
    assert_eq!(
        dialects("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        Some(vec![Anthropic, Bedrock])
    );
    assert_eq!(dialects("bedrock", "amazon.nova-lite-v1:0"), None);
    assert_eq!(
        dialects("vertex", "claude-sonnet-4-5@20250929"),
        Some(vec![Anthropic])
    );
    assert_eq!(dialects("vertex", "gemini-2.5-pro"), None);
    assert_eq!(
        dialects("vertex", "meta/llama-3.3-70b-instruct-maas"),
        Some(vec![OpenAi])
    );
}

#[test]
fn a_region_has_its_own_prices_and_its_own_profiles() {
    let catalog = shipped();
    let price = |region| {
        catalog
            .model("azure", "gpt-4o-2024-08-06", region)
            .unwrap()
            .price
            .input
    };
    assert_eq!(price(None), Price::per_mtok(2_500_000_000));
    assert_eq!(price(Some("eu")), Price::per_mtok(2_750_000_000));
    assert_eq!(price(Some("nowhere")), price(None));
    let offered = |region| -> Vec<&str> {
        catalog
            .models_of("bedrock", Some(region))
            .map(|info| info.model)
            .collect()
    };
    for (region, there, elsewhere) in [
        ("eu-central-1", "eu.anthropic.", "us.anthropic."),
        ("us-east-1", "us.anthropic.", "eu.anthropic."),
        ("us-gov-west-1", "us-gov.anthropic.", "us.anthropic."),
        ("ap-northeast-1", "jp.anthropic.", "us-gov.anthropic."),
    ] {
        let models = offered(region);
        assert!(
            models.iter().any(|model| model.starts_with(there)),
            "{region}"
        );
        assert!(
            !models.iter().any(|model| model.starts_with(elsewhere)),
            "{region}"
        );
        let mut once = models.clone();
        once.dedup();
        assert_eq!(once, models);
    }
}

#[test]
fn a_snapshot_is_found_by_itself_or_by_its_model() {
    let catalog = shipped();
    let name = |provider, model| catalog.model(provider, model, None).map(|info| info.model);
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
    assert_eq!(
        name("vertex", "claude-opus-5@20290101"),
        Some("claude-opus-5")
    );
    for other in [
        "gpt-4o-audio",
        "gpt-4o-mini-x",
        "gpt-5-9",
        "",
        "-",
        "@",
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
    assert!(catalog.model("openai", "gpt-3.5-turbo", None).is_some());
    assert!(
        catalog
            .models_of("openai", None)
            .all(|info| info.model != "gpt-3.5-turbo")
    );
    assert!(
        catalog
            .retired_of("openai", None)
            .any(|info| info.model == "gpt-3.5-turbo")
    );
}

#[test]
fn the_demo_stays_in_the_process_and_costs_a_little() {
    let demo = shipped().provider("demo").unwrap();
    assert_eq!((demo.base_url, demo.env_key), (None, None));
    assert_eq!(demo.facts.get("pci"), Some(&Fact::Bool(true)));
    let chat = shipped().model("demo", "demo-chat", None).unwrap();
    let worst = chat
        .price
        .worst_case(Tokens(1_000), Tokens(1_000), &Units::default());
    assert!(worst > NanoUsd(0));
}

#[test]
fn reading_the_data_takes_little_time() {
    let begin = Instant::now();
    let file: data::File = serde_json::from_str(data::MODELS).unwrap();
    let whole = begin.elapsed();
    for written in file.models.values() {
        let entries: Vec<data::Entry> = serde_json::from_str(written.get()).unwrap();
        assert!(!entries.is_empty());
    }
    // At a start the file is passed over, and what is switched on is read: a millisecond or two where it is optimised.
    // These bounds only catch something quadratic.
    assert!(whole.as_millis() < 500);
    assert!(begin.elapsed().as_millis() < 2_000);
}
