//! A model at a provider, as far as routing needs to know it.

use marshal_catalog::{Capabilities, ModelPrice};
use marshal_types::{Dialect, Facts, NanoUsd, TargetName, Tokens, Usage};

/// The length of an answer of which neither the call nor the target says how long it may be.
const USUAL_MAX_OUTPUT: u64 = 8_192;

/// A model at a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its name.
    pub name: TargetName,
    /// The dialects it is reached in, the preferred one first.
    pub dialects: Vec<Dialect>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What it costs; `None` where nobody said and the operator lets it through: it then counts as costing nothing.
    pub price: Option<ModelPrice>,
    /// The most output tokens of one answer; `None` where nobody said.
    pub max_output: Option<u64>,
    /// The most input tokens of one call; `None` where nobody said.
    pub context_window: Option<u64>,
    /// What compliance policies may ask of it.
    pub facts: Facts,
    /// It holds conversations.
    pub chat: bool,
    /// It stands in the list of models. One that its provider has announced to take away is served as long as the
    /// provider serves it, and not offered.
    pub listed: bool,
}

impl Target {
    /// The longest that one answer may be here: what the call asks for, or the target's own bound where it is lower.
    #[must_use]
    pub fn longest_answer(&self, asked: Option<u64>) -> u64 {
        match (asked, self.max_output) {
            (Some(asked), Some(bound)) => asked.min(bound),
            (asked, bound) => asked.or(bound).unwrap_or(USUAL_MAX_OUTPUT),
        }
    }

    /// The most that a call can cost here, with at most so many tokens in all its answers.
    #[must_use]
    pub fn worst_case(&self, input: Tokens, output: Tokens) -> NanoUsd {
        self.price
            .map_or(NanoUsd::ZERO, |price| price.worst_case(input, output))
    }

    /// What a call with this usage cost here.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> NanoUsd {
        self.price.map_or(NanoUsd::ZERO, |price| price.cost(usage))
    }
}
