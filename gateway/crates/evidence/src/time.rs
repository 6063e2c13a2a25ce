//! Times as records write them, and days.

use marshal_types::{Civil, Timestamp};

const MICROS_A_DAY: u64 = 86_400_000_000;

/// The first moment of a day, in UTC.
#[must_use]
pub fn midnight(day: Civil) -> Timestamp {
    // Days from civil, the inverse of `Timestamp::civil`, after Howard Hinnant's calendar algorithms (public domain).
    let year = if day.month <= 2 {
        day.year - 1
    } else {
        day.year
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((day.month + 9) % 12) + 2) / 5 + day.day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Timestamp::from_micros(
        u64::try_from(days)
            .unwrap_or(0)
            .saturating_mul(MICROS_A_DAY),
    )
}

/// Reads the one form in which records write time: `2026-11-22T20:05:44.000001Z`.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (day, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let (clock, micros) = clock.split_once('.')?;
    let number = |digits: usize, text: &str| {
        let good = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| good)
    };
    let mut parts = clock.splitn(3, ':').map(|part| number(2, part));
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let seconds = hours * 3_600 + minutes * 60 + seconds;
    let day = midnight(Civil::parse(day)?).as_micros();
    Some(Timestamp::from_micros(
        day + seconds * 1_000_000 + number(6, micros)?,
    ))
}

/// Whole days from `early` to `late`; zero if it is not later.
pub(crate) fn days_between(early: Timestamp, late: Timestamp) -> u64 {
    late.as_micros().saturating_sub(early.as_micros()) / MICROS_A_DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for micros in [
            0,
            951_782_400_000_001,
            1_709_164_800_000_000,
            1_795_377_944_123_456,
            4_102_444_799_999_999,
        ] {
            let time = Timestamp::from_micros(micros);
            assert_eq!(parse(&time.to_string()), Some(time), "{time}");
            assert!(midnight(time.civil()) <= time);
            assert_eq!(days_between(midnight(time.civil()), time), 0);
        }
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T20:05:44Z",
            "2026-02-30T20:05:44.000001Z",
            "2026-11-22T20:05:4é.000001Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
