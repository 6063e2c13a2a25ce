//! What is remembered of one target: its breaker, a 429's wait, how long its first byte took.
//!
//! The breaker opens after [`CONSECUTIVE`] failures in a row, or when at least half of the last [`WINDOW`] calls failed
//! and there were [`ENOUGH`] of them. It stays open for a cool-down that doubles from [`COOL_DOWN`] to [`LONGEST`] with
//! each time it opens again. Then one call at a time may try; its success closes the breaker, its failure opens it.

use std::time::Duration;

use marshal_types::TargetName;

/// Failures in a row that open the breaker.
pub(crate) const CONSECUTIVE: u32 = 5;
/// How many calls the failure ratio looks back on.
pub(crate) const WINDOW: u32 = 32;
/// How many calls it takes to speak of a ratio.
pub(crate) const ENOUGH: u32 = 16;
/// The first cool-down.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(5);
/// The longest cool-down.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);
/// How long a 429 that does not say keeps calls away, and the most that one that says may.
const LIMITED: Duration = Duration::from_secs(5);
const LIMITED_MOST: Duration = Duration::from_secs(600);
/// How long others wait for the one that tries a target, if nothing is heard of it.
const TRY: Duration = Duration::from_secs(10);
/// After this long without a call, half of a target's latency is forgotten, so that a slow one is tried again.
const HALF_LIFE: Duration = Duration::from_secs(60);

/// How a target does, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetHealth {
    /// The target.
    pub target: TargetName,
    /// Whether calls go to it.
    pub state: HealthState,
    /// When calls may go to it again, from now.
    pub recovers_in: Option<Duration>,
    /// How long its first byte takes, smoothed; `None` if none was measured.
    pub first_byte: Option<Duration>,
    /// Failures since the last success.
    pub consecutive_failures: u32,
}

/// Whether calls go to a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HealthState {
    /// They do.
    Closed,
    /// They do not: it failed too often.
    Open,
    /// One at a time may try.
    HalfOpen,
    /// They do not: it said that there were too many.
    Limited,
}

impl HealthState {
    /// The word in metrics and pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::Limited => "limited",
        }
    }
}

/// What a plan may do with a target right now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    /// Use it.
    Free,
    /// Use it; whoever puts it first takes the one try.
    Try,
    /// Leave it out until then.
    Out { until: Duration, why: &'static str },
}

/// The memory itself. All times are the clock's monotonic ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    consecutive: u32,
    /// The last outcomes, the latest lowest; a set bit is a failure.
    recent: u32,
    seen: u32,
    open_until: Option<Duration>,
    reopened: u32,
    limited_until: Option<Duration>,
    tried_until: Duration,
    latency_us: Option<u64>,
    measured_at: Duration,
}

impl Health {
    pub(crate) fn admission(&self, now: Duration) -> Admission {
        if let Some(until) = self.limited_until
            && until > now
        {
            return Admission::Out {
                until,
                why: "waits: the provider said that there were too many requests",
            };
        }
        match self.open_until {
            None => Admission::Free,
            Some(until) if until > now => Admission::Out {
                until,
                why: "breaker open: it failed too often",
            },
            Some(_) if self.tried_until > now => Admission::Out {
                until: self.tried_until,
                why: "breaker half-open: another call is trying it",
            },
            Some(_) => Admission::Try,
        }
    }

    /// Expected microseconds to the first byte; `None` if nobody knows and nobody is finding out.
    pub(crate) fn latency_us(&self, now: Duration) -> Latency {
        let Some(latency) = self.latency_us else {
            return if self.tried_until > now {
                Latency::BeingMeasured
            } else {
                Latency::Unknown
            };
        };
        let idle = now.saturating_sub(self.measured_at);
        let halvings = (idle.as_secs() / HALF_LIFE.as_secs()).min(63);
        Latency::Micros(latency >> halvings)
    }

    /// One call at a time should find out how it does.
    pub(crate) fn wants_try(&self, now: Duration) -> bool {
        self.admission(now) == Admission::Try || self.latency_us.is_none()
    }

    /// Somebody goes first: others leave it alone for a while.
    pub(crate) fn take_try(&mut self, now: Duration) {
        self.tried_until = now.saturating_add(TRY);
    }

    pub(crate) fn succeeded(&mut self, now: Duration, first_byte: Duration) {
        let took = u64::try_from(first_byte.as_micros()).unwrap_or(u64::MAX);
        // An eighth of the new: one slow answer moves it, ten define it.
        self.latency_us = Some(match self.latency_us {
            Some(old) => old - old / 8 + took / 8,
            None => took,
        });
        self.measured_at = now;
        self.tried_until = Duration::ZERO;
        match self.open_until {
            // A call from before it opened proves nothing about now.
            Some(until) if until > now => return,
            Some(_) => {
                self.open_until = None;
                self.reopened = 0;
                self.recent = 0;
                self.seen = 0;
            }
            None => {}
        }
        self.consecutive = 0;
        self.record(false);
    }

    pub(crate) fn failed(&mut self, now: Duration) {
        self.tried_until = Duration::ZERO;
        self.consecutive = self.consecutive.saturating_add(1);
        match self.open_until {
            Some(until) if until > now => return,
            Some(_) => {
                self.reopened = self.reopened.saturating_add(1);
                return self.open(now);
            }
            None => {}
        }
        self.record(true);
        let often = self.seen >= ENOUGH && self.recent.count_ones() * 2 >= self.seen;
        if self.consecutive >= CONSECUTIVE || often {
            self.open(now);
        }
    }

    pub(crate) fn limited(&mut self, now: Duration, retry_after: Option<Duration>) {
        let wait = retry_after.unwrap_or(LIMITED).min(LIMITED_MOST);
        let until = now.saturating_add(wait);
        self.limited_until = self.limited_until.max(Some(until));
        self.tried_until = Duration::ZERO;
    }

    pub(crate) fn describe(&self, target: &TargetName, now: Duration) -> TargetHealth {
        let admission = self.admission(now);
        let state = match admission {
            Admission::Free => HealthState::Closed,
            Admission::Try => HealthState::HalfOpen,
            Admission::Out { .. } if self.limited_until > Some(now) => HealthState::Limited,
            Admission::Out { .. } if self.open_until > Some(now) => HealthState::Open,
            Admission::Out { .. } => HealthState::HalfOpen,
        };
        TargetHealth {
            target: target.clone(),
            state,
            recovers_in: match admission {
                Admission::Out { until, .. } => Some(until.saturating_sub(now)),
                _ => None,
            },
            first_byte: self.latency_us.map(Duration::from_micros),
            consecutive_failures: self.consecutive,
        }
    }

    fn open(&mut self, now: Duration) {
        let cool_down = COOL_DOWN
            .saturating_mul(1 << self.reopened.min(4))
            .min(LONGEST);
        self.open_until = Some(now.saturating_add(cool_down));
    }

    fn record(&mut self, failed: bool) {
        self.recent = (self.recent << 1) | u32::from(failed);
        self.seen = (self.seen + 1).min(WINDOW);
    }
}

/// What is known of the time to the first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Latency {
    Micros(u64),
    /// Nobody asked yet.
    Unknown,
    /// Somebody is asking right now.
    BeingMeasured,
}
