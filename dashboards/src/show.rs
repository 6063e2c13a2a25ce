//! How values read on a page.

use std::fmt;

use marshal_admin::escape;
use marshal_audit::CallResult;
use marshal_types::{NanoUsd, Timestamp};

/// Text that is escaped where it is written: the only way that anything but our own words gets into a page.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(self.0))
    }
}

/// `2026-11-22 20:05:44`, with the exact time for machines.
pub(crate) fn time(at: Timestamp) -> String {
    let exact = at.to_string();
    let (date, clock) = exact.split_at(10);
    let clock = clock.get(1..9).unwrap_or_default();
    format!("<time datetime=\"{exact}\"><span class=\"date\">{date}</span> {clock}</time>")
}

/// `$0.000123`
pub(crate) fn cost(amount: NanoUsd) -> String {
    format!("${amount}")
}

/// `812 µs`, `12.3 ms`, `1.84 s`
pub(crate) fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!(
            "{}.{:02} s",
            micros / 1_000_000,
            micros % 1_000_000 / 10_000
        ),
    }
}

/// `12,345`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Every way in which a call can end: the word in addresses, the word for people, the colour.
pub(crate) const RESULTS: [(CallResult, &str, &str, &str); 8] = [
    (CallResult::Ok, "ok", "Answered", "good"),
    (CallResult::Denied, "denied", "Refused", "warn"),
    (CallResult::Blocked, "blocked", "Answer withheld", "warn"),
    (
        CallResult::UpstreamError,
        "upstream_error",
        "Provider error",
        "bad",
    ),
    (
        CallResult::UpstreamBroken,
        "upstream_broken",
        "Broke off",
        "bad",
    ),
    (
        CallResult::ClientGone,
        "client_gone",
        "Client left",
        "quiet",
    ),
    (CallResult::Interrupted, "interrupted", "Interrupted", "bad"),
    (CallResult::Open, "open", "In flight", "info"),
];

/// The badge of an ending.
pub(crate) fn result(result: CallResult) -> String {
    RESULTS
        .iter()
        .find(|(known, ..)| *known == result)
        .map_or_else(String::new, |(_, _, label, tone)| badge(label, tone))
}

/// A word on a coloured ground. The word alone says it all.
pub(crate) fn badge(label: &str, tone: &str) -> String {
    format!("<span class=\"badge {tone}\">{}</span>", Text(label))
}

/// A row of small badges: data classes.
pub(crate) fn tags<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words
        .into_iter()
        .map(|word| format!("<span class=\"tag\">{}</span> ", Text(word)))
        .collect()
}

/// A value within an address.
pub(crate) fn url(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(duration(812), "812 µs");
        assert_eq!(duration(12_345), "12.3 ms");
        assert_eq!(duration(1_849_999), "1.84 s");
        assert_eq!(cost(NanoUsd(123_000)), "$0.000123");
        assert_eq!(url("a b&c/ü"), "a%20b%26c%2F%C3%BC");
    }
}
