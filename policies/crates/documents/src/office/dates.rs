//! Dates in workbooks: a number of days, and a format that says it is a date.

use crate::Failure;
use crate::work::Work;
use crate::xml::{Reader, Token, attribute};

/// Which styles of cells show dates, by the number of the style.
pub(crate) fn styles(source: &str, work: &mut Work<'_>) -> Result<Vec<bool>, Failure> {
    let mut reader = Reader::new(source, work.limits.depth);
    let mut formats: Vec<(u32, bool)> = Vec::new();
    let mut dates = Vec::new();
    let mut cells = false;
    while let Some(token) = reader.next()? {
        work.step(1)?;
        match token {
            Token::Start {
                name: "cellXfs", ..
            } => cells = true,
            Token::End { name: "cellXfs" } => cells = false,
            Token::Start {
                name: "numFmt",
                attributes,
            } if formats.len() < 2_000 => {
                let id = attribute(attributes, "numFmtId")
                    .and_then(|id| id.parse().ok())
                    .unwrap_or(0);
                formats.push((
                    id,
                    is_date(&attribute(attributes, "formatCode").unwrap_or_default()),
                ));
            }
            Token::Start {
                name: "xf",
                attributes,
            } if cells => {
                work.step(formats.len())?;
                let id = attribute(attributes, "numFmtId")
                    .and_then(|id| id.parse().ok())
                    .unwrap_or(0_u32);
                let own = formats
                    .iter()
                    .find(|(found, _)| *found == id)
                    .map(|(_, date)| *date);
                dates.push(own.unwrap_or(matches!(id, 14..=17 | 22 | 27..=36 | 50..=58)));
            }
            _ => {}
        }
    }
    Ok(dates)
}

/// Whether a format shows days, months and years, outside of quotes and brackets.
fn is_date(code: &str) -> bool {
    let mut closing = None;
    let (mut day, mut month, mut year) = (false, false, false);
    for c in code.chars() {
        match (closing, c) {
            (Some(end), c) if c == end => closing = None,
            (Some(_), _) => {}
            (None, '"') => closing = Some('"'),
            (None, '[') => closing = Some(']'),
            (None, 'd' | 'D') => day = true,
            (None, 'm' | 'M') => month = true,
            (None, 'y' | 'Y') => year = true,
            _ => {}
        }
    }
    month && (day || year)
}

/// The date of a number of days, as `2024-05-31`. `from_1904` says that days are counted from another day.
pub(crate) fn date(days: f64, from_1904: bool) -> Option<String> {
    if !(1.0..2_958_466.0).contains(&days) {
        return None;
    }
    let mut days = days.floor() as i64;
    // The first calendar has a day that never was, the 29th of February 1900.
    days -= if from_1904 {
        24_107
    } else {
        25_569 - i64::from(days < 60)
    };
    let (year, month, day) = civil(days);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// The day of the calendar, from days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(date(1.0, false).as_deref(), Some("1900-01-01"));
        assert_eq!(date(61.0, false).as_deref(), Some("1900-03-01"));
        assert_eq!(date(45_443.75, false).as_deref(), Some("2024-05-31"));
        assert_eq!(date(43_981.0, true).as_deref(), Some("2024-05-31"));
        assert_eq!(date(-4.0, false), None);
        assert!(
            is_date("yyyy\\-mm\\-dd")
                && is_date("[$-409]mmm d")
                && !is_date("0.00 \"dym\"")
                && !is_date("[Red]0")
        );
    }
}
