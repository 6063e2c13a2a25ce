//! A model at a provider, as far as routing needs to know it.

use marshal_catalog::{Capabilities, ModelPrice};
use marshal_types::{Dialect, Facts, NanoUsd, TargetName, Tokens, Usage};

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
    /// The most output tokens of one answer.
    pub max_output: u64,
    /// The most input tokens of one call; `None` where nobody said.
    pub context_window: Option<u64>,
    /// What compliance policies may ask of it.
    pub facts: Facts,
    /// It holds conversations.
    pub chat: bool,
}

impl Target {
    /// The most that a call can cost here. `max_output` is what the call may ask for; the target's own bound is lower
    /// where it is lower.
    #[must_use]
    pub fn worst_case(&self, input: Tokens, max_output: Tokens) -> NanoUsd {
        let output = Tokens(max_output.0.min(self.max_output));
        self.price
            .map_or(NanoUsd::ZERO, |price| price.worst_case(input, output))
    }

    /// What a call with this usage cost here.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> NanoUsd {
        self.price.map_or(NanoUsd::ZERO, |price| price.cost(usage))
    }
}
