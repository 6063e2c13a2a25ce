//! Codes of banks (ISO 9362): capitals alone, so that only a word before them tells.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::ids::is_country;
use super::{Found, Weight};

static WORDS: LazyLock<[Finder<'static>; 6]> =
    LazyLock::new(|| ["BIC", "SWIFT", "bic", "swift", "Bic", "Swift"].map(Finder::new));

/// How far behind the word the code may stand, in bytes.
const NEAR: usize = 32;

/// Codes that stand for issuers of securities and have no banks of their own.
const NO_BANKS: [&[u8]; 10] = [
    b"EU", b"QS", b"QT", b"XA", b"XB", b"XC", b"XD", b"XF", b"XS", b"CS",
];

pub(super) fn find(bytes: &[u8], entity: u16, out: &mut Vec<Found>) {
    for word in WORDS.iter() {
        for at in word.find_iter(bytes) {
            let from = at + word.needle().len();
            let letter = |at: Option<usize>| {
                at.and_then(|at| bytes.get(at))
                    .is_some_and(u8::is_ascii_alphabetic)
            };
            if letter(at.checked_sub(1)) || letter(Some(from)) {
                continue; // arabic, swiftly
            }
            // Behind the word, or before it within the sentence.
            let found = code(bytes, from, entity);
            let before = at.saturating_sub(NEAR);
            out.extend(found.or_else(|| code(&bytes[..at], before, entity)));
        }
    }
}

fn code(bytes: &[u8], from: usize, entity: u16) -> Option<Found> {
    let to = bytes.len().min(from + NEAR);
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let mut at = from;
    while at < to {
        let length = bytes[at..]
            .iter()
            .take(12)
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        if length == 0 {
            at += 1;
            continue;
        }
        let word = &bytes[at..at + length];
        let formed = matches!(length, 8 | 11)
            && word[..6].iter().all(u8::is_ascii_uppercase)
            && word[6..]
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && is_country(&word[4..6])
            && !NO_BANKS.contains(&&word[4..6]);
        if formed && !letter(at + length) && (at == 0 || !letter(at - 1)) {
            return Some(Found {
                entity,
                start: at,
                end: at + length,
                weight: Weight::Specific,
                score: 80,
                rule: "bic",
            });
        }
        at += length;
    }
    None
}
