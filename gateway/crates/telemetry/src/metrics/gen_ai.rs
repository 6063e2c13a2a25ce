//! The metrics of OpenTelemetry's GenAI conventions, for one operation of one target at a time.

use std::sync::Arc;
use std::time::Duration;

use marshal_types::semconv::{self, Conventions, Metric};
use marshal_types::{TargetName, Tokens, Usage};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Metric as Registrable, Registry};

use super::families::register;
use super::histogram::{Bounds, CHUNKS, FIRST_BYTES, Histogram, PER_TOKEN, TOKENS, WHOLE_CALLS};
use crate::operation::Operation;
use crate::outcome::{AttemptOutcome, CallOutcome};
use crate::trace::TraceId;

/// Names as the conventions have them; the values are an operator's or from closed sets.
type Labels = Vec<(String, String)>;
type Histograms = Family<Labels, Histogram, Bounds>;

/// Every metric of the conventions. A page shows those that the chosen ones have.
#[derive(Debug)]
pub(super) struct GenAi {
    conventions: Conventions,
    used: [Family<Labels, Counter>; 5],
    input: Histograms,
    output: Histograms,
    both: Histograms,
    duration: Histograms,
    first_chunk: Histograms,
    per_chunk: Histograms,
    served: Histograms,
    first_token: Histograms,
    per_token: Histograms,
}

impl GenAi {
    pub(super) fn new(conventions: Conventions) -> Self {
        let of = Family::new_with_constructor;
        Self {
            conventions,
            used: Default::default(),
            input: of(TOKENS),
            output: of(TOKENS),
            both: of(TOKENS),
            duration: of(WHOLE_CALLS),
            first_chunk: of(FIRST_BYTES),
            per_chunk: of(CHUNKS),
            served: of(WHOLE_CALLS),
            first_token: of(FIRST_BYTES),
            per_token: of(PER_TOKEN),
        }
    }

    #[rustfmt::skip] // one line a metric reads as a table
    pub(super) fn register(&self, all: &mut Registry) {
        let [input, output, read, written, reasoning] = &self.used;
        self.add(all, semconv::USED_INPUT, "Input tokens, cached ones included", input);
        self.add(all, semconv::USED_OUTPUT, "Output tokens, reasoning ones included", output);
        self.add(all, semconv::USED_CACHE_READ, "Input tokens read from a provider's cache", read);
        self.add(all, semconv::USED_CACHE_WRITE, "Input tokens written to a provider's cache", written);
        self.add(all, semconv::USED_REASONING, "Output tokens spent on reasoning", reasoning);
        self.add(all, semconv::OPERATION_INPUT, "Input tokens of an attempt that succeeded", &self.input);
        self.add(all, semconv::OPERATION_OUTPUT, "Output tokens of an attempt that succeeded", &self.output);
        self.add(all, semconv::TOKEN_USAGE, "Tokens of an attempt, by kind", &self.both);
        self.add(all, semconv::OPERATION_DURATION, "Attempts from their going out to the last byte in", &self.duration);
        self.add(all, semconv::OPERATION_FIRST_CHUNK, "From an attempt's going out to the first piece of a stream", &self.first_chunk);
        self.add(all, semconv::OPERATION_PER_CHUNK, "From one piece of a stream to the next", &self.per_chunk);
        self.add(all, semconv::SERVER_DURATION, "Calls that reached a provider, from first byte in to last byte out", &self.served);
        self.add(all, semconv::SERVER_FIRST_TOKEN, "From a call's first byte in to its stream's first piece", &self.first_token);
        self.add(all, semconv::SERVER_PER_TOKEN, "Time by output token after the first piece", &self.per_token);
    }

    fn add(&self, all: &mut Registry, metric: Metric, help: &str, of: &(impl Registrable + Clone)) {
        if self.conventions.has(metric.name) {
            register(all, &metric.prometheus(), help, of);
        }
    }

    fn labels(&self, target: &TargetName, known_as: &str, operation: Operation) -> Labels {
        let all = [
            (semconv::OPERATION_NAME, operation.as_str()),
            (semconv::PROVIDER_NAME, known_as),
            (semconv::SYSTEM, known_as),
            (semconv::REQUEST_MODEL, target.model.as_str()),
        ];
        let known = all.into_iter().filter(|(key, _)| self.conventions.has(key));
        known.map(|(key, value)| label(key, value)).collect()
    }
}

fn label(key: &str, value: &str) -> (String, String) {
    (semconv::underscored(key), value.to_owned())
}

/// The conventions' metrics of one operation at one target: handles that were looked up once.
#[derive(Debug)]
pub struct OperationMetrics {
    all: Arc<GenAi>,
    labels: Labels,
    used: [Counter; 5],
    input: Histogram,
    output: Histogram,
    both: [Histogram; 2],
    duration: Histogram,
    first_chunk: Histogram,
    per_chunk: Histogram,
    served: Histogram,
    first_token: Histogram,
    per_token: Histogram,
}

impl OperationMetrics {
    pub(super) fn new(
        all: &Arc<GenAi>,
        target: &TargetName,
        known_as: &str,
        operation: Operation,
    ) -> Self {
        let labels = all.labels(target, known_as, operation);
        let with = |key, value| {
            let more = std::iter::once(label(key, value));
            labels.iter().cloned().chain(more).collect::<Labels>()
        };
        // No provider's count is taken apart by kind of content here, which has a word of its own.
        let unknown = with(semconv::TOKEN_MODALITY, "unknown");
        let both = |word| {
            all.both
                .get_or_create_owned(&with(semconv::TOKEN_TYPE, word))
        };
        Self {
            used: std::array::from_fn(|at| all.used[at].get_or_create_owned(&unknown)),
            input: all.input.get_or_create_owned(&labels),
            output: all.output.get_or_create_owned(&labels),
            both: [both("input"), both("output")],
            duration: all.duration.get_or_create_owned(&labels),
            first_chunk: all.first_chunk.get_or_create_owned(&labels),
            per_chunk: all.per_chunk.get_or_create_owned(&labels),
            served: all.served.get_or_create_owned(&labels),
            first_token: all.first_token.get_or_create_owned(&labels),
            per_token: all.per_token.get_or_create_owned(&labels),
            all: Arc::clone(all),
            labels,
        }
    }

    /// An attempt ended `took` after it went out. Tokens count only as its provider counted them.
    pub fn attempted(
        &self,
        outcome: AttemptOutcome,
        took: Duration,
        usage: Option<&Usage>,
        trace: Option<TraceId>,
    ) {
        let duration = match outcome.error_type() {
            None => &self.duration,
            Some(error) => &self.failed(&self.all.duration, error),
        };
        duration.observe_in(took, trace);
        let Some(usage) = usage.filter(|usage| !usage.estimated) else {
            return;
        };
        let counts = [
            usage.input,
            usage.output,
            usage.cache_read,
            usage.cache_write,
            usage.reasoning,
        ];
        for (counter, Tokens(count)) in self.used.iter().zip(counts) {
            counter.inc_by(count);
        }
        let [both_input, both_output] = &self.both;
        both_input.count_in(usage.input.0, trace);
        both_output.count_in(usage.output.0, trace);
        if outcome == AttemptOutcome::Completed {
            self.input.count_in(usage.input.0, trace);
            self.output.count_in(usage.output.0, trace);
        }
    }

    /// The first piece of a stream came `after` the attempt's going out.
    pub fn first_chunk(&self, after: Duration, trace: Option<TraceId>) {
        self.first_chunk.observe_in(after, trace);
    }

    /// Another piece came `after` the one before it.
    pub fn next_chunk(&self, after: Duration) {
        self.per_chunk.observe(after);
    }

    /// A call that reached a provider ended `took` after it came in.
    pub fn served(&self, outcome: CallOutcome, took: Duration, trace: Option<TraceId>) {
        let served = match outcome.error_type() {
            None => &self.served,
            Some(error) => &self.failed(&self.all.served, error),
        };
        served.observe_in(took, trace);
    }

    /// A whole stream: its first piece `after` the call came in, and the `rest` of it with so many output tokens.
    pub fn streamed(&self, after: Duration, rest: Duration, output: Tokens) {
        self.first_token.observe(after);
        let more = u32::try_from(output.0.saturating_sub(1)).unwrap_or(u32::MAX);
        if let Some(each) = rest.checked_div(more) {
            self.per_token.observe(each);
        }
    }

    /// Looked up each time: failures are few, and their kinds many.
    fn failed(&self, of: &Histograms, error: &str) -> Histogram {
        let error = std::iter::once(label(semconv::ERROR_TYPE, error));
        let labels = self.labels.iter().cloned().chain(error);
        of.get_or_create_owned(&labels.collect())
    }
}
