//! A provider: where it is, how it is spoken to, what it offers and what is known of it.

use std::path::PathBuf;
use std::time::Duration;

use marshal_types::{Dialect, Facts, Place, ProviderName, Secret};
use marshal_yaml::{Item, Key};

use crate::load::Context;
use crate::{Model, check, model, provider_parts as parts};

/// Providers whose address, dialects and models need not be written: the catalog knows them.
pub const KNOWN_PROVIDERS: &[&str] = &["openai", "anthropic", "gemini", "demo"];

/// One provider, as far as the file describes it. `None` is for the catalog, or a default, to fill in.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in target names and policies.
    pub name: ProviderName,
    /// Where its API begins, without a slash at the end. Always there for a provider that is not a known one.
    pub base_url: Option<String>,
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
    /// What becomes of calls to models without a price; `None` where the file does not say.
    pub unpriced: Option<Unpriced>,
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
        Self {
            name: ProviderName::new(name),
            base_url: None,
            dialects: None,
            api_key: None,
            auth: None,
            headers: Vec::new(),
            models: Vec::new(),
            unpriced: None,
            facts: Facts::default(),
            timeouts: Timeouts::default(),
            tls_ca: None,
            place: Place {
                file: "(environment)".into(),
                line: 1,
                column: 1,
            },
        }
    }
}

/// A provider's key and where it came from.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What the file says.
    pub source: KeySource,
    /// The key itself, as it was when the configuration was loaded.
    pub secret: Secret,
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
    let known = KNOWN_PROVIDERS.contains(&key.text.as_str());
    if known && item.node().is_empty() {
        return Some(empty(key));
    }
    let mut map = item.map()?;
    let base_url = if known {
        map.get("base_url")
    } else {
        map.require("base_url")
    };
    let models = if known {
        map.get("models")
    } else {
        map.require("models")
    };
    let provider = Provider {
        base_url: base_url.and_then(|item| parts::base_url(&item)),
        dialects: map.get("dialects").and_then(|item| parts::dialects(&item)),
        api_key: map
            .get("api_key")
            .and_then(|item| parts::api_key(&item, &key.text, context)),
        auth: map.get("auth").and_then(|item| parts::auth(&item)),
        headers: map
            .get("headers")
            .map_or_else(Vec::new, |item| parts::headers(&item)),
        models: models.map_or_else(Vec::new, |item| models_of(&item)),
        unpriced: map.opt_one_of(
            "unpriced",
            "a choice",
            &[("allow", Unpriced::Allow), ("refuse", Unpriced::Refuse)],
        ),
        facts: map
            .get("facts")
            .map_or_else(Facts::default, |item| parts::facts(&item)),
        timeouts: map
            .get("timeouts")
            .map_or_else(Timeouts::default, |item| parts::timeouts(&item)),
        tls_ca: map
            .get("tls_ca")
            .and_then(|item| check::existing_file(context.dir, &item)),
        ..empty(key)
    };
    map.finish();
    Some(provider)
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

fn empty(key: &Key) -> Provider {
    Provider {
        name: ProviderName::new(&key.text),
        base_url: None,
        dialects: None,
        api_key: None,
        auth: None,
        headers: Vec::new(),
        models: Vec::new(),
        unpriced: None,
        facts: Facts::default(),
        timeouts: Timeouts::default(),
        tls_ca: None,
        place: key.place.clone(),
    }
}
