//! Money and tokens. No float touches money, and each rounding says its direction.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Billionths of a US dollar. `u64` holds 18.4 billion dollars; sums saturate.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct NanoUsd(pub u64);

/// Why a decimal amount was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalUsdError {
    /// Not digits with at most one point.
    NotDecimal,
    /// More than nine places: finer than a billionth of a dollar.
    TooFine,
    /// More than `u64` holds.
    TooLarge,
}

impl fmt::Display for DecimalUsdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDecimal => "write an amount in US dollars such as 25 or 0.50",
            Self::TooFine => "an amount has at most nine decimal places",
            Self::TooLarge => "an amount is at most 18000000000 dollars",
        })
    }
}

impl std::error::Error for DecimalUsdError {}

impl NanoUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads `25`, `0.5`, `12.000000001`: exactly, with no float between.
    ///
    /// # Errors
    /// [`DecimalUsdError`] says what to write instead.
    pub fn from_decimal(text: &str) -> Result<Self, DecimalUsdError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !digits(whole)
            || !digits(fraction)
            || (text.contains('.') && fraction.is_empty())
        {
            return Err(DecimalUsdError::NotDecimal);
        }
        if fraction.len() > 9 {
            return Err(DecimalUsdError::TooFine);
        }
        let whole: u64 = whole.parse().map_err(|_| DecimalUsdError::TooLarge)?;
        let nanos: u64 = format!("{fraction:0<9}")
            .parse()
            .map_err(|_| DecimalUsdError::NotDecimal)?;
        whole
            .checked_mul(1_000_000_000)
            .and_then(|nano| nano.checked_add(nanos))
            .map(Self)
            .ok_or(DecimalUsdError::TooLarge)
    }

    /// The sum, or the maximum if it does not fit.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A decimal amount in dollars without trailing zeros: `0.000123`.
impl fmt::Display for NanoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, nano) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        if nano == 0 {
            return write!(f, "{whole}");
        }
        let fraction = format!("{nano:09}");
        write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
    }
}

impl Add for NanoUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

impl Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Self::saturating_add)
    }
}

/// A number of tokens.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tokens(pub u64);

/// Nano-USD per million tokens, as providers publish prices: per single token it would not be whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price {
    /// Nano-USD for one million tokens.
    pub nano_usd_per_mtok: u64,
}

impl Price {
    /// From a price in whole nano-USD per million tokens.
    #[must_use]
    pub const fn per_mtok(nano_usd_per_mtok: u64) -> Self {
        Self { nano_usd_per_mtok }
    }

    /// Rounds up, so a sum of charges is never under the true cost. Saturates: no budget holds the maximum.
    #[must_use]
    pub fn charge(self, tokens: Tokens) -> NanoUsd {
        let nano = u128::from(self.nano_usd_per_mtok) * u128::from(tokens.0);
        NanoUsd(u64::try_from(nano.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

/// What a call used, in tokens. `input` includes the cached ones, as `gen_ai.usage.input_tokens` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub input: Tokens,
    /// All output tokens, reasoning ones included.
    pub output: Tokens,
    /// Input tokens read from the provider's prompt cache.
    pub cache_read: Tokens,
    /// Input tokens written to the provider's prompt cache.
    pub cache_write: Tokens,
    /// Output tokens spent on reasoning.
    pub reasoning: Tokens,
    /// True where the provider did not say and Marshal counted.
    pub estimated: bool,
}

/// What a call used that is not counted in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Pictures made.
    pub images: u64,
    /// Thousandths of a second of sound, heard or made.
    pub audio_ms: u64,
    /// Characters of text turned into sound.
    pub characters: u64,
    /// Searches: rerank's unit, and a provider's own web searches.
    pub searches: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_decimal_amount_is_read_exactly() {
        assert_eq!(NanoUsd::from_decimal("25"), Ok(NanoUsd(25_000_000_000)));
        assert_eq!(NanoUsd::from_decimal("0.1"), Ok(NanoUsd(100_000_000)));
        assert_eq!(
            NanoUsd::from_decimal("0.0000000001"),
            Err(DecimalUsdError::TooFine)
        );
        assert_eq!(
            NanoUsd::from_decimal("99999999999"),
            Err(DecimalUsdError::TooLarge)
        );
        for bad in ["", ".5", "5.", "-1", "1e3", "1_000", " 1"] {
            assert_eq!(
                NanoUsd::from_decimal(bad),
                Err(DecimalUsdError::NotDecimal),
                "{bad:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_split_bill_is_never_cheaper(price: u32, a: u32, b: u32) {
            let price = Price::per_mtok(u64::from(price));
            let (a, b) = (u64::from(a), u64::from(b));
            let split = price.charge(Tokens(a)) + price.charge(Tokens(b));
            prop_assert!(split >= price.charge(Tokens(a + b)));
        }

        #[test]
        fn an_amount_reads_back_as_it_was_written(nano: u64) {
            let text = NanoUsd(nano).to_string();
            prop_assert_eq!(NanoUsd::from_decimal(&text), Ok(NanoUsd(nano)));
        }
    }
}
