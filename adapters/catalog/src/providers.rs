//! The providers that need no description, and the demo's models.

use std::sync::Arc;

use marshal_types::{Dialect, Fact, Facts, Price};

use crate::{AuthScheme, Capabilities, ModelInfo, ModelPrice, ProviderInfo};

/// Ten cents and forty cents for a million tokens: made up, so that costs and budgets can be seen at work.
const DEMO_PRICE: ModelPrice =
    ModelPrice::flat(Price::per_mtok(100_000_000), Price::per_mtok(400_000_000));

pub(crate) fn providers() -> Vec<ProviderInfo> {
    vec![
        ProviderInfo {
            name: "openai",
            base_url: Some("https://api.openai.com/v1"),
            dialects: vec![Dialect::OpenAi],
            auth: AuthScheme::Bearer,
            headers: Vec::new(),
            env_key: Some("OPENAI_API_KEY"),
            facts: Facts::default(),
        },
        ProviderInfo {
            name: "anthropic",
            base_url: Some("https://api.anthropic.com/v1"),
            dialects: vec![Dialect::Anthropic],
            auth: AuthScheme::Header("x-api-key"),
            headers: vec![("anthropic-version", "2023-06-01")],
            env_key: Some("ANTHROPIC_API_KEY"),
            facts: Facts::default(),
        },
        ProviderInfo {
            name: "gemini",
            base_url: Some("https://generativelanguage.googleapis.com/v1beta/openai"),
            dialects: vec![Dialect::OpenAi],
            auth: AuthScheme::Bearer,
            headers: Vec::new(),
            env_key: Some("GEMINI_API_KEY"),
            facts: Facts::default(),
        },
        ProviderInfo {
            name: "demo",
            base_url: None,
            dialects: vec![Dialect::OpenAi, Dialect::Anthropic],
            auth: AuthScheme::Bearer,
            headers: Vec::new(),
            env_key: None,
            // Nothing that is sent to the demo leaves the process.
            facts: Facts::default()
                .with("local", Fact::Bool(true))
                .with("pci", Fact::Bool(true))
                .with("region", Fact::Text(Arc::from("local"))),
        },
    ]
}

pub(crate) fn demo_models() -> Vec<ModelInfo> {
    vec![ModelInfo {
        provider: "demo",
        model: "demo-chat",
        price: DEMO_PRICE,
        context_window: Some(128_000),
        max_output: Some(4_096),
        capabilities: Capabilities {
            audio: false,
            ..Capabilities::ALL
        },
        retires: None,
    }]
}
