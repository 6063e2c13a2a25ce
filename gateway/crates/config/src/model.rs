//! A provider's models as the operator describes them.

use std::collections::BTreeSet;

use marshal_types::{Dialect, Mode, ModelName, Place};
use marshal_yaml::{Item, Value};

use crate::{ModelPrice, check, price, provider_parts as parts};

/// One model of a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
    /// What clients and policies call it: the provider's own name of it, unless `id` says otherwise.
    pub name: ModelName,
    /// What the provider itself calls it, where that is another name: a deployment, an inference profile.
    pub id: Option<String>,
    /// What it is for; `None` where the file does not say.
    pub mode: Option<Mode>,
    /// The dialects it is reached in, where they are not its provider's; never empty.
    pub dialects: Option<Vec<Dialect>>,
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
            id: None,
            mode: None,
            dialects: None,
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

/// A map with a name in it, or the name alone.
fn read_model(item: &Item<'_>) -> Option<Model> {
    if let Value::Scalar { .. } = item.node().value {
        return Some(Model {
            place: item.place().clone(),
            ..Model::named(name(item)?.as_str())
        });
    }
    let mut map = item.map()?;
    let named = map.require("name").and_then(|item| name(&item));
    let id = map.get("id").and_then(|item| name(&item));
    let mode = map.opt_one_of("mode", "a kind of model", Mode::WORDS);
    let dialects = map.get("dialects").and_then(|item| parts::dialects(&item));
    let capabilities = map.opt_seq("capabilities").map(|items| {
        let read = |item: &Item<'_>| item.one_of("a capability", Capability::WORDS);
        items.iter().filter_map(read).collect()
    });
    let price = map.get("price").and_then(|item| price::read(&item, mode));
    let max_output_tokens = map.opt_u64_in("max_output_tokens", 1..=100_000_000);
    let context_window = map.opt_u64_in("context_window", 1..=1_000_000_000);
    map.finish();
    Some(Model {
        name: named?,
        id: id.map(|id| id.as_str().to_owned()),
        mode,
        dialects,
        capabilities,
        price,
        max_output_tokens,
        context_window,
        place: item.place().clone(),
    })
}

fn name(item: &Item<'_>) -> Option<ModelName> {
    let text = item.str()?;
    if text == "*" {
        item.fail("stands for no model; name each one that may be asked for, because each needs a price and a policy");
        return None;
    }
    check::model_name(text)
        .map_err(|what| item.fail(what))
        .ok()?;
    Some(ModelName::new(text))
}
