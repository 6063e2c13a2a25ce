//! A model at a provider, as far as routing needs to know it.

use std::sync::Arc;

use marshal_catalog::{Capabilities, ModelPrice};
use marshal_types::{
    Dialect, Facts, Mode, ModelName, NanoUsd, ProviderName, Surface, SurfaceKind, TargetName,
    Tokens, Units, Usage,
};

/// The length of an answer of which neither the call nor the target says how long it may be.
const USUAL_MAX_OUTPUT: u64 = 8_192;

/// A model at a provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its name.
    pub name: TargetName,
    /// What the provider itself calls the model: its name, unless the operator named it otherwise (a deployment, an ARN).
    pub id: Arc<str>,
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
    /// What it is for.
    pub mode: Mode,
    /// The doors that its provider has beside conversations.
    pub surfaces: Arc<[Surface]>,
    /// It stands in the list of models. One that its provider has announced to take away is served as long as the
    /// provider serves it, and not offered.
    pub listed: bool,
}

impl Target {
    /// A provider itself, for what is asked of it and not of a model of its own: files, batches, what it keeps. It is
    /// named after the door, costs nothing, and is in no list.
    #[must_use]
    pub fn of_provider(
        provider: ProviderName,
        surface: Surface,
        dialects: Vec<Dialect>,
        facts: Facts,
    ) -> Self {
        Self {
            name: TargetName {
                provider,
                model: ModelName::new(surface.as_str()),
            },
            id: Arc::from(""),
            dialects,
            capabilities: Capabilities::ALL,
            price: Some(ModelPrice::default()),
            max_output: None,
            context_window: None,
            facts,
            mode: Mode::Any,
            surfaces: Arc::from([surface]),
            listed: false,
        }
    }

    /// What the provider itself calls the model.
    #[must_use]
    pub fn model_id(&self) -> &str {
        &self.id
    }

    /// The longest that one answer may be here: what the call asks for, or the target's own bound where it is lower.
    #[must_use]
    pub fn longest_answer(&self, asked: Option<u64>) -> u64 {
        match (asked, self.max_output) {
            (Some(asked), Some(bound)) => asked.min(bound),
            (asked, bound) => asked.or(bound).unwrap_or(USUAL_MAX_OUTPUT),
        }
    }

    /// The most that a call can cost here, with at most so many tokens in all its answers and so many units.
    #[must_use]
    pub fn worst_case(&self, input: Tokens, output: Tokens, units: &Units) -> NanoUsd {
        self.price.map_or(NanoUsd::ZERO, |price| {
            price.worst_case(input, output, units)
        })
    }

    /// What a call with this usage and these units cost here.
    #[must_use]
    pub fn cost(&self, usage: &Usage, units: &Units) -> NanoUsd {
        self.price
            .map_or(NanoUsd::ZERO, |price| price.cost(usage, units))
    }

    /// True where nobody said what it costs, so that its costs of nothing are not to be believed.
    #[must_use]
    pub const fn is_unpriced(&self) -> bool {
        self.price.is_none()
    }

    /// True if its provider can be asked through this door. A conversation can be had in any dialect.
    #[must_use]
    pub fn has_door(&self, surface: Surface) -> bool {
        surface.kind() == SurfaceKind::Chat || self.surfaces.contains(&surface)
    }
}
