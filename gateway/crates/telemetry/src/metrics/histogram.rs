//! A histogram without a lock: a call updates it with two atomic additions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::family::MetricConstructor;
use prometheus_client::metrics::{MetricType, TypedMetric};

use super::exemplar::Exemplars;
use crate::trace::TraceId;

/// Rising upper bounds, and what they count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    upper: &'static [u64],
    unit: Unit,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    /// Bounds are microseconds; the sum is kept in nanoseconds.
    Seconds,
    /// Bounds and sum are what is counted.
    Count,
}

const fn seconds(upper: &'static [u64]) -> Bounds {
    let unit = Unit::Seconds;
    Bounds { upper, unit }
}

/// What Marshal itself takes.
pub(super) const OWN_WORK: Bounds = seconds(&[
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000,
    1_000_000,
]);
/// Whole calls: the `GenAI` conventions' advice and two more.
pub(super) const WHOLE_CALLS: Bounds = seconds(&[
    10_000,
    20_000,
    40_000,
    80_000,
    160_000,
    320_000,
    640_000,
    1_280_000,
    2_560_000,
    5_120_000,
    10_240_000,
    20_480_000,
    40_960_000,
    81_920_000,
    163_840_000,
    327_680_000,
]);
/// First bytes: the `GenAI` conventions' advice.
pub(super) const FIRST_BYTES: Bounds = seconds(&[
    1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 250_000, 500_000, 750_000,
    1_000_000, 2_500_000, 5_000_000, 7_500_000, 10_000_000,
]);
/// Output tokens: the `GenAI` conventions' advice, and three for the quick.
pub(super) const PER_TOKEN: Bounds = seconds(&[
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000,
    400_000, 500_000, 750_000, 1_000_000, 2_500_000,
]);
/// Pieces of streams, many of which come together.
pub(super) const CHUNKS: Bounds = seconds(&[
    100, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 150_000, 200_000,
    300_000, 500_000, 1_000_000, 2_500_000,
]);
/// Tokens of one operation: the `GenAI` conventions' advice.
pub(super) const TOKENS: Bounds = Bounds {
    upper: &[
        1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
        67_108_864,
    ],
    unit: Unit::Count,
};

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(*self)
    }
}

/// Counts in buckets. A clone counts into the same buckets.
#[derive(Clone, Debug)]
pub(super) struct Histogram(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bounds: Bounds,
    /// One more than `bounds`: the last is everything above.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
    exemplars: Exemplars,
}

impl Histogram {
    pub(super) fn new(bounds: Bounds) -> Self {
        let buckets = bounds.upper.len() + 1;
        Self(Arc::new(Inner {
            bounds,
            counts: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
            exemplars: Exemplars::new(buckets),
        }))
    }

    pub(super) fn observe(&self, took: Duration) {
        self.observe_in(took, None);
    }

    /// Counts a duration of a call that belongs to `trace`.
    pub(super) fn observe_in(&self, took: Duration, trace: Option<TraceId>) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let micros = nanos.div_ceil(1_000); // so that a bound is still inside its bucket
        self.add(micros, nanos, trace);
    }

    /// Counts something of which there were `count`.
    pub(super) fn count_in(&self, count: u64, trace: Option<TraceId>) {
        self.add(count, count, trace);
    }

    fn add(&self, value: u64, sum: u64, trace: Option<TraceId>) {
        let inner = &*self.0;
        let bucket = inner.bounds.upper.partition_point(|bound| *bound < value);
        inner.counts[bucket].fetch_add(1, Ordering::Relaxed);
        inner.sum.fetch_add(sum, Ordering::Relaxed);
        if let Some(trace) = trace {
            inner.exemplars.keep(bucket, trace, self.on_page(sum));
        }
    }

    /// A sum as the page shows it.
    fn on_page(&self, sum: u64) -> f64 {
        match self.0.bounds.unit {
            Unit::Seconds => Duration::from_nanos(sum).as_secs_f64(),
            Unit::Count => number(sum),
        }
    }
}

/// Past 2^53 the page is off by less than it shows.
#[expect(clippy::cast_precision_loss, reason = "as said above")]
const fn number(count: u64) -> f64 {
    count as f64
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Bounds { upper, unit } = self.0.bounds;
        let bounds = upper.iter().map(|bound| match unit {
            Unit::Seconds => Duration::from_micros(*bound).as_secs_f64(),
            Unit::Count => number(*bound),
        });
        let counts = self.0.counts.iter();
        let buckets: Vec<(f64, u64)> = bounds
            .chain([f64::INFINITY])
            .zip(counts.map(|count| count.load(Ordering::Relaxed)))
            .collect();
        self.0.exemplars.show();
        // The count is the buckets' sum, so that the two never disagree within one page.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = self.on_page(self.0.sum.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(histogram: &Histogram) -> Vec<u64> {
        let counts = histogram.0.counts.iter();
        counts.map(|count| count.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn a_duration_on_a_bound_is_inside_it_and_one_past_the_last_is_not_lost() {
        let histogram = Histogram::new(seconds(&[10, 20]));
        histogram.observe(Duration::from_micros(10));
        histogram.observe(Duration::from_nanos(10_001));
        histogram.observe(Duration::from_secs(9));
        assert_eq!(counts(&histogram), [1, 1, 1]);
    }

    #[test]
    fn tokens_are_counted_as_they_are() {
        let histogram = Histogram::new(TOKENS);
        histogram.count_in(4, None);
        histogram.count_in(0, None);
        assert_eq!(counts(&histogram)[..3], [1, 1, 0]);
        assert!((histogram.on_page(4) - 4.0).abs() < f64::EPSILON);
    }
}
