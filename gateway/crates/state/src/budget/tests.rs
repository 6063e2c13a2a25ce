use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use marshal_types::{ManualClock, NanoUsd, Timestamp};
use proptest::prelude::*;

use crate::keys::tests::Folder;
use crate::{Embedded, Hold, HoldId, Period, Spent, Store};

const TEN: NanoUsd = NanoUsd(10_000);

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the embedded store answers at once"),
    }
}

struct Bench {
    folder: Folder,
    clock: Arc<ManualClock>,
    store: Embedded,
}

impl Bench {
    fn new() -> Self {
        let folder = Folder::new();
        // Noon on the last day of a month: 2026-11-30T12:00:00Z.
        let clock = ManualClock::at(Timestamp::from_micros(1_796_040_000_000_000));
        let store = Embedded::open(&folder.0, Arc::clone(&clock) as _).unwrap();
        Self {
            folder,
            clock,
            store,
        }
    }

    fn reserve(&self, amount: u64) -> Result<HoldId, Spent> {
        now(self
            .store
            .reserve("research", Period::Day, TEN, NanoUsd(amount)))
    }

    fn spent(&self) -> u64 {
        now(self.store.spent("research", Period::Day)).0
    }

    fn restarted(self) -> Self {
        let store = Embedded::open(&self.folder.0, Arc::clone(&self.clock) as _).unwrap();
        Self { store, ..self }
    }
}

#[test]
fn what_is_held_counts_until_it_is_settled() {
    let bench = Bench::new();
    let first = bench.reserve(6_000).unwrap();
    let refused = bench.reserve(4_001).unwrap_err();
    assert_eq!(refused.left, NanoUsd(4_000));
    assert_eq!(refused.resets_in, Duration::from_secs(12 * 3_600));
    bench.store.settle(first, NanoUsd(1_000));
    assert_eq!(bench.spent(), 1_000);
    assert!(bench.reserve(9_000).is_ok());
    assert!(bench.reserve(1).is_err());
}

#[test]
fn settling_twice_charges_once() {
    let bench = Bench::new();
    let hold = bench.reserve(6_000).unwrap();
    bench.store.settle(hold, NanoUsd(500));
    bench.store.settle(hold, NanoUsd(500));
    bench.store.settle(HoldId(999), NanoUsd(500));
    assert_eq!(bench.spent(), 500);
}

#[test]
fn a_hold_that_nobody_settles_costs_all_of_it() {
    let bench = Bench::new();
    let store: Arc<dyn Store> = Arc::new(bench.store);
    let reserve = |amount| {
        now(Hold::reserve(
            &store,
            "research",
            Period::Day,
            TEN,
            NanoUsd(amount),
        ))
    };
    drop(reserve(6_000).unwrap());
    reserve(3_000).unwrap().settle(NanoUsd(1));
    assert_eq!(now(store.spent("research", Period::Day)), NanoUsd(6_001));
}

#[test]
fn a_call_dearer_than_its_hold_is_charged_whole_and_then_nothing_more_passes() {
    let bench = Bench::new();
    let hold = bench.reserve(9_000).unwrap();
    bench.store.settle(hold, NanoUsd(11_000));
    assert_eq!(bench.spent(), 11_000);
    let refused = bench.reserve(0).unwrap_err();
    assert_eq!(refused.left, NanoUsd::ZERO);
}

#[test]
fn an_amount_beyond_all_numbers_is_refused() {
    let bench = Bench::new();
    bench.reserve(1).unwrap();
    let all = now(bench.store.reserve(
        "research",
        Period::Day,
        NanoUsd(u64::MAX),
        NanoUsd(u64::MAX),
    ));
    assert!(all.is_err());
}

#[test]
fn a_new_day_starts_at_nothing_and_yesterdays_call_stays_with_yesterday() {
    let bench = Bench::new();
    let late = bench.reserve(10_000).unwrap();
    bench.clock.advance(Duration::from_secs(12 * 3_600));
    let today = bench.reserve(10_000).unwrap();
    bench.store.settle(late, NanoUsd(10_000));
    assert_eq!(bench.spent(), 0);
    assert!(bench.reserve(1).is_err());
    bench.store.settle(today, NanoUsd(3));
    assert_eq!(bench.spent(), 3);
}

#[test]
fn the_same_name_by_day_month_and_in_all_is_three_budgets() {
    let bench = Bench::new();
    for &period in Period::ALL {
        let hold = now(bench.store.reserve("x", period, TEN, TEN)).unwrap();
        bench.store.settle(hold, TEN);
    }
    bench.clock.advance(Duration::from_secs(12 * 3_600));
    assert_eq!(now(bench.store.spent("x", Period::Day)), NanoUsd::ZERO);
    assert_eq!(now(bench.store.spent("x", Period::Month)), NanoUsd::ZERO);
    assert_eq!(now(bench.store.spent("x", Period::Total)), TEN);
    let refused = now(bench.store.reserve("x", Period::Total, TEN, NanoUsd(1))).unwrap_err();
    assert_eq!(refused.resets_in, Duration::MAX);
}

#[test]
fn spending_survives_a_restart() {
    let bench = Bench::new();
    let hold = bench.reserve(6_000).unwrap();
    bench.store.settle(hold, NanoUsd(1_234));
    assert!(bench.store.flush_if_dirty().unwrap());
    assert!(!bench.store.flush_if_dirty().unwrap());
    assert_eq!(bench.restarted().spent(), 1_234);
}

#[test]
fn a_call_open_at_a_crash_counts_with_all_that_it_could_cost() {
    let bench = Bench::new();
    let hold = bench.reserve(1_000).unwrap();
    bench.store.settle(hold, NanoUsd(1));
    bench.reserve(6_000).unwrap();
    bench.store.flush_if_dirty().unwrap();
    assert_eq!(bench.restarted().spent(), 6_001);
}

#[test]
fn what_two_processes_spend_while_one_hands_over_is_counted_once_and_not_forgotten() {
    let old = Bench::new();
    let first = old.reserve(1_000).unwrap();
    old.store.settle(first, NanoUsd(1_000));
    let open = old.reserve(2_000).unwrap();
    old.store.flush_if_dirty().unwrap();
    // The new process cannot know whether the old one still lives: what is open counts.
    let new = Embedded::open(&old.folder.0, Arc::clone(&old.clock) as _).unwrap();
    let take = |amount| now(new.reserve("research", Period::Day, TEN, NanoUsd(amount)));
    let spent = || now(new.spent("research", Period::Day)).0;
    assert_eq!(spent(), 3_000);
    new.settle(take(500).unwrap(), NanoUsd(500));
    new.flush_if_dirty().unwrap();
    // The old one goes on, and what it spends the new one learns with its next write.
    old.store.settle(open, NanoUsd(100));
    let late = old.reserve(1_000).unwrap();
    old.store.flush_if_dirty().unwrap();
    let held = take(500).unwrap();
    new.flush_if_dirty().unwrap();
    assert_eq!(
        spent(),
        3_600,
        "the open call at its whole hold, and what it came to"
    );
    assert_eq!(
        take(5_000).unwrap_err().left,
        NanoUsd(10_000 - 3_600 - 500 - 1_000)
    );
    old.store.settle(late, NanoUsd(700));
    old.store.flush_if_dirty().unwrap();
    new.settle(held, NanoUsd(500));
    new.flush_if_dirty().unwrap();
    assert_eq!(spent(), 4_800);
    assert_eq!(old.restarted().spent(), 4_800, "and the file says the same");
}

#[test]
fn a_budget_file_that_cannot_be_read_is_not_an_unspent_budget() {
    let bench = Bench::new();
    std::fs::write(bench.folder.0.join("budgets.json"), "[]").unwrap();
    let error = Embedded::open(&bench.folder.0, Arc::clone(&bench.clock) as _).unwrap_err();
    assert!(error.to_string().contains("budgets.json is damaged"));
}

#[test]
fn a_failed_write_is_tried_again() {
    let bench = Bench::new();
    bench.reserve(1).unwrap();
    let hidden = bench.folder.0.with_extension("away");
    std::fs::rename(&bench.folder.0, &hidden).unwrap();
    assert!(bench.store.flush_if_dirty().is_err());
    std::fs::rename(&hidden, &bench.folder.0).unwrap();
    assert!(bench.store.flush_if_dirty().unwrap());
}

#[test]
fn a_thousand_calls_at_once_do_not_overspend() {
    let bench = Bench::new();
    let passed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..125 {
                    if let Ok(hold) = bench.reserve(30) {
                        passed.fetch_add(1, Ordering::Relaxed);
                        bench.store.settle(hold, NanoUsd(30));
                    }
                }
            });
        }
    });
    assert_eq!(bench.spent(), passed.load(Ordering::Relaxed) * 30);
    assert_eq!(bench.spent(), 9_990);
}

proptest! {
    #[test]
    fn whatever_order_calls_end_in_no_budget_is_overspent(
        steps in prop::collection::vec((0_u64..3_000, 0_usize..8, any::<bool>()), 1..80)
    ) {
        let bench = Bench::new();
        let mut open: Vec<(HoldId, u64)> = Vec::new();
        let mut charged = 0;
        for (amount, which, end) in steps {
            if end && !open.is_empty() {
                let (hold, held) = open.swap_remove(which % open.len());
                let actual = held.min(amount);
                bench.store.settle(hold, NanoUsd(actual));
                charged += actual;
            } else if let Ok(hold) = bench.reserve(amount) {
                open.push((hold, amount));
            }
            let held: u64 = open.iter().map(|(_, held)| held).sum();
            prop_assert_eq!(bench.spent(), charged);
            prop_assert!(charged + held <= TEN.0);
        }
    }
}
