//! What a model costs, and what a call cost or could cost. Integers only; each rounding is up.

use marshal_types::{NanoUsd, Price, Tokens, Units, Usage};

/// Prices of one model. The default is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ModelPrice {
    /// Input tokens that no cache was involved in.
    pub input: Price,
    /// Output tokens.
    pub output: Price,
    /// Input tokens read from the provider's cache; `None` for the input price.
    pub cache_read: Option<Price>,
    /// Input tokens written to the provider's cache; `None` for the input price.
    pub cache_write: Option<Price>,
    /// Output tokens spent on reasoning; `None` for the output price.
    pub reasoning: Option<Price>,
    /// Input tokens of a call with sound in it, where they are dearer: a usage does not tell which of them are sound.
    pub audio_input: Option<Price>,
    /// Output tokens of such a call.
    pub audio_output: Option<Price>,
    /// What is not counted in tokens.
    pub units: UnitPrices,
    /// Dearer prices for long inputs, the shortest first.
    pub long: &'static [LongContext],
}

/// Prices of what is not counted in tokens, for a million of each: nano-USD, as for tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UnitPrices {
    /// Pictures made.
    pub image: Option<Price>,
    /// Seconds of sound, heard or made.
    pub second: Option<Price>,
    /// Characters turned into sound.
    pub character: Option<Price>,
    /// Calls.
    pub request: Option<Price>,
    /// Searches.
    pub search: Option<Price>,
}

/// Prices of a whole call, once its input is longer than a threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LongContext {
    /// A call with more input tokens than this, cached ones included, is charged by the prices below.
    pub above: Tokens,
    /// As in [`ModelPrice`].
    pub input: Price,
    /// As in [`ModelPrice`].
    pub output: Price,
    /// As in [`ModelPrice`].
    pub cache_read: Option<Price>,
    /// As in [`ModelPrice`].
    pub cache_write: Option<Price>,
}

/// The prices that hold for one call.
struct Rates {
    input: Price,
    output: Price,
    cache_read: Price,
    cache_write: Price,
    reasoning: Price,
}

impl ModelPrice {
    /// Prices that do not depend on caches or length.
    #[must_use]
    pub const fn flat(input: Price, output: Price) -> Self {
        Self {
            input,
            output,
            cache_read: None,
            cache_write: None,
            reasoning: None,
            audio_input: None,
            audio_output: None,
            units: UnitPrices {
                image: None,
                second: None,
                character: None,
                request: None,
                search: None,
            },
            long: &[],
        }
    }

    /// What a call with this usage and these units cost. Each part is rounded up.
    ///
    /// A usage that counts more cached tokens than input tokens is charged for every one that it counts. `units.audio_ms` above zero says that sound was in the call.
    #[must_use]
    pub fn cost(&self, usage: &Usage, units: &Units) -> NanoUsd {
        let rates = self.rates(usage.input, units);
        let cached = usage.cache_read.0.saturating_add(usage.cache_write.0);
        let plain = Tokens(usage.input.0.saturating_sub(cached));
        let output = match self.reasoning {
            None => rates.output.charge(usage.output),
            Some(_) => {
                let spoken = Tokens(usage.output.0.saturating_sub(usage.reasoning.0));
                rates.output.charge(spoken) + rates.reasoning.charge(usage.reasoning)
            }
        };
        rates.input.charge(plain)
            + rates.cache_read.charge(usage.cache_read)
            + rates.cache_write.charge(usage.cache_write)
            + output
            + self.units.cost(units)
    }

    /// The most that a call can cost: every input token at its dearest, every output token that is allowed, and as many
    /// units as can come of it.
    #[must_use]
    pub fn worst_case(&self, input: Tokens, max_output: Tokens, units: &Units) -> NanoUsd {
        let rates = self.rates(input, units);
        let into = rates.input.max(rates.cache_read).max(rates.cache_write);
        let (out, out_parts) = match self.reasoning {
            None => (rates.output, 0),
            Some(_) => (rates.output.max(rates.reasoning), 1),
        };
        into.charge(input)
            + out.charge(max_output)
            + rounding(into, 2)
            + rounding(out, out_parts)
            + self.units.cost(units)
    }

    fn rates(&self, input: Tokens, units: &Units) -> Rates {
        let base = Rates {
            input: self.input,
            output: self.output,
            cache_read: self.cache_read.unwrap_or(self.input),
            cache_write: self.cache_write.unwrap_or(self.input),
            reasoning: self.reasoning.unwrap_or(self.output),
        };
        let passed = self.long.iter().rev().find(|long| input > long.above);
        let mut rates = passed.map_or(base, |long| Rates {
            input: long.input,
            output: long.output,
            cache_read: long.cache_read.unwrap_or(long.input),
            cache_write: long.cache_write.unwrap_or(long.input),
            reasoning: long.output.max(self.reasoning.unwrap_or_default()),
        });
        if units.audio_ms > 0 {
            // A floor: sound is not read from a cache at a text's price.
            let sound = self.audio_input.unwrap_or_default();
            for rate in [
                &mut rates.input,
                &mut rates.cache_read,
                &mut rates.cache_write,
            ] {
                *rate = sound.max(*rate);
            }
            rates.output = rates.output.max(self.audio_output.unwrap_or_default());
        }
        rates
    }
}

impl UnitPrices {
    /// What so many units, and the call itself, cost.
    fn cost(&self, units: &Units) -> NanoUsd {
        let charge = |price: Option<Price>, count: u64| {
            price.map_or(NanoUsd::ZERO, |price| price.charge(Tokens(count)))
        };
        charge(self.image, units.images)
            + self
                .second
                .map_or(NanoUsd::ZERO, |price| of_ms(price, units.audio_ms))
            + charge(self.character, units.characters)
            + charge(self.request, 1)
            + charge(self.search, units.searches)
    }
}

/// So many thousandths of a second at a price for a million seconds.
fn of_ms(price: Price, ms: u64) -> NanoUsd {
    let nano = u128::from(price.nano_usd_per_mtok) * u128::from(ms);
    NanoUsd(u64::try_from(nano.div_ceil(1_000_000_000)).unwrap_or(u64::MAX))
}

/// A cost is rounded up in parts, a worst case at once: so many nano-dollars more hold them all.
fn rounding(price: Price, parts: u64) -> NanoUsd {
    if price == Price::default() {
        NanoUsd::ZERO
    } else {
        NanoUsd(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: Units = Units {
        images: 0,
        audio_ms: 0,
        characters: 0,
        searches: 0,
    };

    #[test]
    fn cached_tokens_are_charged_apart_and_only_once() {
        let price = ModelPrice {
            cache_read: Some(Price::per_mtok(1_000_000)),
            cache_write: Some(Price::per_mtok(12_000_000)),
            ..ModelPrice::flat(Price::per_mtok(10_000_000), Price::per_mtok(50_000_000))
        };
        let usage = Usage {
            input: Tokens(1_000),
            output: Tokens(10),
            cache_read: Tokens(600),
            cache_write: Tokens(300),
            ..Usage::default()
        };
        assert_eq!(
            price.cost(&usage, &NONE),
            NanoUsd(100 * 10 + 600 + 300 * 12 + 10 * 50)
        );
    }

    #[test]
    fn reasoning_has_its_own_price_where_the_provider_has_one() {
        let price = ModelPrice {
            reasoning: Some(Price::per_mtok(80_000_000)),
            ..ModelPrice::flat(Price::per_mtok(10_000_000), Price::per_mtok(50_000_000))
        };
        let usage = Usage {
            output: Tokens(10),
            reasoning: Tokens(4),
            ..Usage::default()
        };
        assert_eq!(price.cost(&usage, &NONE), NanoUsd(6 * 50 + 4 * 80));
    }

    #[test]
    fn a_long_input_makes_the_whole_call_dearer_step_by_step() {
        let long = |above, input| LongContext {
            above: Tokens(above),
            input: Price::per_mtok(input),
            output: Price::per_mtok(20_000_000),
            cache_read: None,
            cache_write: None,
        };
        let price = ModelPrice {
            long: vec![long(200_000, 2_000_000), long(400_000, 3_000_000)].leak(),
            ..ModelPrice::flat(Price::per_mtok(1_000_000), Price::per_mtok(10_000_000))
        };
        let cost = |input| {
            let usage = Usage {
                input: Tokens(input),
                output: Tokens(10),
                ..Usage::default()
            };
            price.cost(&usage, &NONE)
        };
        assert_eq!(cost(200_000), NanoUsd(200_000 + 100));
        assert_eq!(cost(200_001), NanoUsd(400_002 + 200));
        assert_eq!(cost(400_001), NanoUsd(1_200_003 + 200));
    }

    #[test]
    fn pictures_sound_characters_and_searches_are_charged_by_the_piece() {
        let per = |usd_nano: u64| Some(Price::per_mtok(usd_nano * 1_000_000));
        let price = ModelPrice {
            units: UnitPrices {
                image: per(40_000_000),
                second: per(100_000),
                character: per(15_000),
                request: per(5),
                search: per(2_000_000),
            },
            ..ModelPrice::default()
        };
        let cost = |units: Units| price.cost(&Usage::default(), &units).0 - 5;
        assert_eq!(cost(NONE), 0);
        assert_eq!(cost(Units { images: 2, ..NONE }), 80_000_000);
        assert_eq!(
            cost(Units {
                audio_ms: 1_500,
                ..NONE
            }),
            150_000
        );
        assert_eq!(
            cost(Units {
                audio_ms: 1,
                ..NONE
            }),
            100
        );
        assert_eq!(
            cost(Units {
                characters: 3,
                ..NONE
            }),
            45_000
        );
        assert_eq!(
            cost(Units {
                searches: 1,
                ..NONE
            }),
            2_000_000
        );
    }

    #[test]
    fn a_call_with_sound_in_it_is_charged_as_sound() {
        let price = ModelPrice {
            cache_read: Some(Price::per_mtok(1_000_000)),
            audio_input: Some(Price::per_mtok(30_000_000)),
            ..ModelPrice::flat(Price::per_mtok(10_000_000), Price::per_mtok(50_000_000))
        };
        let usage = Usage {
            input: Tokens(100),
            cache_read: Tokens(50),
            ..Usage::default()
        };
        let sound = Units {
            audio_ms: 1,
            ..NONE
        };
        assert_eq!(price.cost(&usage, &NONE), NanoUsd(500 + 50));
        assert_eq!(price.cost(&usage, &sound), NanoUsd(3_000));
    }

    proptest! {
        #[test]
        fn no_call_costs_more_than_its_worst_case(
            prices: [u32; 7], units: [u32; 5], long in proptest::option::of((0u64..2_000_000, any::<[u32; 4]>())),
            counts: [u16; 4], input in 0u64..2_000_000, read in 0u64..1_000_000, write in 0u64..1_000_000,
            output: u32, reasoning: u32, fewer in 0u16..9,
        ) {
            let price = |n: u32| Price::per_mtok(u64::from(n));
            let some = |n: u32| n.is_multiple_of(2).then(|| price(n));
            let long: Vec<LongContext> = long.into_iter().map(|(above, prices)| LongContext {
                above: Tokens(above),
                input: price(prices[0]),
                output: price(prices[1]),
                cache_read: some(prices[2]),
                cache_write: some(prices[3]),
            }).collect();
            let price = ModelPrice {
                cache_read: some(prices[2]),
                cache_write: some(prices[3]),
                reasoning: some(prices[4]),
                audio_input: some(prices[5]),
                audio_output: some(prices[6]),
                units: UnitPrices {
                    image: some(units[0]),
                    second: some(units[1]),
                    character: some(units[2]),
                    request: some(units[3]),
                    search: some(units[4]),
                },
                long: long.leak(),
                ..ModelPrice::flat(price(prices[0]), price(prices[1]))
            };
            let usage = Usage {
                input: Tokens(input),
                output: Tokens(u64::from(output)),
                cache_read: Tokens(read.min(input)),
                cache_write: Tokens(write.min(input - read.min(input))),
                reasoning: Tokens(u64::from(reasoning.min(output))),
                ..Usage::default()
            };
            let most = Units {
                images: counts[0].into(),
                audio_ms: counts[1].into(),
                characters: counts[2].into(),
                searches: counts[3].into(),
            };
            let used = Units { images: most.images.saturating_sub(fewer.into()), ..most };
            prop_assert!(price.cost(&usage, &used) <= price.worst_case(usage.input, usage.output, &most));
        }
    }
}
