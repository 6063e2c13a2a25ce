//! What of a call is Marshal's own, part by part: a clock read and two atomics each, so that every call can be measured.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use marshal_telemetry::{Metrics, Part};

/// The parts follow each other without a gap, so that they sum up to the whole.
#[derive(Debug)]
pub(crate) struct Laps {
    /// When the part under way began, in nanoseconds of the monotonic clock.
    since: AtomicU64,
    /// What the parts so far took.
    sum: AtomicU64,
}

impl Laps {
    pub(crate) fn from(started: Duration) -> Self {
        Self {
            since: AtomicU64::new(nanos(started)),
            sum: AtomicU64::new(0),
        }
    }

    /// A part ends here, and the next one begins.
    pub(crate) fn end(&self, metrics: &Metrics, part: Part, now: Duration) {
        let now = nanos(now);
        let took = now.saturating_sub(self.since.swap(now, Ordering::Relaxed));
        self.sum.fetch_add(took, Ordering::Relaxed);
        metrics.overhead_part(part, Duration::from_nanos(took));
    }

    /// What went by was a provider's time.
    pub(crate) fn resume(&self, now: Duration) {
        self.since.store(nanos(now), Ordering::Relaxed);
    }

    /// The call is over: what no part has taken is the rest.
    pub(crate) fn rest(&self, metrics: &Metrics, whole: Duration) {
        let sum = Duration::from_nanos(self.sum.load(Ordering::Relaxed));
        metrics.overhead_part(Part::Rest, whole.saturating_sub(sum));
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_rest_sum_up_to_the_whole_and_a_providers_time_is_none_of_them() {
        let metrics = Metrics::new("0");
        let at = Duration::from_micros;
        let laps = Laps::from(at(100));
        laps.end(&metrics, Part::Parse, at(130));
        laps.end(&metrics, Part::Route, at(135));
        laps.resume(at(9_000));
        laps.end(&metrics, Part::Route, at(9_005));
        laps.rest(&metrics, at(60));
        let page = metrics.encode();
        for (part, sum) in [
            ("parse", "0.00003"),
            ("route", "0.00001"),
            ("rest", "0.00002"),
        ] {
            let line = format!("marshal_overhead_part_seconds_sum{{part=\"{part}\"}} {sum}\n");
            assert!(page.contains(&line), "{line}{page}");
        }
    }
}
