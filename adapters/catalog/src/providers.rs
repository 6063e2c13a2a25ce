//! The providers that need no description, read from `providers.json`; and the demo with its model.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use marshal_types::{Dialect, Fact, Facts, Mode, Price, Surface};
use serde::Deserialize;

use crate::{
    AuthScheme, Capabilities, ModelInfo, ModelPrice, PlatformKind, ProviderInfo, Quirks, data,
};

/// The provider that answers within the process.
pub(crate) const DEMO: &str = "demo";
/// The file's text.
const PROVIDERS: &str = include_str!("../providers.json");

/// Ten cents and forty cents for a million tokens: made up, so that costs and budgets can be seen at work.
const DEMO_PRICE: ModelPrice =
    ModelPrice::flat(Price::per_mtok(100_000_000), Price::per_mtok(400_000_000));

#[derive(Deserialize)]
struct File {
    /// For people who keep the file.
    #[serde(rename = "as_of")]
    _as_of: &'static str,
    providers: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: &'static str,
    title: &'static str,
    /// For people who keep the file.
    #[serde(rename = "docs")]
    _docs: &'static str,
    base_url: Option<&'static str>,
    #[serde(default)]
    bases: BTreeMap<&'static str, &'static str>,
    dialects: Vec<&'static str>,
    auth: Option<&'static str>,
    #[serde(default)]
    headers: BTreeMap<&'static str, &'static str>,
    env_key: Option<&'static str>,
    platform: Option<&'static str>,
    #[serde(default)]
    tasks: Vec<&'static str>,
    #[serde(default)]
    quirks: Vec<&'static str>,
    #[serde(default)]
    own_models: bool,
    #[serde(default)]
    local: bool,
}

pub(crate) fn providers() -> Vec<ProviderInfo> {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and a test reads it"
    )]
    let file: File = serde_json::from_str(PROVIDERS).expect("providers.json is well-formed");
    let known = file.providers.into_iter().map(ProviderInfo::from);
    known.chain([demo()]).collect()
}

impl From<Entry> for ProviderInfo {
    fn from(entry: Entry) -> Self {
        let dialects = entry.dialects.iter();
        let bases = entry.bases.into_iter();
        Self {
            name: entry.name,
            title: entry.title,
            base_url: entry.base_url,
            bases: bases
                .filter_map(|(word, base)| Some((data::dialect(word)?, base)))
                .collect(),
            dialects: dialects.filter_map(|word| data::dialect(word)).collect(),
            auth: match entry.auth {
                None => AuthScheme::Bearer,
                Some("aws") => AuthScheme::Aws,
                Some("google") => AuthScheme::Google,
                Some(header) => AuthScheme::Header(header),
            },
            headers: entry.headers.into_iter().collect(),
            env_key: entry.env_key,
            platform: match entry.platform {
                Some("azure") => PlatformKind::Azure,
                Some("vertex") => PlatformKind::Vertex,
                Some("bedrock") => PlatformKind::Bedrock,
                _ => PlatformKind::Plain,
            },
            tasks: entry.tasks.iter().filter_map(|word| task(word)).collect(),
            quirks: Quirks {
                no_stream_options: entry.quirks.contains(&"no_stream_options"),
                max_tokens: entry.quirks.contains(&"max_tokens"),
            },
            own_models: entry.own_models,
            local: entry.local,
            facts: if entry.local {
                Facts::default().with("local", Fact::Bool(true))
            } else {
                Facts::default()
            },
        }
    }
}

fn task(word: &str) -> Option<Surface> {
    Surface::ALL
        .iter()
        .copied()
        .find(|surface| surface.as_str() == word)
}

/// The doors beside conversations that a server of these dialects is taken to have, if nobody says more: what it does
/// not have it refuses itself.
#[must_use]
pub fn usual_tasks(dialects: &[Dialect]) -> Arc<[Surface]> {
    let mut tasks = Vec::new();
    for dialect in dialects {
        let of_dialect: &[Surface] = match dialect {
            Dialect::OpenAi => &[
                Surface::Completions,
                Surface::Embeddings,
                Surface::Moderations,
                Surface::ImageGenerations,
                Surface::ImageEdits,
                Surface::Speech,
                Surface::Transcriptions,
                Surface::Rerank,
            ],
            Dialect::Responses => &[Surface::ResponseTools],
            Dialect::Anthropic => &[Surface::CountTokens],
            Dialect::Gemini => &[Surface::EmbedContent, Surface::GeminiCountTokens],
            Dialect::Bedrock => &[Surface::Invoke],
            Dialect::Cohere => &[Surface::CohereEmbed, Surface::Rerank],
            Dialect::Ollama => &[Surface::OllamaEmbed, Surface::OllamaGenerate],
        };
        for surface in of_dialect {
            if !tasks.contains(surface) {
                tasks.push(*surface);
            }
        }
    }
    tasks.into()
}

fn demo() -> ProviderInfo {
    ProviderInfo {
        name: DEMO,
        title: "Demo",
        base_url: None,
        bases: Vec::new(),
        dialects: vec![Dialect::OpenAi, Dialect::Anthropic],
        auth: AuthScheme::Bearer,
        headers: Vec::new(),
        env_key: None,
        platform: PlatformKind::Plain,
        tasks: Arc::from([Surface::Embeddings]),
        quirks: Quirks::default(),
        own_models: false,
        local: false,
        // Nothing that is sent to the demo leaves the process.
        facts: Facts::default()
            .with("local", Fact::Bool(true))
            .with("pci", Fact::Bool(true))
            .with("region", Fact::Text(Arc::from("local"))),
    }
}

pub(crate) fn demo_models() -> &'static [ModelInfo] {
    static MODELS: LazyLock<[ModelInfo; 2]> = LazyLock::new(|| {
        let chat = ModelInfo {
            model: "demo-chat",
            region: None,
            mode: Mode::Chat,
            dialects: None,
            price: DEMO_PRICE,
            context_window: Some(128_000),
            max_output: Some(4_096),
            capabilities: Capabilities {
                audio: false,
                ..Capabilities::ALL
            },
            retires: None,
        };
        let embed = ModelInfo {
            model: "demo-embed",
            mode: Mode::Embedding,
            dialects: Some(vec![Dialect::OpenAi]),
            price: ModelPrice::flat(Price::per_mtok(10_000_000), Price::per_mtok(0)),
            max_output: None,
            capabilities: Capabilities::default(),
            ..chat.clone()
        };
        [chat, embed]
    });
    &*MODELS
}
