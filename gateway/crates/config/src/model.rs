//! A provider's models as the operator describes them.

use std::collections::BTreeSet;

use marshal_types::{ModelName, Place, Price};
use marshal_yaml::{Item, MapReader, quoted};

use crate::check;

/// One model of a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
    /// The provider's own name of it.
    pub name: ModelName,
    /// What it can do; `None` where the file does not say (the catalog may know).
    pub capabilities: Option<BTreeSet<Capability>>,
    /// What it costs; `None` where the file does not say.
    pub price: Option<ModelPrice>,
    /// The most output tokens of one answer.
    pub max_output_tokens: Option<u64>,
    /// The most input tokens of one call.
    pub context_window: Option<u64>,
    /// Where it is defined.
    pub place: Place,
}

impl Model {
    /// A model of which only the name is written.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: ModelName::new(name),
            capabilities: None,
            price: None,
            max_output_tokens: None,
            context_window: None,
            place: Place {
                file: "(catalog)".into(),
                line: 1,
                column: 1,
            },
        }
    }
}

/// Something that not every model can do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Capability {
    /// Calls tools.
    Tools,
    /// Sees images.
    Vision,
    /// Answers to a JSON schema.
    JsonSchema,
    /// Thinks before it answers.
    Thinking,
    /// Reads documents (PDF).
    Documents,
    /// Hears audio.
    Audio,
}

impl Capability {
    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, capability)| *capability == self)
            .map_or("", |(word, _)| word)
    }

    /// Every capability with its word in the file.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("tools", Self::Tools),
        ("vision", Self::Vision),
        ("json_schema", Self::JsonSchema),
        ("thinking", Self::Thinking),
        ("documents", Self::Documents),
        ("audio", Self::Audio),
    ];
}

/// What a model costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelPrice {
    /// Nothing: `price: free`.
    Free,
    /// By the token.
    PerMtok {
        /// Input tokens.
        input: Price,
        /// Output tokens.
        output: Price,
        /// Input tokens read from the provider's cache; `None` for the input price.
        cache_read: Option<Price>,
        /// Input tokens written to the provider's cache; `None` for the input price.
        cache_write: Option<Price>,
    },
}

pub(crate) fn read_models(items: &[Item<'_>]) -> Vec<Model> {
    let mut models: Vec<Model> = Vec::new();
    for item in items {
        let Some(model) = read_model(item) else {
            continue;
        };
        if models.iter().any(|other| other.name == model.name) {
            item.fail("this model is already listed; remove one of the two");
        }
        models.push(model);
    }
    models
}

fn read_model(item: &Item<'_>) -> Option<Model> {
    let mut map = item.map()?;
    let name = map.require("name").and_then(|item| {
        let name = item.str()?;
        check::model_name(name)
            .map_err(|what| item.fail(what))
            .ok()?;
        Some(ModelName::new(name))
    });
    let capabilities = map.opt_seq("capabilities").map(|items| {
        let read = |item: &Item<'_>| item.one_of("a capability", Capability::WORDS);
        items.iter().filter_map(read).collect()
    });
    let price = map.get("price").and_then(|item| read_price(&item));
    let max_output_tokens = map.opt_u64_in("max_output_tokens", 1..=100_000_000);
    let context_window = map.opt_u64_in("context_window", 1..=1_000_000_000);
    map.finish();
    Some(Model {
        name: name?,
        capabilities,
        price,
        max_output_tokens,
        context_window,
        place: item.place().clone(),
    })
}

fn read_price(item: &Item<'_>) -> Option<ModelPrice> {
    match item.node().text() {
        Some("free") => return Some(ModelPrice::Free),
        Some(text) => {
            item.fail(format!(
                "{} is not a price; write free, or {{input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.60}}",
                quoted(text)
            ));
            return None;
        }
        None => {}
    }
    let mut map = item.map()?;
    let input = map.require("input_usd_per_mtok");
    let output = map.require("output_usd_per_mtok");
    let (input, output) = (
        input.and_then(|item| price(&item)),
        output.and_then(|item| price(&item)),
    );
    let cache_read = optional(&mut map, "cache_read_usd_per_mtok");
    let cache_write = optional(&mut map, "cache_write_usd_per_mtok");
    map.finish();
    Some(ModelPrice::PerMtok {
        input: input?,
        output: output?,
        cache_read,
        cache_write,
    })
}

fn optional(map: &mut MapReader<'_>, key: &'static str) -> Option<Price> {
    price(&map.get(key)?)
}

/// US dollars for a million tokens: the same number as nano-USD for a million, times a billion.
fn price(item: &Item<'_>) -> Option<Price> {
    check::usd(item).map(|amount| Price::per_mtok(amount.0))
}
