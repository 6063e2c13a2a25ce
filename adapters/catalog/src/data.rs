//! How `models.json` is written.

use std::collections::BTreeMap;

use marshal_types::{Dialect, Mode, Price, Tokens};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Capabilities, LongContext, ModelInfo, ModelPrice, UnitPrices};

/// The file's text.
pub(crate) const MODELS: &str = include_str!("../models.json");

#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) as_of: &'static str,
    /// By provider: a list of [`Entry`], sorted by model and region, read when it is asked for.
    #[serde(borrow)]
    pub(crate) models: BTreeMap<&'static str, &'static RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    model: &'static str,
    region: Option<&'static str>,
    mode: Option<&'static str>,
    dialects: Option<Vec<&'static str>>,
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    reasoning: Option<u64>,
    audio_input: Option<u64>,
    audio_output: Option<u64>,
    image: Option<u64>,
    second: Option<u64>,
    character: Option<u64>,
    request: Option<u64>,
    search: Option<u64>,
    #[serde(default)]
    long: Vec<Long>,
    context_window: Option<u64>,
    max_output: Option<u64>,
    #[serde(default)]
    capabilities: Vec<&'static str>,
    retires: Option<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    above: u64,
    input: u64,
    output: u64,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
}

impl From<Entry> for ModelInfo {
    fn from(entry: Entry) -> Self {
        Self {
            price: price(&entry),
            model: entry.model,
            region: entry.region,
            mode: entry.mode.map_or(Mode::Chat, mode),
            dialects: entry
                .dialects
                .map(|words| words.into_iter().filter_map(dialect).collect()),
            context_window: entry.context_window,
            max_output: entry.max_output,
            capabilities: entry
                .capabilities
                .iter()
                .fold(Capabilities::default(), |all, word| all.with(word)),
            retires: entry.retires,
        }
    }
}

fn price(entry: &Entry) -> ModelPrice {
    let price = Price::per_mtok;
    let long: Vec<LongContext> = entry
        .long
        .iter()
        .map(|long| LongContext {
            above: Tokens(long.above),
            input: price(long.input),
            output: price(long.output),
            cache_read: long.cache_read.map(price),
            cache_write: long.cache_write.map(price),
        })
        .collect();
    ModelPrice {
        input: price(entry.input),
        output: price(entry.output),
        cache_read: entry.cache_read.map(price),
        cache_write: entry.cache_write.map(price),
        reasoning: entry.reasoning.map(price),
        audio_input: entry.audio_input.map(price),
        audio_output: entry.audio_output.map(price),
        units: UnitPrices {
            image: entry.image.map(price),
            second: entry.second.map(price),
            character: entry.character.map(price),
            request: entry.request.map(price),
            search: entry.search.map(price),
        },
        // The catalog is read once and never given back.
        long: long.leak(),
    }
}

/// The mode of a word; `Any` for a word that nobody knows.
pub(crate) fn mode(word: &str) -> Mode {
    let known = Mode::WORDS.iter().find(|(known, _)| *known == word);
    known.map_or(Mode::Any, |(_, mode)| *mode)
}

/// The dialect of a word.
pub(crate) fn dialect(word: &str) -> Option<Dialect> {
    Dialect::ALL
        .iter()
        .copied()
        .find(|dialect| dialect.as_str() == word)
}
