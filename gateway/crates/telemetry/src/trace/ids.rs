//! Ids of traces and spans: unique, cheap and no secret.

use std::cell::Cell;

use marshal_types::random_bytes;

use super::context::TraceId;

thread_local! {
    // Each thread seeds its own generator from the operating system, so no two share a sequence.
    static STATE: Cell<[u64; 2]> = Cell::new(seed());
}

/// A fresh id of a trace.
pub(super) fn trace_id() -> TraceId {
    TraceId(u128::from(next()) << 64 | u128::from(span_id()))
}

/// A fresh id of a span; never zero, which would mean none.
pub(super) fn span_id() -> u64 {
    loop {
        let id = next();
        if id != 0 {
            return id;
        }
    }
}

fn seed() -> [u64; 2] {
    let half = || u64::from_le_bytes(random_bytes::<8>());
    [half() | 1, half()] // all zero is the one state that the generator never leaves
}

/// xoroshiro128+ (Blackman and Vigna, public domain), two words of state.
fn next() -> u64 {
    STATE.with(|state| {
        let [first, mut second] = state.get();
        let value = first.wrapping_add(second);
        second ^= first;
        state.set([
            first.rotate_left(24) ^ second ^ (second << 16),
            second.rotate_left(37),
        ]);
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_differ_within_and_across_threads() {
        let make = || (0..10_000).map(|_| trace_id()).collect::<Vec<_>>();
        let elsewhere = std::thread::spawn(make).join().unwrap();
        let all: HashSet<_> = make().into_iter().chain(elsewhere).collect();
        assert_eq!(all.len(), 20_000);
    }
}
