//! Dates and times, as people and machines write them.

use super::{Found, Weight};

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
const LONG: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];

/// `at` is the first digit of a number. Returns the place before which every date is done.
pub(super) fn find(bytes: &[u8], at: usize, entity: u16, out: &mut Vec<Found>) -> usize {
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take(9)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let first = digits(at);
    let done = at + first;
    let joined = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'-' | b'/' | b'.' | b':' | b'+' | b'$' | b'#' | b'%'
            )
    };
    if first > 4 || at > 0 && joined(bytes[at - 1]) {
        return done;
    }
    let found = numeric(bytes, at, first)
        .or_else(|| named(bytes, at, first))
        .or_else(|| month_first(bytes, at, first));
    let Some((start, end, score)) = found else {
        return done;
    };
    let end = time(bytes, end);
    let goes_on = match bytes.get(end) {
        Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%') => true,
        Some(b'-' | b'/' | b'.' | b':') => bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        _ => false,
    };
    if !goes_on {
        out.push(Found {
            entity,
            start,
            end,
            weight: Weight::Form,
            score,
            rule: "date",
        });
        return end;
    }
    done
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number * 10 + u32::from(byte - b'0'))
}

/// `2024-03-15`, `5/21/2021`, `21.5.21`.
fn numeric(bytes: &[u8], at: usize, first: usize) -> Option<(usize, usize, u8)> {
    let separator = *bytes.get(at + first)?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take(5)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let two = at + first + 1;
    let second = digits(two);
    if second == 0 || second > 2 {
        return month_and_year(bytes, at, first, second);
    }
    let three = two + second + 1;
    if bytes.get(two + second) != Some(&separator) {
        return None;
    }
    let third = digits(three);
    let (a, b) = (
        number(&bytes[at..at + first]),
        number(&bytes[two..two + second]),
    );
    let c = number(bytes.get(three..three + third)?);
    let day_and_month = |x: u32, y: u32| {
        (1..=31).contains(&x) && (1..=12).contains(&y)
            || (1..=12).contains(&x) && (1..=31).contains(&y)
    };
    let year =
        |length: usize, year: u32| length == 2 || length == 4 && (1000..2200).contains(&year);
    let formed = match first {
        4 => {
            year(4, a) && third > 0 && third <= 2 && (1..=12).contains(&b) && (1..=31).contains(&c)
        }
        1 | 2 => year(third, c) && day_and_month(a, b),
        _ => false,
    };
    formed.then_some((at, three + third, 75))
}

/// `05/2021`: as likely something else.
fn month_and_year(
    bytes: &[u8],
    at: usize,
    first: usize,
    second: usize,
) -> Option<(usize, usize, u8)> {
    let two = at + first + 1;
    let slash = bytes[at + first] == b'/';
    let formed = slash
        && first == 2
        && second == 4
        && (1..=12).contains(&number(&bytes[at..at + 2]))
        && (1900..2100).contains(&number(&bytes[two..two + 4]));
    formed.then_some((at, two + second, 50))
}

/// The month that the text begins with, in English, as the length of its name.
fn month(text: &[u8]) -> Option<usize> {
    let letters = text
        .iter()
        .take(10)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let word = &text[..letters];
    let is = |name: &&[u8]| word.eq_ignore_ascii_case(name);
    (MONTHS.iter().any(is) || LONG.iter().any(is) || word.eq_ignore_ascii_case(b"sept"))
        .then_some(letters)
}

/// `5-May-2021`, `15 March 2024`, `05-May`.
fn named(bytes: &[u8], at: usize, first: usize) -> Option<(usize, usize, u8)> {
    if first > 2 || !(1..=31).contains(&number(&bytes[at..at + first])) {
        return None;
    }
    let after = at + first;
    let separator = *bytes.get(after)?;
    let gap = match separator {
        b' ' | b'-' | b'/' | b'.' => 1,
        _ => return None,
    };
    let name = after + gap;
    let length = month(&bytes[name..])?;
    let end = name + length;
    let digits = |from: usize| {
        bytes.get(from..).map_or(0, |rest| {
            rest.iter()
                .take(5)
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        })
    };
    let comma = usize::from(separator == b' ' && bytes.get(end) == Some(&b','));
    let behind = bytes.get(end + comma) == Some(&separator);
    let year = digits(end + comma + 1);
    if behind && matches!(year, 2 | 4) {
        return Some((at, end + comma + 1 + year, 75));
    }
    (separator == b'-').then_some((at, end, 60))
}

/// `March 15, 2024`.
fn month_first(bytes: &[u8], at: usize, first: usize) -> Option<(usize, usize, u8)> {
    if first > 2 || at < 4 || bytes[at - 1] != b' ' {
        return None;
    }
    let before = &bytes[at.saturating_sub(11)..at - 1];
    let stop = usize::from(before.ends_with(b"."));
    let before = &before[..before.len() - stop];
    let letters = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let word = &before[before.len() - letters..];
    if month(word) != Some(letters) || letters == 0 {
        return None;
    }
    let ordinal = [&b"st"[..], b"nd", b"rd", b"th"]
        .iter()
        .any(|end| bytes[at + first..].starts_with(end));
    let after = at + first + if ordinal { 2 } else { 0 };
    let comma = usize::from(bytes.get(after) == Some(&b','));
    let year = after + comma + 1;
    let digits = bytes
        .get(year..)?
        .iter()
        .take(5)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (bytes.get(after + comma) == Some(&b' ') && digits == 4)
        .then(|| (at - 1 - stop - letters, year + digits, 75))
}

/// The time that follows a date, and its zone.
fn time(bytes: &[u8], from: usize) -> usize {
    let digits = |at: usize, count: usize| {
        bytes
            .get(at..at + count)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(is(from, b'T') || is(from, b' '))
        || !digits(from + 1, 2)
        || !is(from + 3, b':')
        || !digits(from + 4, 2)
    {
        return from;
    }
    let mut end = from + 6;
    if is(end, b':') && digits(end + 1, 2) {
        end += 3;
        if (is(end, b'.') || is(end, b',')) && digits(end + 1, 1) {
            end += 1 + bytes[end + 1..]
                .iter()
                .take(9)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        }
    }
    if is(end, b'Z') {
        end + 1
    } else if (is(end, b'+') || is(end, b'-'))
        && digits(end + 1, 2)
        && is(end + 3, b':')
        && digits(end + 4, 2)
    {
        end + 6
    } else {
        end
    }
}
