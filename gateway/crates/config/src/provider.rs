//! A provider: where it is, how it is spoken to, what it offers and what is known of it.

use std::path::PathBuf;
use std::time::Duration;

use marshal_types::{Dialect, Facts, Place, ProviderName, Secret, Surface};
use marshal_yaml::{Item, Key, MapReader, nearest, quoted};

use crate::load::Context;
use crate::{
    Model, PlatformKeys, Translation, check, config, model, platform, provider_parts as parts,
    secret,
};

/// Providers whose address and dialects, and for most of them models, need not be written: the catalog knows them.
pub const KNOWN_PROVIDERS: &[&str] = &[
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

/// Of these, the ones whose address is the operator's own.
const OWN_ADDRESS: &[&str] = &[platform::AZURE, "llamacpp"];

/// One provider, as far as the file describes it. `None` is for the catalog, or a default, to fill in.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in target names and policies.
    pub name: ProviderName,
    /// The known provider that it is, where it has a name of its own.
    pub kind: Option<String>,
    /// Where its API begins, without a slash at the end. Always there for a provider that is not a known one.
    pub base_url: Option<String>,
    /// Where the API of a dialect begins, where that is elsewhere.
    pub base_urls: Vec<(Dialect, String)>,
    /// What its cloud needs to be told.
    pub platform: PlatformKeys,
    /// The dialects that it speaks, the preferred one first; never empty.
    pub dialects: Option<Vec<Dialect>>,
    /// The key to send; `None` for none, or for the known provider's own environment variable.
    pub api_key: Option<ApiKey>,
    /// How the key is sent.
    pub auth: Option<Auth>,
    /// Headers to add to every request; never credentials.
    pub headers: Vec<(String, String)>,
    /// Its models. Never empty for a provider that is not a known one; else these add to the catalog's or override them.
    pub models: Vec<Model>,
    /// The doors that it has beside conversations; `None` where the file does not say.
    pub tasks: Option<Vec<Surface>>,
    /// What becomes of calls to models without a price; `None` where the file does not say.
    pub unpriced: Option<Unpriced>,
    /// What becomes of what cannot be said in its dialect; `None` for what the whole file says.
    pub translation: Option<Translation>,
    /// What compliance policies may ask of it.
    pub facts: Facts,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// A private certificate authority, as a PEM file.
    pub tls_ca: Option<PathBuf>,
    /// Where it is defined.
    pub place: Place,
}

impl Provider {
    /// A provider of which nothing is written: the catalog knows it.
    #[must_use]
    pub fn known(name: &str) -> Self {
        empty(
            name,
            Place {
                file: "(environment)".into(),
                line: 1,
                column: 1,
            },
        )
    }

    /// The name of the known provider that it is, if it is one.
    #[must_use]
    pub fn known_as(&self) -> Option<&str> {
        known_as(self.name.as_str(), self.kind.as_deref())
    }
}

fn known_as<'a>(name: &'a str, kind: Option<&'a str>) -> Option<&'a str> {
    kind.or_else(|| KNOWN_PROVIDERS.contains(&name).then_some(name))
}

/// A provider's key and where it came from.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What the file says.
    pub source: KeySource,
    /// The key itself, as it was when the configuration was loaded.
    pub secret: Secret,
    /// Where the source is named.
    pub place: Place,
}

impl ApiKey {
    /// The key as it is now, also for who has read the configuration without secrets.
    ///
    /// # Errors
    /// A sentence, without the key.
    pub fn read_now(&self) -> Result<Secret, String> {
        let read = match &self.source {
            KeySource::Env(name) => {
                std::env::var(name).map_err(|_| format!("{name} is not set in the environment"))
            }
            KeySource::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("{} cannot be read: {error}", path.display())),
        };
        read.map(|text| Secret::new(text.trim().to_owned()))
    }
}

/// Where a key is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// In an environment variable.
    Env(String),
    /// In a file; white space at its ends does not count.
    File(PathBuf),
}

/// How a key is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Auth {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// In a header of this name, lower-case.
    Header(String),
}

/// What becomes of calls to models without a price.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unpriced {
    /// They are refused: no budget could hold them.
    #[default]
    Refuse,
    /// They are let through and cost nothing.
    Allow,
}

/// How long a provider may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// To accept a connection, TLS included.
    pub connect: Duration,
    /// From the request sent to the first byte of the answer.
    pub first_byte: Duration,
    /// Between two pieces of a stream.
    pub idle: Duration,
    /// For the whole call.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(120),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(600),
        }
    }
}

/// Reads one entry under `providers`; what is wrong is noted.
pub(crate) fn read(key: &Key, item: &Item<'_>, context: &Context<'_>) -> Option<Provider> {
    if let Err(what) = check::name(&key.text) {
        context.problems.add(&key.place, "providers", what);
    }
    let nothing = || empty(&key.text, key.place.clone());
    if KNOWN_PROVIDERS.contains(&key.text.as_str()) && item.node().is_empty() {
        return Some(nothing());
    }
    let mut map = item.map()?;
    let kind = map.get("kind").and_then(|item| kind(&item));
    // What is wrong with `kind` is said; that this or that is missing then need not be.
    let misnamed = kind.is_none() && map.key("kind").is_some();
    let known = known_as(&key.text, kind.as_deref());
    let base_url = if misnamed || known.is_some_and(|known| !OWN_ADDRESS.contains(&known)) {
        map.get("base_url")
    } else {
        map.require("base_url")
    };
    let models = if misnamed || known.is_some() {
        map.get("models")
    } else {
        map.require("models")
    };
    let platform = platform::read(&mut map, known, context);
    let provider = Provider {
        base_url: base_url.and_then(|item| parts::base_url(&item)),
        base_urls: map
            .get("base_urls")
            .map_or_else(Vec::new, |item| parts::base_urls(&item)),
        platform,
        api_key: map
            .get("api_key")
            .and_then(|item| secret::api_key(&item, &key.text, context)),
        models: models.map_or_else(Vec::new, |item| models_of(&item)),
        kind,
        ..rest(&mut map, nothing(), context)
    };
    map.finish();
    Some(provider)
}

/// What every provider may say.
fn rest(map: &mut MapReader<'_>, nothing: Provider, context: &Context<'_>) -> Provider {
    Provider {
        dialects: map.get("dialects").and_then(|item| parts::dialects(&item)),
        auth: map.get("auth").and_then(|item| parts::auth(&item)),
        headers: map
            .get("headers")
            .map_or_else(Vec::new, |item| parts::headers(&item)),
        tasks: map.get("tasks").and_then(|item| parts::tasks(&item)),
        unpriced: map.opt_one_of(
            "unpriced",
            "a choice",
            &[("allow", Unpriced::Allow), ("refuse", Unpriced::Refuse)],
        ),
        translation: config::translation(map),
        facts: map
            .get("facts")
            .map_or_else(Facts::default, |item| parts::facts(&item)),
        timeouts: map
            .get("timeouts")
            .map_or_else(Timeouts::default, |item| parts::timeouts(&item)),
        tls_ca: map
            .get("tls_ca")
            .and_then(|item| check::existing_file(context.dir, &item)),
        ..nothing
    }
}

/// The name of a known provider.
fn kind(item: &Item<'_>) -> Option<String> {
    let text = item.str()?;
    let kinds = KNOWN_PROVIDERS
        .iter()
        .copied()
        .filter(|kind| *kind != "demo");
    if kinds.clone().any(|kind| kind == text) {
        return Some(text.to_owned());
    }
    let hint = match nearest(text, kinds) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => "docs/configuration.md lists them; for any other server leave kind out, and write base_url and models".to_owned(),
    };
    item.fail(format!("{} is not a known provider; {hint}", quoted(text)));
    None
}

fn models_of(item: &Item<'_>) -> Vec<Model> {
    let Some(items) = item.seq() else {
        return Vec::new();
    };
    if items.is_empty() {
        item.fail("is empty; list the models, each with its name");
    }
    model::read_models(&items)
}

fn empty(name: &str, place: Place) -> Provider {
    Provider {
        name: ProviderName::new(name),
        kind: None,
        base_url: None,
        base_urls: Vec::new(),
        platform: PlatformKeys::default(),
        dialects: None,
        api_key: None,
        auth: None,
        headers: Vec::new(),
        models: Vec::new(),
        tasks: None,
        unpriced: None,
        translation: None,
        facts: Facts::default(),
        timeouts: Timeouts::default(),
        tls_ca: None,
        place,
    }
}
