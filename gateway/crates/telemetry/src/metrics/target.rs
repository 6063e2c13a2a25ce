//! The counters of one target, looked up once and then plain atomics.

use std::sync::Arc;
use std::time::Duration;

use marshal_types::{NanoUsd, TargetName, Usage};
use prometheus_client::metrics::counter::Counter;

use super::families::Families;
use super::histogram::Histogram;
use super::labels;
use crate::outcome::{AttemptOutcome, ProviderFault};

/// The metrics of one target. A clone is the same target; every update is an atomic addition.
#[derive(Clone, Debug)]
pub struct TargetMetrics(Arc<Handles>);

#[derive(Debug)]
struct Handles {
    attempts: [Counter; AttemptOutcome::LABELS.len()],
    /// By [`ProviderFault`]'s discriminant.
    errors: Vec<Counter>,
    first_byte: Histogram,
    input: Counter,
    output: Counter,
    cache_read: Counter,
    cost: Counter,
}

impl TargetMetrics {
    pub(super) fn new(families: &Families, target: &TargetName) -> Self {
        let provider = || target.provider.to_string();
        let model = || target.model.to_string();
        let tokens = |direction| {
            families.tokens.get_or_create_owned(&labels::TokensOf {
                provider: provider(),
                model: model(),
                direction,
            })
        };
        let errors = ProviderFault::ALL.iter().map(|fault| {
            families
                .provider_errors
                .get_or_create_owned(&labels::ProviderError {
                    provider: provider(),
                    kind: fault.as_str(),
                })
        });
        Self(Arc::new(Handles {
            attempts: AttemptOutcome::LABELS.map(|outcome| {
                families.attempts.get_or_create_owned(&labels::Attempt {
                    provider: provider(),
                    model: model(),
                    outcome,
                })
            }),
            errors: errors.collect(),
            first_byte: families
                .first_byte
                .get_or_create_owned(&labels::OfProvider {
                    provider: provider(),
                }),
            input: tokens("input"),
            output: tokens("output"),
            cache_read: tokens("cache_read"),
            cost: families.cost.get_or_create_owned(&labels::OfTarget {
                provider: provider(),
                model: model(),
            }),
        }))
    }

    /// An attempt ended; a failure is counted by its kind too.
    pub fn attempt_ended(&self, outcome: AttemptOutcome) {
        self.0.attempts[outcome.index()].inc();
        if let AttemptOutcome::Failed(code) = outcome
            && let Some(fault) = ProviderFault::of(code)
        {
            self.0.errors[fault as usize].inc();
        }
    }

    /// The first byte of the provider's answer came `after` the attempt's start.
    pub fn first_byte(&self, after: Duration) {
        self.0.first_byte.observe(after);
    }

    /// What an attempt used. `input` includes the tokens read from a cache.
    pub fn used(&self, usage: &Usage) {
        self.0.input.inc_by(usage.input.0);
        self.0.output.inc_by(usage.output.0);
        self.0.cache_read.inc_by(usage.cache_read.0);
    }

    /// What an attempt was charged.
    pub fn charged(&self, cost: NanoUsd) {
        self.0.cost.inc_by(cost.0);
    }
}
