//! Providers, models, prices and capabilities as data.
//!
//! `providers.json` is made by hand: where each provider is and how it is spoken to. `models.json` is made by
//! `make_models.py` from a dated public price list. Every model here has a price, so that every call to it can be
//! budgeted. What an operator writes in `marshal.yaml` goes before what stands here; that is the gateway's business.
//!
//! Prices are for ordinary calls: not for batches, priority tiers, or caches that live longer than the usual.

mod capabilities;
mod data;
mod lookup;
mod price;
mod providers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use marshal_types::{Dialect, Facts, Mode, Surface};

pub use capabilities::Capabilities;
pub use lookup::{Catalog, shipped};
pub use price::{LongContext, ModelPrice, UnitPrices};
pub use providers::usual_tasks;

/// A provider that need not be described by the operator.
#[derive(Clone, Debug)]
pub struct ProviderInfo {
    /// Its name in `marshal.yaml` and in target names.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where its API begins, without a slash at the end; `None` where only the operator can know, where the platform
    /// does, and for the demo, which answers within the process.
    pub base_url: Option<&'static str>,
    /// Where the API of another dialect begins, if it is elsewhere.
    pub bases: Vec<(Dialect, &'static str)>,
    /// The dialects it speaks, the preferred one first.
    pub dialects: Vec<Dialect>,
    /// How its key is sent.
    pub auth: AuthScheme,
    /// Headers that every request to it carries.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The environment variable that its key is usually in; `None` if it takes no key.
    pub env_key: Option<&'static str>,
    /// What its addresses and bodies look like.
    pub platform: PlatformKind,
    /// The doors that its API has beside conversations.
    pub tasks: Arc<[Surface]>,
    /// Where it differs from the dialect that it speaks.
    pub quirks: Quirks,
    /// Which models there are is for the operator to say: his deployments, his server's, or more than a list holds.
    pub own_models: bool,
    /// It runs on the operator's own machine: it takes no key and costs nothing.
    pub local: bool,
    /// What compliance policies may ask of it. For a provider out there this is empty: contracts are the operator's to
    /// state. They hold where the catalog's own address is used, or another one on this machine.
    pub facts: Facts,
}

impl ProviderInfo {
    /// Where its API of a dialect begins.
    #[must_use]
    pub fn base_of(&self, dialect: Dialect) -> Option<&'static str> {
        let own = self.bases.iter().find(|(of, _)| *of == dialect);
        own.map(|(_, base)| *base).or(self.base_url)
    }
}

/// What a provider's addresses and bodies look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PlatformKind {
    /// As the dialect has them.
    #[default]
    Plain,
    /// Azure OpenAI.
    Azure,
    /// Google's Vertex AI.
    Vertex,
    /// Amazon Bedrock.
    Bedrock,
}

/// Where a provider differs from the dialect that it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quirks {
    /// OpenAI's dialect: it refuses `stream_options`, and says the usage of every stream unasked.
    pub no_stream_options: bool,
    /// OpenAI's dialect: it knows `max_tokens`, and not `max_completion_tokens`.
    pub max_tokens: bool,
}

/// How a key is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthScheme {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// In a header of this name.
    Header(&'static str),
    /// Each request is signed with an account's keys; or a bearer key, if there is one.
    Aws,
    /// A bearer token that a service account gets, and gets again.
    Google,
}

impl AuthScheme {
    /// What a provider of this dialect usually wants.
    #[must_use]
    pub const fn usual(dialect: Dialect) -> Self {
        match dialect {
            Dialect::OpenAi
            | Dialect::Responses
            | Dialect::Bedrock
            | Dialect::Cohere
            | Dialect::Ollama => Self::Bearer,
            Dialect::Anthropic => Self::Header("x-api-key"),
            Dialect::Gemini => Self::Header("x-goog-api-key"),
        }
    }
}

/// One model of one provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelInfo {
    /// The provider's own name of the model.
    pub model: &'static str,
    /// The region or zone that this price is for; `None` for every one that has no price of its own.
    pub region: Option<&'static str>,
    /// What it is for.
    pub mode: Mode,
    /// The dialects it is reached in, where they are not its provider's.
    pub dialects: Option<Vec<Dialect>>,
    /// What it costs.
    pub price: ModelPrice,
    /// The most input tokens of one call.
    pub context_window: Option<u64>,
    /// The most output tokens of one answer.
    pub max_output: Option<u64>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The day the provider takes it away, `YYYY-MM-DD`, if that is known.
    pub retires: Option<&'static str>,
}
