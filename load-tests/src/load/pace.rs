//! When calls are meant to start in the open loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

/// A fixed timetable: call `n` is meant to start at `start + n / rate`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timetable {
    start: Instant,
    rate: f64,
}

impl Timetable {
    pub(super) fn new(start: Instant, rate: f64) -> Self {
        Self { start, rate }
    }

    /// When call `n` is meant to start, counted from 0.
    pub(super) fn intended(&self, n: u64) -> Instant {
        #[expect(
            clippy::cast_precision_loss,
            reason = "runs are bounded far below 2^52 calls"
        )]
        let seconds = n as f64 / self.rate;
        self.start + Duration::from_secs_f64(seconds)
    }

    /// How many calls were meant to start before `now`.
    pub(super) fn due(&self, now: Instant) -> u64 {
        let seconds = now.saturating_duration_since(self.start).as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and bounded far below 2^63 calls"
        )]
        let due = (seconds * self.rate).ceil() as u64;
        due
    }
}

/// Hands out starts as they fall due, to whichever connection is free.
///
/// A thread of its own keeps the time: the runtime's timers are a millisecond coarse.
pub(super) struct Pace {
    timetable: Timetable,
    due: Arc<Semaphore>,
    next: AtomicU64,
    stop: Arc<AtomicBool>,
    keeper: Option<JoinHandle<()>>,
}

impl Pace {
    pub(super) fn start(start: Instant, until: Instant, rate: f64) -> Self {
        let timetable = Timetable::new(start, rate);
        let due = Arc::new(Semaphore::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let keeper = thread::spawn({
            let (due, stop) = (Arc::clone(&due), Arc::clone(&stop));
            move || keep(timetable, until, &due, &stop)
        });
        Self {
            timetable,
            due,
            next: AtomicU64::new(0),
            stop,
            keeper: Some(keeper),
        }
    }

    /// Waits for the next start to fall due and says when it was meant to be.
    pub(super) async fn next(&self) -> Option<Instant> {
        self.due.acquire().await.ok()?.forget();
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        Some(self.timetable.intended(n))
    }

    /// The starts meant to be after `from` and before `end` that no connection was free for.
    pub(super) fn never_started(&self, end: Instant, from: Instant) -> Vec<Instant> {
        let started = self.next.load(Ordering::Relaxed);
        (started..self.timetable.due(end))
            .map(|n| self.timetable.intended(n))
            .filter(|intended| (from..end).contains(intended))
            .collect()
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(keeper) = self.keeper.take() {
            keeper.thread().unpark();
            // It can only have ended.
            let _ = keeper.join();
        }
    }
}

fn keep(timetable: Timetable, until: Instant, due: &Semaphore, stop: &AtomicBool) {
    let mut handed = 0;
    loop {
        let now = Instant::now();
        if now >= until || stop.load(Ordering::Relaxed) {
            return;
        }
        let total = timetable.due(now);
        due.add_permits(usize::try_from(total - handed).unwrap_or(0));
        handed = total;
        thread::park_timeout(timetable.intended(total).saturating_duration_since(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_evenly_spaced_and_due_in_order() {
        let start = Instant::now();
        let timetable = Timetable::new(start, 1000.0);
        assert_eq!(timetable.intended(0), start);
        assert_eq!(
            timetable.intended(1500),
            start + Duration::from_millis(1500)
        );
        assert_eq!(timetable.due(start), 0);
        assert_eq!(timetable.due(start + Duration::from_micros(1)), 1);
        assert_eq!(timetable.due(start + Duration::from_micros(10_500)), 11);
    }
}
