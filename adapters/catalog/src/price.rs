//! What a model costs, and what a call cost or could cost. Integers only; each rounding is up.

use marshal_types::{NanoUsd, Price, Tokens, Usage};

/// Prices of one model. The default is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ModelPrice {
    /// Input tokens that no cache was involved in.
    pub input: Price,
    /// Output tokens, reasoning ones included.
    pub output: Price,
    /// Input tokens read from the provider's cache; `None` for the input price.
    pub cache_read: Option<Price>,
    /// Input tokens written to the provider's cache; `None` for the input price.
    pub cache_write: Option<Price>,
    /// Dearer prices for long inputs.
    pub long: Option<LongContext>,
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
            long: None,
        }
    }

    /// What a call with this usage cost. Each part is rounded up.
    ///
    /// A usage that counts more cached tokens than input tokens is charged for every one that it counts.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> NanoUsd {
        let rates = self.rates(usage.input);
        let cached = usage.cache_read.0.saturating_add(usage.cache_write.0);
        let plain = Tokens(usage.input.0.saturating_sub(cached));
        rates.input.charge(plain)
            + rates.cache_read.charge(usage.cache_read)
            + rates.cache_write.charge(usage.cache_write)
            + rates.output.charge(usage.output)
    }

    /// The most that a call can cost: every input token at its dearest, and every output token that is allowed.
    #[must_use]
    pub fn worst_case(&self, input: Tokens, max_output: Tokens) -> NanoUsd {
        let rates = self.rates(input);
        let dearest = rates.input.max(rates.cache_read).max(rates.cache_write);
        // A cost is rounded in up to three parts of the input; two nano-dollars more hold them all.
        let rounding = if dearest == Price::default() {
            NanoUsd::ZERO
        } else {
            NanoUsd(2)
        };
        dearest.charge(input) + rates.output.charge(max_output) + rounding
    }

    fn rates(&self, input: Tokens) -> Rates {
        match &self.long {
            Some(long) if input > long.above => Rates {
                input: long.input,
                output: long.output,
                cache_read: long.cache_read.unwrap_or(long.input),
                cache_write: long.cache_write.unwrap_or(long.input),
            },
            _ => Rates {
                input: self.input,
                output: self.output,
                cache_read: self.cache_read.unwrap_or(self.input),
                cache_write: self.cache_write.unwrap_or(self.input),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            price.cost(&usage),
            NanoUsd(100 * 10 + 600 + 300 * 12 + 10 * 50)
        );
    }

    #[test]
    fn a_long_input_makes_the_whole_call_dearer() {
        let long = LongContext {
            above: Tokens(200_000),
            input: Price::per_mtok(2_000_000),
            output: Price::per_mtok(20_000_000),
            cache_read: None,
            cache_write: None,
        };
        let price = ModelPrice {
            long: Some(long),
            ..ModelPrice::flat(Price::per_mtok(1_000_000), Price::per_mtok(10_000_000))
        };
        let usage = |input| Usage {
            input: Tokens(input),
            output: Tokens(10),
            ..Usage::default()
        };
        assert_eq!(price.cost(&usage(200_000)), NanoUsd(200_000 + 100));
        assert_eq!(price.cost(&usage(200_001)), NanoUsd(400_002 + 200));
    }

    proptest! {
        #[test]
        fn no_call_costs_more_than_its_worst_case(
            prices: [u32; 4], input in 0u64..2_000_000, read in 0u64..1_000_000, write in 0u64..1_000_000, output: u32,
        ) {
            let price = |n: u32| Price::per_mtok(u64::from(n));
            let price = ModelPrice {
                cache_read: Some(price(prices[2])),
                cache_write: Some(price(prices[3])),
                ..ModelPrice::flat(price(prices[0]), price(prices[1]))
            };
            let usage = Usage {
                input: Tokens(input),
                output: Tokens(u64::from(output)),
                cache_read: Tokens(read.min(input)),
                cache_write: Tokens(write.min(input - read.min(input))),
                ..Usage::default()
            };
            prop_assert!(price.cost(&usage) <= price.worst_case(usage.input, usage.output));
        }
    }
}
