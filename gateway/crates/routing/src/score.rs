//! Scores: the lower, the earlier. Integers only, and no secret weights.

use std::borrow::Cow;

use marshal_types::{Mode, Tokens, Units};

use crate::health::Latency;
use crate::{Need, Target};

/// How one of several candidates is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strategy {
    /// In the order given. The score is the place in it.
    #[default]
    Ordered,
    /// The cheapest first. The score is the price of the call in nano-USD: its input, and the output it asks for.
    Cost,
    /// The fastest first. The score is the expected microseconds to the first byte; an unmeasured one is tried first,
    /// by one call at a time.
    Latency,
    /// Both. The score is the mean of two per-mille figures: the call's price as a share of the dearest candidate's, and
    /// the latency as a share of the slowest one's.
    Balanced,
}

impl Strategy {
    /// The word in `marshal.yaml`, in the `x-marshal-strategy` header and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Cost => "cost",
            Self::Latency => "latency",
            Self::Balanced => "balanced",
        }
    }

    /// The strategy of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ordered, Self::Cost, Self::Latency, Self::Balanced]
            .into_iter()
            .find(|strategy| strategy.as_str() == word)
    }
}

/// Output tokens that a call which does not say is priced at, to compare prices.
const USUAL_OUTPUT: Tokens = Tokens(1_024);

/// What the score of one candidate is made of.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    /// Nano-USD; `None` if nobody said what it costs.
    pub(crate) cost: Option<u64>,
    pub(crate) latency: Latency,
    /// Its place among the candidates.
    pub(crate) place: usize,
}

pub(crate) fn cost(target: &Target, need: &Need) -> Option<u64> {
    let price = target.price?;
    let output = need.max_output.unwrap_or(USUAL_OUTPUT);
    let units = usual_units(need);
    Some(price.worst_case(need.input, output, &units).0)
}

/// What a call of this kind usually takes that is not counted in tokens, to compare prices.
fn usual_units(need: &Need) -> Units {
    let none = Units::default();
    match need.mode {
        Mode::Image => Units { images: 1, ..none },
        Mode::Rerank => Units {
            searches: 1,
            ..none
        },
        // A word is said in less than half a second, and is a token or more.
        Mode::Speech => Units {
            audio_ms: need.input.0.saturating_mul(400),
            characters: need.input.0.saturating_mul(4),
            ..none
        },
        Mode::Transcription => Units {
            audio_ms: 60_000,
            ..none
        },
        _ => none,
    }
}

/// The scale of a balanced score: the dearest and the slowest of the candidates.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scale {
    pub(crate) cost: u64,
    pub(crate) latency: u64,
}

impl Scale {
    pub(crate) fn widen(&mut self, measure: &Measure) {
        self.cost = self.cost.max(measure.cost.unwrap_or(0));
        if let Latency::Micros(latency) = measure.latency {
            self.latency = self.latency.max(latency);
        }
    }
}

pub(crate) fn score(strategy: Strategy, measure: &Measure, scale: Scale) -> i64 {
    match strategy {
        Strategy::Ordered => i64::try_from(measure.place).unwrap_or(i64::MAX),
        Strategy::Cost => measure.cost.map_or(i64::MAX, signed),
        Strategy::Latency => match measure.latency {
            Latency::Micros(latency) => signed(latency),
            Latency::Unknown => 0,
            Latency::BeingMeasured => i64::MAX,
        },
        Strategy::Balanced => {
            let cost = measure
                .cost
                .map_or(1_000, |cost| per_mille(cost, scale.cost));
            let latency = match measure.latency {
                Latency::Micros(latency) => per_mille(latency, scale.latency),
                Latency::Unknown => 0,
                Latency::BeingMeasured => 1_000,
            };
            i64::midpoint(cost, latency)
        }
    }
}

/// Why a candidate with this score stands first, or later.
pub(crate) fn why(strategy: Strategy, measure: &Measure, first: bool) -> Cow<'static, str> {
    let unmeasured = measure.latency == Latency::Unknown;
    Cow::Borrowed(match (strategy, first) {
        (Strategy::Ordered, true) => "first in the configured order",
        (Strategy::Ordered, false) => "next in the configured order",
        (Strategy::Cost, _) if measure.cost.is_none() => "its price is not known, so it comes last",
        (Strategy::Cost, true) => "cheapest",
        (Strategy::Cost, false) => "next cheapest",
        (Strategy::Latency, true) if unmeasured => "not measured yet, so it is tried",
        (Strategy::Latency, true) => "fastest",
        (Strategy::Latency, false) => "next fastest",
        (Strategy::Balanced, true) => "best of price and latency",
        (Strategy::Balanced, false) => "next best of price and latency",
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn per_mille(part: u64, whole: u64) -> i64 {
    let share = (u128::from(part) * 1_000).checked_div(u128::from(whole));
    i64::try_from(share.unwrap_or(0)).unwrap_or(1_000)
}
