//! Providers, models, prices and capabilities as data.
//!
//! `models.json` is made by `make_models.py` from a dated public price list; providers, and the demo's models, stand in
//! [`providers`](Catalog::provider). Every model here has a price, so that every call to it can be budgeted. What an
//! operator writes in `marshal.yaml` goes before what stands here; that is the gateway's business.
//!
//! Prices are for ordinary calls: not for batches, priority tiers, or caches that live longer than the usual.

mod data;
mod lookup;
mod price;
mod providers;
#[cfg(test)]
mod tests;

use marshal_types::{Dialect, Facts};

pub use price::{LongContext, ModelPrice};

/// Everything that ships.
#[derive(Debug)]
pub struct Catalog {
    pub(crate) as_of: &'static str,
    pub(crate) providers: Vec<ProviderInfo>,
    /// Sorted by provider and model.
    pub(crate) models: Vec<ModelInfo>,
}

/// A provider that need not be described by the operator.
#[derive(Clone, Debug)]
pub struct ProviderInfo {
    /// Its name in `marshal.yaml` and in target names.
    pub name: &'static str,
    /// Where its API begins, without a slash at the end; `None` for the demo, which answers within the process.
    pub base_url: Option<&'static str>,
    /// The dialects it speaks, the preferred one first.
    pub dialects: Vec<Dialect>,
    /// How its key is sent.
    pub auth: AuthScheme,
    /// Headers that every request to it carries.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The environment variable that its key is usually in; `None` if it takes no key.
    pub env_key: Option<&'static str>,
    /// What compliance policies may ask of it. For a provider out there this is empty: contracts are the operator's to state.
    pub facts: Facts,
}

/// How a key is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthScheme {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// In a header of this name.
    Header(&'static str),
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
    /// The provider's name.
    pub provider: &'static str,
    /// The provider's own name of the model.
    pub model: &'static str,
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

/// What a model can do, or what a call needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Capabilities {
    /// Calls tools.
    pub tools: bool,
    /// Sees images.
    pub vision: bool,
    /// Answers to a JSON schema.
    pub json_schema: bool,
    /// Thinks before it answers.
    pub thinking: bool,
    /// Reads documents.
    pub documents: bool,
    /// Hears audio.
    pub audio: bool,
}

impl Capabilities {
    /// Every one.
    pub const ALL: Self = Self {
        tools: true,
        vision: true,
        json_schema: true,
        thinking: true,
        documents: true,
        audio: true,
    };

    /// Each with its word in `marshal.yaml`, and whether it is there.
    #[must_use]
    pub const fn words(self) -> [(&'static str, bool); 6] {
        [
            ("tools", self.tools),
            ("vision", self.vision),
            ("json_schema", self.json_schema),
            ("thinking", self.thinking),
            ("documents", self.documents),
            ("audio", self.audio),
        ]
    }

    /// The same with the one of that word added; an unknown word adds nothing.
    #[must_use]
    pub fn with(mut self, word: &str) -> Self {
        match word {
            "tools" => self.tools = true,
            "vision" => self.vision = true,
            "json_schema" => self.json_schema = true,
            "thinking" => self.thinking = true,
            "documents" => self.documents = true,
            "audio" => self.audio = true,
            _ => {}
        }
        self
    }
}

pub use lookup::shipped;
