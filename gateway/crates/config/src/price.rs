//! What a model costs, as the operator states it.

use marshal_types::{Mode, Price};
use marshal_yaml::{Item, MapReader, quoted};

use crate::check;

/// What a model costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelPrice {
    /// Nothing: `price: free`.
    Free,
    /// By the token, by the piece, or both.
    Stated(StatedPrice),
}

/// Prices as they are written. All are for a million, as [`Price`] has it: tokens, or pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StatedPrice {
    /// Input tokens.
    pub input: Option<Price>,
    /// Output tokens.
    pub output: Option<Price>,
    /// Input tokens read from the provider's cache; `None` for the input price.
    pub cache_read: Option<Price>,
    /// Input tokens written to the provider's cache; `None` for the input price.
    pub cache_write: Option<Price>,
    /// Output tokens spent on reasoning; `None` for the output price.
    pub reasoning: Option<Price>,
    /// Input tokens of a call with sound in it; `None` for the input price.
    pub audio_input: Option<Price>,
    /// Output tokens of a call with sound in it; `None` for the output price.
    pub audio_output: Option<Price>,
    /// Pictures made.
    pub image: Option<Price>,
    /// Seconds of sound.
    pub second: Option<Price>,
    /// Characters turned into sound.
    pub character: Option<Price>,
    /// Calls.
    pub request: Option<Price>,
    /// Searches.
    pub search: Option<Price>,
}

impl StatedPrice {
    fn has_pieces(&self) -> bool {
        let pieces = [
            self.image,
            self.second,
            self.character,
            self.request,
            self.search,
        ];
        pieces.iter().any(Option::is_some)
    }
}

pub(crate) fn read(item: &Item<'_>, mode: Option<Mode>) -> Option<ModelPrice> {
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
    let stated = StatedPrice {
        image: pieces(&mut map, "image_usd"),
        second: pieces(&mut map, "second_usd"),
        character: pieces(&mut map, "character_usd"),
        request: pieces(&mut map, "request_usd"),
        search: pieces(&mut map, "search_usd"),
        ..StatedPrice::default()
    };
    let answers = mode.is_none_or(|mode| matches!(mode, Mode::Chat | Mode::Completion));
    let input_alone = mode == Some(Mode::Embedding);
    let (input, output) = if answers || !(stated.has_pieces() || input_alone) {
        // A conversation is made of tokens, whatever else it costs.
        (
            map.require("input_usd_per_mtok"),
            map.require("output_usd_per_mtok"),
        )
    } else if input_alone && !stated.has_pieces() {
        (
            map.require("input_usd_per_mtok"),
            map.get("output_usd_per_mtok"),
        )
    } else {
        (
            map.get("input_usd_per_mtok"),
            map.get("output_usd_per_mtok"),
        )
    };
    let stated = StatedPrice {
        input: input.and_then(|item| price(&item)),
        output: output.and_then(|item| price(&item)),
        cache_read: tokens(&mut map, "cache_read_usd_per_mtok"),
        cache_write: tokens(&mut map, "cache_write_usd_per_mtok"),
        reasoning: tokens(&mut map, "reasoning_usd_per_mtok"),
        audio_input: tokens(&mut map, "audio_input_usd_per_mtok"),
        audio_output: tokens(&mut map, "audio_output_usd_per_mtok"),
        ..stated
    };
    map.finish();
    Some(ModelPrice::Stated(stated))
}

fn tokens(map: &mut MapReader<'_>, key: &'static str) -> Option<Price> {
    price(&map.get(key)?)
}

/// US dollars for a million tokens: the same number as nano-USD for a million, times a billion.
fn price(item: &Item<'_>) -> Option<Price> {
    check::usd(item).map(|amount| Price::per_mtok(amount.0))
}

/// US dollars for one.
fn pieces(map: &mut MapReader<'_>, key: &'static str) -> Option<Price> {
    let amount = check::usd(&map.get(key)?)?;
    Some(Price::per_mtok(amount.0.saturating_mul(1_000_000)))
}
