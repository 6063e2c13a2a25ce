//! A histogram of durations without a lock: a call updates it with two atomic additions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds in microseconds for what Marshal itself takes.
pub(super) const OWN_WORK: &[u64] = &[
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000,
    1_000_000,
];
/// Upper bounds in microseconds for whole calls: the `GenAI` conventions' advice and two more.
pub(super) const WHOLE_CALLS: &[u64] = &[
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
];
/// Upper bounds in microseconds for first bytes: the `GenAI` conventions' advice.
pub(super) const FIRST_BYTES: &[u64] = &[
    1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 250_000, 500_000, 750_000,
    1_000_000, 2_500_000, 5_000_000, 7_500_000, 10_000_000,
];

/// Counts durations in buckets. A clone counts into the same buckets.
#[derive(Clone, Debug)]
pub(super) struct Histogram(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bounds: &'static [u64],
    /// One more than `bounds`: the last is everything above.
    counts: Box<[AtomicU64]>,
    sum_nanos: AtomicU64,
}

impl Histogram {
    /// An empty histogram with rising upper bounds in microseconds.
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        Self(Arc::new(Inner {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum_nanos: AtomicU64::new(0),
        }))
    }

    pub(super) fn observe(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let micros = nanos.div_ceil(1_000); // so that a bound is still inside its bucket
        let bucket = self.0.bounds.partition_point(|bound| *bound < micros);
        self.0.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.0.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let bounds = self.0.bounds.iter().map(|micros| seconds(*micros * 1_000));
        let counts = self.0.counts.iter();
        let buckets: Vec<(f64, u64)> = bounds
            .chain([f64::INFINITY])
            .zip(counts.map(|count| count.load(Ordering::Relaxed)))
            .collect();
        // The count is the buckets' sum, so that the two never disagree within one page.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = seconds(self.0.sum_nanos.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
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
        let histogram = Histogram::new(&[10, 20]);
        histogram.observe(Duration::from_micros(10));
        histogram.observe(Duration::from_nanos(10_001));
        histogram.observe(Duration::from_secs(9));
        assert_eq!(counts(&histogram), [1, 1, 1]);
    }
}
