//! The spans of time that budgets are for: days and months in UTC, or all time.

use std::time::Duration;

use marshal_types::Timestamp;

/// How often a budget starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    /// At midnight UTC.
    Day,
    /// At midnight UTC on the first of the month.
    Month,
    /// Never.
    Total,
}

impl Period {
    /// Every period.
    pub const ALL: &'static [Self] = &[Self::Day, Self::Month, Self::Total];

    /// The word in `limits.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    /// The period of that name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|period| period.as_str() == word)
    }

    /// The number of the period in which `now` lies; grows with time.
    pub(crate) fn number(self, now: Timestamp) -> u64 {
        match self {
            Self::Day => now.day(),
            Self::Month => {
                let (months, _) = months_and_day(now.day());
                months
            }
            Self::Total => 0,
        }
    }

    /// Until the next period starts.
    pub(crate) fn left(self, now: Timestamp) -> Duration {
        const DAY: u64 = 86_400_000_000;
        let of_day = Duration::from_micros(DAY - now.as_micros() % DAY);
        match self {
            Self::Day => of_day,
            Self::Month => {
                let (month, day) = months_and_day(now.day());
                // No month has more than 31 days; the next one starts within as many.
                let next = (1..=31_u64)
                    .find(|ahead| months_and_day(now.day() + ahead).0 != month)
                    .unwrap_or(31 - day.min(30));
                of_day + Duration::from_micros(DAY * next.saturating_sub(1))
            }
            Self::Total => Duration::MAX,
        }
    }
}

/// Months since the year 0, and the day of the month from 1. The civil calendar counted in years that begin in March,
/// so that the leap day is the last.
fn months_and_day(day: u64) -> (u64, u64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * from_march + 2) / 5 + 1;
    (
        (era * 400 + year_of_era) * 12 + from_march + 2,
        day_of_month,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: u64, seconds: u64) -> Timestamp {
        Timestamp::from_micros((day * 86_400 + seconds) * 1_000_000)
    }

    #[test]
    fn a_month_is_as_long_as_the_calendar_says() {
        // 2024-01-01 is day 19_723; the year is a leap year.
        let mut day = 19_723;
        for length in [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28] {
            let number = Period::Month.number(on(day, 0));
            assert_eq!(number, Period::Month.number(on(day + length - 1, 86_399)));
            assert_eq!(number + 1, Period::Month.number(on(day + length, 0)));
            assert_eq!(
                Period::Month.left(on(day, 0)),
                Duration::from_secs(length * 86_400)
            );
            assert_eq!(
                Period::Month.left(on(day + length - 1, 86_399)),
                Duration::from_secs(1)
            );
            day += length;
        }
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        assert_eq!(Period::Day.left(on(5, 86_000)), Duration::from_secs(400));
        assert_eq!(
            Period::Day.number(on(5, 86_399)) + 1,
            Period::Day.number(on(6, 0))
        );
    }
}
