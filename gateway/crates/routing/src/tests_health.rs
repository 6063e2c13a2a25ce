use std::sync::Arc;
use std::time::Duration;

use super::tests::{name, need, ok, order, router, target};
use super::*;

fn two() -> [Arc<Target>; 2] {
    [Arc::new(target("a/x", 1, 1)), Arc::new(target("b/x", 2, 2))]
}

fn fail(router: &Router, target: &str, times: u32) {
    for _ in 0..times {
        router.report(&name(target), Outcome::Failed);
    }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn failures_in_a_row_open_the_breaker_and_one_call_at_a_time_tries_it_again() {
    let (clock, router) = router();
    let plan = || router.plan(&need(), &two(), Strategy::Ordered);
    fail(&router, "a/x", 4);
    assert_eq!(order(&plan()), ["a/x", "b/x"]);
    fail(&router, "a/x", 1);
    let open = plan();
    assert_eq!(order(&open), ["b/x"]);
    assert_eq!(open.removed[0].why, "breaker open: it failed too often");
    clock.advance(seconds(5));
    let trying = plan();
    assert_eq!(order(&trying), ["a/x", "b/x"]);
    assert_eq!(trying.order[0].why, "breaker half-open: this call tries it");
    let meanwhile = plan();
    assert_eq!(order(&meanwhile), ["b/x"]);
    assert_eq!(
        meanwhile.removed[0].why,
        "breaker half-open: another call is trying it"
    );
    router.report(&name("a/x"), ok(10));
    assert_eq!(order(&plan()), ["a/x", "b/x"]);
    assert_eq!(router.health()[0].state, HealthState::Closed);
}

#[test]
fn a_try_that_fails_doubles_the_wait_up_to_a_minute() {
    let (clock, router) = router();
    fail(&router, "a/x", 5);
    for wait in [5, 10, 20, 40, 60, 60] {
        let health = router.health();
        assert_eq!(health[0].state, HealthState::Open);
        assert_eq!(health[0].recovers_in, Some(seconds(wait)));
        clock.advance(seconds(wait));
        assert_eq!(router.health()[0].state, HealthState::HalfOpen);
        fail(&router, "a/x", 1);
    }
}

#[test]
fn a_try_that_nothing_is_heard_of_does_not_block_the_target_for_good() {
    let (clock, router) = router();
    fail(&router, "a/x", 5);
    clock.advance(seconds(5));
    assert_eq!(
        order(&router.plan(&need(), &two(), Strategy::Ordered))[0],
        "a/x"
    );
    clock.advance(seconds(10));
    assert_eq!(
        order(&router.plan(&need(), &two(), Strategy::Ordered))[0],
        "a/x"
    );
}

#[test]
fn half_of_the_calls_failing_opens_the_breaker_too() {
    let (_, router) = router();
    for _ in 0..8 {
        router.report(&name("a/x"), ok(10));
        assert_eq!(router.health()[0].state, HealthState::Closed);
        router.report(&name("a/x"), Outcome::Failed);
    }
    assert_eq!(router.health()[0].state, HealthState::Open);
}

#[test]
fn a_429_keeps_calls_away_for_as_long_as_it_says_and_is_no_failure() {
    let (clock, router) = router();
    let retry_after = Some(seconds(30));
    router.report(&name("a/x"), Outcome::Limited { retry_after });
    let plan = router.plan(&need(), &two(), Strategy::Ordered);
    assert_eq!(order(&plan), ["b/x"]);
    assert_eq!(
        plan.removed[0].why,
        "waits: the provider said that there were too many requests"
    );
    let health = router.health();
    assert_eq!(
        (health[0].state, health[0].consecutive_failures),
        (HealthState::Limited, 0)
    );
    clock.advance(seconds(30));
    assert_eq!(
        order(&router.plan(&need(), &two(), Strategy::Ordered)),
        ["a/x", "b/x"]
    );
}

#[test]
fn where_everything_is_unhealthy_the_one_that_recovers_first_is_kept() {
    let (clock, router) = router();
    fail(&router, "a/x", 5);
    clock.advance(seconds(1));
    fail(&router, "b/x", 5);
    let plan = router.plan(&need(), &two(), Strategy::Cost);
    assert_eq!(order(&plan), ["a/x"]);
    assert_eq!(
        plan.order[0].why,
        "every candidate is unhealthy; this one recovers first"
    );
    assert_eq!(plan.removed.len(), 1);
}

#[test]
fn an_unmeasured_target_is_tried_by_one_call_at_a_time() {
    let (_, router) = router();
    router.report(&name("a/x"), ok(100));
    let plan = || router.plan(&need(), &two(), Strategy::Latency);
    let first = plan();
    assert_eq!(order(&first), ["b/x", "a/x"]);
    assert_eq!(first.order[0].why, "not measured yet, so it is tried");
    assert_eq!(order(&plan()), ["a/x", "b/x"]);
    router.report(&name("b/x"), ok(50));
    assert_eq!(order(&plan()), ["b/x", "a/x"]);
}

#[test]
fn a_slow_target_is_forgiven_with_time() {
    let (clock, router) = router();
    router.report(&name("a/x"), ok(1_000));
    router.report(&name("b/x"), ok(600));
    clock.advance(seconds(59));
    router.report(&name("b/x"), ok(600));
    assert_eq!(
        order(&router.plan(&need(), &two(), Strategy::Latency)),
        ["b/x", "a/x"]
    );
    clock.advance(seconds(1));
    assert_eq!(
        order(&router.plan(&need(), &two(), Strategy::Latency)),
        ["a/x", "b/x"]
    );
}

#[test]
fn a_late_answer_from_before_the_breaker_opened_does_not_close_it() {
    let (_, router) = router();
    fail(&router, "a/x", 5);
    router.report(&name("a/x"), ok(10));
    assert_eq!(router.health()[0].state, HealthState::Open);
}
