//! International bank account numbers: country, length and check digits must all be right.

use super::checksum::mod97;
use super::{Found, Weight};

/// Length by country, from the SWIFT IBAN registry.
const LENGTHS: &[(&[u8; 2], u8)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The most characters of one (ISO 13616), and the fewest of a country.
const MOST: usize = 34;
const FEWEST: usize = 15;

/// `at` is a digit; an IBAN's first digit is its third character. One of a length that its country does not have is one
/// all the same where its check digits are right: whoever wrote it meant it.
pub(super) fn find(bytes: &[u8], at: usize, entity: u16) -> Option<Found> {
    let start = at.checked_sub(2)?;
    let country = [bytes[start], bytes[start + 1]];
    let capitals = country.iter().all(u8::is_ascii_uppercase);
    if !(capitals || country.iter().all(u8::is_ascii_lowercase))
        || !bytes.get(at + 1)?.is_ascii_digit()
    {
        return None;
    }
    if start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
        return None;
    }
    let country = country.map(|byte| byte.to_ascii_uppercase());
    let own = LENGTHS
        .iter()
        .find(|(known, _)| **known == country)
        .map(|(_, length)| usize::from(*length))?;
    let mut characters = [0; MOST];
    let (mut count, mut end) = (0, start);
    let mut found = None;
    while count < MOST {
        match bytes.get(end) {
            Some(byte)
                if byte.is_ascii_digit()
                    || byte.is_ascii_alphabetic() && byte.is_ascii_uppercase() == capitals =>
            {
                characters[count] = byte.to_ascii_uppercase();
                count += 1;
            }
            Some(b' ' | b'-') if bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric) => {}
            _ => break,
        }
        end += 1;
        let ends = !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
        let another = capitals && count >= FEWEST && found.is_none() && !goes_on(&bytes[end..]);
        if ends && (count == own || another) && mod97(&characters[..count]) {
            found = Some(end);
            if count == own {
                break;
            }
        }
    }
    Some(Found {
        entity,
        start,
        end: found?,
        weight: Weight::Checked,
        score: 95,
        rule: "iban",
    })
}

/// A further group of digits or capitals.
fn goes_on(rest: &[u8]) -> bool {
    matches!(rest, [b' ' | b'-', next, ..] if next.is_ascii_digit() || next.is_ascii_uppercase())
}
