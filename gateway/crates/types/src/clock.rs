//! Time as a value that is handed in, so that limits, budgets and breakers are tested without waiting.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall-clock time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Reads a time in UTC: `2026-11-30`, `2026-11-30T12:00:00Z`, `2026-11-30T12:00:00.000001Z`. `None`: it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const FORMS: [&[u8]; 3] = [
            b"0000-00-00",
            b"0000-00-00T00:00:00Z",
            b"0000-00-00T00:00:00.000000Z",
        ];
        let bytes = text.as_bytes();
        let fits = |form: &&[u8]| {
            let alike = |(have, want): (&u8, &u8)| match want {
                b'0' => have.is_ascii_digit(),
                _ => have == want,
            };
            bytes.len() == form.len() && bytes.iter().zip(*form).all(alike)
        };
        FORMS.iter().find(|form| fits(form))?;
        let part = |from: usize, to: usize| match text.get(from..to) {
            Some(digits) => digits.parse::<u64>().ok(),
            None => Some(0),
        };
        let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
        // Years that begin in March put the leap day last: days from civil, the inverse of `civil`.
        let shifted_year = if month <= 2 {
            year.checked_sub(1)?
        } else {
            year
        };
        let shifted = (month + 9) % 12;
        let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100
            + shifted_year / 400
            + (153 * shifted + 2) / 5
            + day;
        let days = days.checked_sub(719_469)?;
        let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
        let secs = days * 86_400 + hour * 3_600 + minute * 60 + second;
        let read = Self(secs * 1_000_000 + part(20, 26)?);
        // The thirtieth of February, the hour 24.
        let said = read.to_string();
        let whole = bytes.len().min(19);
        (said.as_bytes()[..whole] == bytes[..whole]).then_some(read)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// This time plus `by`; saturates.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Days since the Unix epoch, in UTC.
    #[must_use]
    pub const fn day(self) -> u64 {
        self.as_secs() / 86_400
    }
}

/// RFC 3339 in UTC with microseconds, for example `2026-11-22T20:05:44.000001Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day } = self.civil();
        let s = self.as_secs() % 86_400;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
            s / 3_600,
            s / 60 % 60,
            s % 60,
            self.0 % 1_000_000
        )
    }
}

/// A day of the calendar, in UTC. Written and read as `2026-11-22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
}

impl Civil {
    /// Reads `2026-11-22`; `None` for anything else, and for days that no month has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next()?;
            let good = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i64>().ok().filter(|_| good)
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (parts.next().is_none() && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }

    /// As a number that sorts by time: `20261122`.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.year * 10_000 + self.month * 100 + self.day
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Timestamp {
    /// The day, in UTC.
    #[must_use]
    pub fn civil(self) -> Civil {
        // Civil-from-days, after Howard Hinnant's `chrono`-compatible calendar algorithms (public domain).
        let z = i64::try_from(self.day()).unwrap_or(0) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        Civil {
            year: yoe + era * 400 + i64::from(month <= 2),
            month,
            day: doy - (153 * mp + 2) / 5 + 1,
        }
    }

    /// The day of the week, in UTC: `mon` to `sun`.
    #[must_use]
    pub const fn weekday(self) -> &'static str {
        // 1970-01-01 was a Thursday.
        match self.day() % 7 {
            0 => "thu",
            1 => "fri",
            2 => "sat",
            3 => "sun",
            4 => "mon",
            5 => "tue",
            _ => "wed",
        }
    }

    /// The time of day in UTC, hours and minutes as one number: 17:05 is 1705.
    #[must_use]
    pub const fn hhmm(self) -> u64 {
        let s = self.as_secs() % 86_400;
        s / 3_600 * 100 + s / 60 % 60
    }
}

/// Where time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall-clock time, for records and for budgets' periods.
    fn now(&self) -> Timestamp;
    /// Time since some fixed moment of this process; never goes back. For durations and limits.
    fn monotonic(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic zero is now.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
        })
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that a test moves by hand; wall and monotonic time move together.
#[derive(Debug, Default)]
pub struct ManualClock {
    micros: AtomicU64,
    base: u64,
}

impl ManualClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn at(at: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            micros: AtomicU64::new(at.0),
            base: at.0,
        })
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.micros.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::SeqCst).saturating_sub(self.base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_day_the_second_and_the_microsecond() {
        for micros in [0, 951_782_400_000_001, 1_795_377_944_123_456] {
            let time = Timestamp::from_micros(micros);
            let text = time.to_string();
            assert_eq!(Timestamp::parse(&text), Some(time), "{text}");
            let second = format!("{}Z", &text[..19]);
            let whole = Timestamp::from_micros(micros / 1_000_000 * 1_000_000);
            assert_eq!(Timestamp::parse(&second), Some(whole));
            let day = Timestamp::from_micros(time.day() * 86_400_000_000);
            assert_eq!(Timestamp::parse(&text[..10]), Some(day));
        }
        for none in [
            "",
            "2026-02-30",
            "2026-13-01",
            "2026-11-22T24:00:00Z",
            "2026-11-22T20:05:44",
            "2026-11-22T20:05:44.éé123Z",
            "1969-12-31",
        ] {
            assert_eq!(Timestamp::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_timestamp_reads_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_micros(0).to_string(),
            "1970-01-01T00:00:00.000000Z"
        );
        assert_eq!(
            Timestamp::from_micros(951_782_400_000_001).to_string(),
            "2000-02-29T00:00:00.000001Z"
        );
        assert_eq!(
            Timestamp::from_micros(1_795_377_944_123_456).to_string(),
            "2026-11-22T20:05:44.123456Z"
        );
    }

    #[test]
    fn a_manual_clock_moves_both_times_together() {
        let clock = ManualClock::at(Timestamp::from_micros(5_000_000));
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now().as_secs(), 7);
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
    }
}
