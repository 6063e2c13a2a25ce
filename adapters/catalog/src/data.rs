//! How `models.json` is written.

use marshal_types::{Price, Tokens};
use serde::Deserialize;

use crate::{Capabilities, LongContext, ModelInfo, ModelPrice};

/// The file's text.
pub(crate) const MODELS: &str = include_str!("../models.json");

#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) as_of: &'static str,
    pub(crate) models: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    provider: &'static str,
    model: &'static str,
    input: u64,
    output: u64,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    long: Option<Long>,
    context_window: Option<u64>,
    max_output: Option<u64>,
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
        let price = Price::per_mtok;
        Self {
            provider: entry.provider,
            model: entry.model,
            price: ModelPrice {
                input: price(entry.input),
                output: price(entry.output),
                cache_read: entry.cache_read.map(price),
                cache_write: entry.cache_write.map(price),
                long: entry.long.map(|long| LongContext {
                    above: Tokens(long.above),
                    input: price(long.input),
                    output: price(long.output),
                    cache_read: long.cache_read.map(price),
                    cache_write: long.cache_write.map(price),
                }),
            },
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
