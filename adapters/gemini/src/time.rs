//! Times as Google writes them: `2026-05-04T20:01:02.264968Z`.

const DAY: u64 = 86_400;

/// Seconds since 1970 of a time in UTC.
pub(crate) fn seconds(time: &str) -> Option<u64> {
    let (date, clock) = time.split_once('T')?;
    let clock = clock.strip_suffix('Z')?;
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let [year, month, day] = three(date, '-')?;
    let [hour, minute, second] = three(clock, ':')?;
    let fits = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    fits.then(|| days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second)
}

fn three(text: &str, between: char) -> Option<[u64; 3]> {
    let mut numbers = text.split(between).map(|number| number.parse().ok());
    let found = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(found)
}

/// Days since 1970-01-01. Years are counted from March, so that a leap day comes last.
const fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    before + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The time of so many seconds since 1970.
pub(crate) fn written(seconds: u64) -> String {
    // As far as a year has four digits.
    let seconds = seconds.min(253_402_300_799);
    let (mut left, clock) = (seconds / DAY + 719_468, seconds % DAY);
    let era = left / 146_097;
    left %= 146_097;
    let year_of_era = (left - left / 1_460 + left / 36_524 - left / 146_096) / 365;
    let day_of_year = left - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 {
        (month + 3, year_of_era + era * 400)
    } else {
        (month - 9, year_of_era + era * 400 + 1)
    };
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::{seconds, written};

    #[test]
    fn times_are_read_and_written() {
        for (text, number) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2026-05-04T20:01:02Z", 1_777_924_862),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(seconds(text), Some(number));
            assert_eq!(written(number), text);
        }
        assert_eq!(seconds("2026-05-04T20:01:02.264968Z"), Some(1_777_924_862));
        for wrong in [
            "",
            "2026",
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:00+01:00",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(written(u64::MAX), "9999-12-31T23:59:59Z");
    }
}
