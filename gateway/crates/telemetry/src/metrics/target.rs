//! The counters of one target, looked up once and then plain atomics.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use marshal_types::{NanoUsd, TargetName, Usage};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use super::Ongoing;
use super::families::Families;
use super::gen_ai::{GenAi, OperationMetrics};
use super::histogram::Histogram;
use super::labels;
use crate::operation::Operation;
use crate::outcome::{AttemptOutcome, ProviderFault};
use crate::trace::TraceId;

/// The metrics of one target. A clone is the same target; every update is an atomic addition.
#[derive(Clone, Debug)]
pub struct TargetMetrics(Arc<Handles>);

#[derive(Debug)]
struct Handles {
    attempts: [Counter; AttemptOutcome::LABELS.len()],
    /// By [`ProviderFault`]'s discriminant.
    errors: Vec<Counter>,
    duration: Histogram,
    first_byte: Histogram,
    input: Counter,
    output: Counter,
    cache_read: Counter,
    cost: Counter,
    inflight: Gauge,
    available: Gauge,
    name: TargetName,
    known_as: Arc<str>,
    gen_ai: Arc<GenAi>,
    /// By [`Operation`]'s discriminant; made when one is used.
    operations: Vec<OnceLock<OperationMetrics>>,
}

impl TargetMetrics {
    pub(super) fn new(families: &Families, target: &TargetName, known_as: Arc<str>) -> Self {
        let provider = || target.provider.to_string();
        let model = || target.model.to_string();
        let of_target = labels::OfTarget {
            provider: provider(),
            model: model(),
        };
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
                    model: model(),
                    kind: fault.as_str(),
                })
        });
        let available = families.target_available.get_or_create_owned(&of_target);
        available.set(1); // until a call fails
        Self(Arc::new(Handles {
            attempts: AttemptOutcome::LABELS.map(|outcome| {
                families.attempts.get_or_create_owned(&labels::Attempt {
                    provider: provider(),
                    model: model(),
                    outcome,
                })
            }),
            errors: errors.collect(),
            duration: families.attempt_duration.get_or_create_owned(&of_target),
            first_byte: families.first_byte.get_or_create_owned(&of_target),
            input: tokens("input"),
            output: tokens("output"),
            cache_read: tokens("cache_read"),
            cost: families.cost.get_or_create_owned(&of_target),
            inflight: families.inflight_attempts.get_or_create_owned(&of_target),
            available,
            name: target.clone(),
            known_as,
            gen_ai: Arc::clone(&families.gen_ai),
            operations: Operation::ALL.iter().map(|_| OnceLock::new()).collect(),
        }))
    }

    /// The conventions' metrics of an operation; `None` where no model is asked.
    #[must_use]
    pub fn operation(&self, operation: Operation) -> Option<&OperationMetrics> {
        let place = self.0.operations.get(operation as usize)?;
        operation.asks_a_model().then(|| {
            place.get_or_init(|| {
                OperationMetrics::new(&self.0.gen_ai, &self.0.name, &self.0.known_as, operation)
            })
        })
    }

    /// An attempt is under way until the guard is dropped.
    pub fn attempt_started(&self) -> Ongoing {
        Ongoing::new(&self.0.inflight)
    }

    /// Whether calls are sent to it now.
    pub fn available(&self, available: bool) {
        self.0.available.set(available.into());
    }

    /// An attempt that took so long ended; a failure is counted by its kind too.
    pub fn attempt_ended(&self, outcome: AttemptOutcome, took: Duration, trace: Option<TraceId>) {
        self.0.duration.observe_in(took, trace);
        self.0.attempts[outcome.index()].inc();
        if let AttemptOutcome::Failed(code) = outcome
            && let Some(fault) = ProviderFault::of(code)
        {
            self.0.errors[fault as usize].inc();
        }
    }

    /// The first byte of the provider's answer came `after` the attempt's start.
    pub fn first_byte(&self, after: Duration, trace: Option<TraceId>) {
        self.0.first_byte.observe_in(after, trace);
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
