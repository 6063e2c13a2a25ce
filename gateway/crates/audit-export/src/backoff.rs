//! How long to wait after a failure: twice as long each time, half a minute at most.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(FIRST)
    }

    /// It went well: the next failure is a first one again.
    pub(crate) const fn reset(&mut self) {
        self.0 = FIRST;
    }

    /// Whether nothing has failed lately.
    pub(crate) fn is_fresh(&self) -> bool {
        self.0 == FIRST
    }

    /// How long to wait now.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(MOST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_half_a_minute_and_begins_anew() {
        let mut backoff = Backoff::new();
        assert!(backoff.is_fresh());
        let waits: Vec<u128> = (0..11).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits[..3], [100, 200, 400]);
        assert_eq!(waits[9..], [30_000, 30_000]);
        backoff.reset();
        assert_eq!(backoff.next(), FIRST);
    }
}
