//! What the rules of many issuers have in common: sums with weights, check digits, dates.

use crate::checksum;

pub(super) fn digits(c: &[u8]) -> bool {
    c.iter().all(u8::is_ascii_digit)
}

pub(super) fn letters(c: &[u8]) -> bool {
    c.iter().all(u8::is_ascii_uppercase)
}

/// Of capitals and digits alone.
pub(super) fn alnum(c: &[u8]) -> bool {
    c.iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The value of a digit; of a letter something that no rule takes for one.
pub(super) fn value(byte: u8) -> i64 {
    i64::from(byte) - i64::from(b'0')
}

/// 0 to 9, and A to Z as 10 to 35.
pub(super) fn place(byte: u8) -> i64 {
    if byte.is_ascii_digit() {
        value(byte)
    } else {
        i64::from(byte) - i64::from(b'A') + 10
    }
}

/// The place of a character in an alphabet of its own.
pub(super) fn place_in(alphabet: &[u8], byte: u8) -> Option<i64> {
    let place = alphabet.iter().position(|one| *one == byte)?;
    i64::try_from(place).ok()
}

/// Digits as one number; at most 18 of them.
pub(super) fn number(c: &[u8]) -> i64 {
    c.iter().fold(0, |number: i64, byte| {
        number.wrapping_mul(10).wrapping_add(value(*byte))
    })
}

/// The sum of digits times weights, as far as there are both.
pub(super) fn sum(c: &[u8], weights: &[i64]) -> i64 {
    c.iter()
        .zip(weights)
        .map(|(byte, weight)| value(*byte) * weight)
        .sum()
}

/// The same, of letters as well.
pub(super) fn sum_of_places(c: &[u8], weights: &[i64]) -> i64 {
    c.iter()
        .zip(weights)
        .map(|(byte, weight)| place(*byte) * weight)
        .sum()
}

/// The sum of digits times weights that begin at the last digit.
pub(super) fn sum_from_right(c: &[u8], weights: impl IntoIterator<Item = i64>) -> i64 {
    c.iter()
        .rev()
        .zip(weights)
        .map(|(byte, weight)| value(*byte) * weight)
        .sum()
}

/// The sum of the digits of the products of places and weights.
pub(super) fn cross_sum(c: &[u8], weights: &[i64]) -> i64 {
    let products = c
        .iter()
        .zip(weights)
        .map(|(byte, weight)| place(*byte) * weight);
    products.map(|product| product / 10 + product % 10).sum()
}

/// The sum of places times weights, from `from` down.
pub(super) fn falling(c: &[u8], from: i64) -> i64 {
    c.iter()
        .zip(0..)
        .map(|(byte, at)| place(*byte) * (from - at))
        .sum()
}

/// The remainder that is never negative.
pub(super) fn modulo(number: i64, by: i64) -> i64 {
    number.rem_euclid(by)
}

/// The last character, of a text that has some.
pub(super) fn last(c: &[u8]) -> i64 {
    c.last().map_or(-1, |byte| value(*byte))
}

/// All but the last character.
pub(super) fn body(c: &[u8]) -> &[u8] {
    c.split_last().map_or(c, |(_, body)| body)
}

pub(super) fn luhn(c: &[u8]) -> bool {
    !c.is_empty() && digits(c) && checksum::luhn(c.iter().copied())
}

/// ISO 7064 mod 11,10 over digits, the last one the check digit.
pub(crate) fn mod_11_10(c: &[u8]) -> bool {
    let rest = body(c).iter().fold(10, |rest, byte| {
        let sum = (rest + value(*byte)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    digits(c) && modulo(11 - rest, 10) == last(c)
}

/// The check character of a sum, of an alphabet that has one for each remainder.
pub(super) fn check_letter(alphabet: &[u8], sum: i64) -> u8 {
    alphabet[modulo(sum, alphabet.len() as i64) as usize]
}

/// Verhoeff's check over the dihedral group of five.
pub(crate) fn verhoeff(c: &[u8]) -> bool {
    const STEP: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let times = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    if !digits(c) {
        return false;
    }
    let check = c.iter().rev().enumerate().fold(0, |check, (at, byte)| {
        let digit = (0..at % 8).fold(usize::from(byte - b'0'), |digit, _| STEP[digit]);
        times(check, digit)
    });
    check == 0
}

pub(super) fn all_alike(c: &[u8]) -> bool {
    c.iter().all(|byte| *byte == c[0])
}

/// A day of the calendar.
pub(super) fn date(year: i64, month: i64, day: i64) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}

/// A day of either of the last two centuries.
pub(super) fn date_of_two(year: i64, month: i64, day: i64) -> bool {
    date(1900 + year, month, day) || date(2000 + year, month, day)
}
