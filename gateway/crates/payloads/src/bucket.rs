//! How long a payload is kept: with those of its month, so many days after the month's end.

use std::fmt;

use marshal_types::Timestamp;

/// A month and a number of days: `2026-11.30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    year: u16,
    month: u8,
    days: u32,
}

impl Bucket {
    /// Of what is kept `days` days from `now` on, to the month.
    #[must_use]
    pub fn of(now: Timestamp, days: u32) -> Self {
        let civil = now.civil();
        Self {
            year: u16::try_from(civil.year).unwrap_or(u16::MAX),
            month: u8::try_from(civil.month).unwrap_or(1),
            days,
        }
    }

    /// Reads a bucket's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (month, days) = text.split_once('.')?;
        let (year, month) = month.split_once('-')?;
        let read = Self {
            year: year.parse().ok()?,
            month: month
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))?,
            days: days.strip_suffix('d')?.parse().ok()?,
        };
        (read.to_string() == text).then_some(read)
    }

    /// From when on its payloads are not to be kept any more.
    #[must_use]
    pub fn ends(self) -> Timestamp {
        let (year, month) = match self.month {
            12 => (self.year.saturating_add(1), 1),
            month => (self.year, month + 1),
        };
        let next = Timestamp::parse(&format!("{year:04}-{month:02}-01")).unwrap_or_default();
        next.plus(std::time::Duration::from_secs(
            u64::from(self.days) * 86_400,
        ))
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}.{}d", self.year, self.month, self.days)
    }
}
