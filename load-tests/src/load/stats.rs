//! What was measured, and what is said about it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Options;

/// The longest latency told apart, in nanoseconds: two minutes, as long as a run may be.
const LONGEST_NS: u64 = 120_000_000_000;

/// One call from beginning to end.
pub(super) struct Sample {
    /// Open loop: when it was meant to start.
    pub(super) intended: Option<Instant>,
    pub(super) began: Instant,
    pub(super) first_byte: Instant,
    pub(super) ended: Instant,
    pub(super) status: u16,
    pub(super) body_bytes: u64,
    /// A stream came to its last event.
    pub(super) complete: bool,
}

/// Why a call had no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    Connect,
    Send,
    Receive,
    EndedEarly,
    NotHttp,
}

impl Failure {
    fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::EndedEarly => "ended_early",
            Self::NotHttp => "not_http",
        }
    }
}

/// The counts of one run.
pub struct Stats {
    from: Instant,
    latency: Histogram<u64>,
    first_byte: Histogram<u64>,
    late: Histogram<u64>,
    statuses: BTreeMap<u16, u64>,
    failures: BTreeMap<Failure, u64>,
    calls: u64,
    all_calls: u64,
    body_bytes: u64,
    incomplete: u64,
    unfinished: u64,
    open_streams: u64,
    never_started: u64,
}

impl Stats {
    /// Counts from `from` on; what ends before is warm-up.
    ///
    /// A closed loop counts what *ends* in the window, so that throughput is right; an open loop
    /// counts what was *meant to start* in it, so that latency is.
    #[must_use]
    fn new(from: Instant) -> Self {
        Self {
            from,
            latency: histogram(),
            first_byte: histogram(),
            late: histogram(),
            statuses: BTreeMap::new(),
            failures: BTreeMap::new(),
            calls: 0,
            all_calls: 0,
            body_bytes: 0,
            incomplete: 0,
            unfinished: 0,
            open_streams: 0,
            never_started: 0,
        }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        self.all_calls += 1;
        if sample.intended.unwrap_or(sample.ended) < self.from {
            return;
        }
        let start = sample.intended.unwrap_or(sample.began);
        self.calls += 1;
        *self.statuses.entry(sample.status).or_default() += 1;
        self.body_bytes += sample.body_bytes;
        self.incomplete += u64::from(!sample.complete);
        self.latency += nanos(start, sample.ended);
        self.first_byte += nanos(start, sample.first_byte);
        if sample.intended.is_some() {
            self.late += nanos(start, sample.began);
        }
    }

    pub(super) fn fail(&mut self, failure: Failure, intended: Option<Instant>, now: Instant) {
        self.all_calls += 1;
        if intended.unwrap_or(now) >= self.from {
            *self.failures.entry(failure).or_default() += 1;
        }
    }

    /// A call that time ran out on. In the open loop it counts with what it has waited.
    pub(super) fn unfinished(&mut self, intended: Option<Instant>, answering: bool, now: Instant) {
        self.unfinished += 1;
        self.open_streams += u64::from(answering);
        if let Some(intended) = intended.filter(|intended| *intended >= self.from) {
            self.latency += nanos(intended, now);
        }
    }

    /// Calls that never started, since no connection was free: they have waited too.
    pub(super) fn missed(&mut self, intended: Vec<Instant>, end: Instant) {
        for intended in intended {
            self.never_started += 1;
            self.latency += nanos(intended, end);
        }
    }
}

/// The stats of all connections, and how many calls are left to start.
pub(super) struct Shared {
    stats: Mutex<Stats>,
    started: AtomicU64,
    most: u64,
}

impl Shared {
    pub(super) fn new(from: Instant, most: u64) -> Self {
        Self {
            stats: Mutex::new(Stats::new(from)),
            started: AtomicU64::new(0),
            most,
        }
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the call to start now, if one is left.
    pub(super) fn take_call(&self) -> Option<u64> {
        let n = self.started.fetch_add(1, Ordering::Relaxed);
        (n < self.most).then_some(n)
    }

    pub(super) fn report(&self, options: &Options, end: Instant) -> Report {
        let stats = self.stats();
        let elapsed_s = end.saturating_duration_since(stats.from).as_secs_f64();
        let failures = stats.failures.iter();
        Report {
            url: options.url.clone(),
            stream: options.stream,
            concurrency: options.concurrency,
            body_bytes: options.body_bytes,
            rate: options.rate,
            elapsed_s,
            calls: stats.calls,
            per_second: per_second(stats.calls, elapsed_s),
            all_calls: stats.all_calls,
            statuses: stats
                .statuses
                .iter()
                .map(|(status, count)| (status.to_string(), *count))
                .collect(),
            failures: failures
                .map(|(failure, count)| (failure.as_str().to_owned(), *count))
                .collect(),
            incomplete_streams: stats.incomplete,
            unfinished: stats.unfinished,
            open_streams: stats.open_streams,
            never_started: stats.never_started,
            answer_bytes: stats.body_bytes,
            latency_us: Latencies::of(&stats.latency),
            first_byte_us: Latencies::of(&stats.first_byte),
            late_us: options.rate.map(|_| Latencies::of(&stats.late)),
        }
    }
}

/// What one run measured: the JSON that `marshal-load load` prints.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// What was called.
    pub url: String,
    /// Whether streams were asked for.
    pub stream: bool,
    /// Connections.
    pub concurrency: usize,
    /// Bytes of each request body.
    pub body_bytes: usize,
    /// Open loop: the calls a second that were meant to start.
    pub rate: Option<f64>,
    /// The measured time in seconds.
    pub elapsed_s: f64,
    /// Calls with an answer in the measured time.
    pub calls: u64,
    /// The same by the second.
    pub per_second: f64,
    /// Calls with an answer or a failure, the warm-up's too.
    pub all_calls: u64,
    /// Answers by status.
    pub statuses: BTreeMap<String, u64>,
    /// Calls without an answer, by reason.
    pub failures: BTreeMap<String, u64>,
    /// Streams that ended without their last event.
    pub incomplete_streams: u64,
    /// Calls that the end of the run cut off.
    pub unfinished: u64,
    /// Of these, the ones whose answer had begun, with status 200.
    pub open_streams: u64,
    /// Open loop: calls that no connection was free for.
    pub never_started: u64,
    /// Bytes of answer bodies.
    pub answer_bytes: u64,
    /// From the start (open loop: the intended one) to the last byte.
    pub latency_us: Latencies,
    /// From the start (open loop: the intended one) to the first byte.
    pub first_byte_us: Latencies,
    /// Open loop: from the intended start to the true one.
    pub late_us: Option<Latencies>,
}

impl Report {
    /// Calls that were not answered with 200 and to their end.
    #[must_use]
    pub fn bad(&self) -> u64 {
        let statuses = self.statuses.iter().filter(|(status, _)| *status != "200");
        let statuses: u64 = statuses.map(|(_, count)| count).sum();
        statuses + self.failures.values().sum::<u64>() + self.incomplete_streams
    }
}

/// A distribution in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    /// The arithmetic mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// Half are at most this.
    pub p50: f64,
    /// 90 % are at most this.
    pub p90: f64,
    /// 99 % are at most this.
    pub p99: f64,
    /// 99.9 % are at most this.
    pub p999: f64,
    /// The most.
    pub max: f64,
}

impl Latencies {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| micros(histogram.value_at_quantile(quantile));
        Self {
            mean: (histogram.mean() / 100.0).round() / 10.0,
            min: micros(histogram.min()),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: micros(histogram.max()),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the bounds are constants that the crate accepts"
)]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("constant bounds are valid")
}

fn nanos(from: Instant, to: Instant) -> u64 {
    let nanos = to.saturating_duration_since(from).as_nanos();
    u64::try_from(nanos)
        .unwrap_or(LONGEST_NS)
        .clamp(1, LONGEST_NS)
}

#[expect(clippy::cast_precision_loss, reason = "for people; far below 2^52 ns")]
fn micros(nanos: u64) -> f64 {
    (nanos as f64 / 100.0).round() / 10.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for people; far below 2^52 calls"
)]
fn per_second(calls: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        (calls as f64 / seconds * 10.0).round() / 10.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::pace::Timetable;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn sample(intended: Option<Instant>, began: Instant, ended: Instant) -> Sample {
        Sample {
            intended,
            began,
            first_byte: ended,
            ended,
            status: 200,
            body_bytes: 1,
            complete: true,
        }
    }

    fn near(value: f64, wanted_ms: f64) -> bool {
        (value / 1000.0 - wanted_ms).abs() <= wanted_ms * 0.01
    }

    #[test]
    fn known_latencies_have_the_percentiles_that_they_have() {
        let start = Instant::now();
        let mut stats = Stats::new(start);
        for ms in 1..=1000 {
            stats.add(&sample(None, start, start + MS * ms));
        }
        let latency = Latencies::of(&stats.latency);
        assert!(near(latency.min, 1.0) && near(latency.max, 1000.0));
        assert!(near(latency.p50, 500.0) && near(latency.p90, 900.0));
        assert!(near(latency.p99, 990.0) && near(latency.p999, 999.0));
        assert!(near(latency.mean, 500.5));
    }

    /// One connection, 100 calls a second for 10 s, 1 ms each, but one that takes a second.
    fn stalled(open_loop: bool) -> Stats {
        let start = Instant::now();
        let timetable = Timetable::new(start, 100.0);
        let mut stats = Stats::new(start);
        let mut free = start;
        for n in 0..1000 {
            let began = timetable.intended(n).max(free);
            free = began + if n == 500 { MS * 1000 } else { MS };
            let intended = open_loop.then(|| timetable.intended(n));
            stats.add(&sample(intended, began, free));
        }
        stats
    }

    #[test]
    fn a_stall_shows_in_the_open_loop_as_users_would_feel_it() {
        // Users who arrive during the second wait for it too: about 100 of 1000 calls.
        let felt = stalled(true);
        let latency = Latencies::of(&felt.latency);
        assert!(latency.p50 < 1_100.0, "{latency:?}");
        assert!(
            (850_000.0..1_000_000.0).contains(&latency.p99),
            "{latency:?}"
        );
        assert!(Latencies::of(&felt.late).max > 900_000.0);
        // A closed loop sees one slow call and hides the rest.
        let seen = Latencies::of(&stalled(false).latency);
        assert!(seen.p99 < 1_100.0 && seen.max > 990_000.0, "{seen:?}");
    }

    #[test]
    fn what_never_ended_or_never_began_counts_with_its_waiting() {
        let start = Instant::now();
        let mut stats = Stats::new(start);
        stats.add(&sample(Some(start), start, start + MS));
        stats.unfinished(Some(start + MS * 100), true, start + MS * 1100);
        stats.missed(vec![start + MS * 200], start + MS * 1100);
        let latency = Latencies::of(&stats.latency);
        assert!(near(latency.max, 1000.0) && near(latency.p50, 900.0));
        assert_eq!(
            (
                stats.calls,
                stats.unfinished,
                stats.open_streams,
                stats.never_started
            ),
            (1, 1, 1, 1)
        );
    }

    #[test]
    fn the_warm_up_is_not_counted() {
        let start = Instant::now();
        let mut stats = Stats::new(start + MS * 10);
        stats.add(&sample(None, start, start + MS * 5));
        stats.add(&sample(None, start, start + MS * 15));
        stats.add(&sample(Some(start + MS * 9), start, start + MS * 15));
        assert_eq!((stats.calls, stats.all_calls), (1, 3));
    }
}
