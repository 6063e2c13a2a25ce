//! A random value that its surroundings call a key, a token, a secret or a password.

use std::ops::Range;

use super::rules::KEYED;
use super::{in_run, is_placeholder};
use crate::{Found, Weight};

const WORDS: &[&[u8]] = &[
    b"key",
    b"token",
    b"secret",
    b"passw",
    b"pwd",
    b"credential",
    b"auth",
    b"bearer",
];
/// Names that hold one of the words and mean something public.
const PUBLIC: &[&[u8]] = &[
    b"public",
    b"primary",
    b"foreign",
    b"cache",
    b"sort",
    b"partition",
    b"idempotency",
    b"keyboard",
    b"keyword",
    b"monkey",
    b"tokens",
    b"author",
    b"key_id",
    b"keyid",
    b"page_token",
    b"pagetoken",
];
const NEAR: usize = 64;
const SHORTEST: usize = 14;
const LONGEST: usize = 256;

/// `run` is an unbroken word. `generic` and `keyed` are the entities of a value that is called a credential, and of one
/// whose form is that of a provider's that stands before it.
pub(super) fn find(
    bytes: &[u8],
    run: Range<usize>,
    generic: Option<u16>,
    keyed: Option<u16>,
) -> Option<Found> {
    if generic.is_none() && keyed.is_none() || !bytes[run.clone()].iter().any(u8::is_ascii_digit) {
        return None;
    }
    let (start, name) = named(bytes, run.start)?;
    let quote = start
        .checked_sub(1)
        .map(|at| bytes[at])
        .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let end = start
        + bytes[start..]
            .iter()
            .take(LONGEST)
            .take_while(|byte| belongs(**byte, quote))
            .count();
    let value = &bytes[start..end];
    if is_placeholder(value) {
        return None;
    }
    let found = |entity, score, rule| Found {
        entity,
        start,
        end,
        weight: Weight::Context,
        score,
        rule,
    };
    let before = &bytes[start.saturating_sub(NEAR)..start];
    if let Some(entity) = keyed
        && let Some(rule) = KEYED.of(before, value)
        && (is_secret(name) || has(name, WORDS) && !has(name, PUBLIC))
    {
        return Some(found(entity, 75, rule.name));
    }
    let is_random = (SHORTEST..LONGEST).contains(&value.len())
        && (looks_random(value) || is_long_number(value) && is_secret(name));
    let named_id = is_uuid(value) && !is_secret(name);
    (is_random && !named_id).then_some(found(generic?, 60, "named_secret"))
}

/// Where the value starts and what it is called. A value may hold `=` itself: then its name stands further left.
fn named(bytes: &[u8], mut start: usize) -> Option<(usize, &[u8])> {
    for _ in 0..4 {
        let before = &bytes[start.saturating_sub(NEAR)..start];
        if let Some(name) = name(before).filter(|name| has(name, WORDS)) {
            return (!has(name, PUBLIC)).then_some((start, name));
        }
        let rest = before.strip_suffix(b"=")?;
        let part = rest.iter().rev().take_while(|byte| in_run(**byte)).count();
        start = start - 1 - part;
    }
    None
}

/// The name that the text before a value gives it: `api_key` in `api_key = "`, `key` in `my key is `.
fn name(before: &[u8]) -> Option<&[u8]> {
    let trimmed = trim(before, b"\"'` \t\\");
    let named = if let Some(rest) = trimmed.strip_suffix(b" is") {
        rest
    } else if let Some(rest) = trimmed
        .strip_suffix(b"=>")
        .or_else(|| trimmed.strip_suffix(b":="))
    {
        rest
    } else if let [rest @ .., b'=' | b':'] = trimmed {
        rest
    } else if has(
        trimmed.get(trimmed.len().saturating_sub(6)..)?,
        &[b"bearer"],
    ) {
        return Some(b"bearer");
    } else {
        return None;
    };
    let named = trim(named, b"\"'` \t\\]");
    let length = named
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    Some(&named[named.len() - length..])
}

fn trim<'a>(mut text: &'a [u8], what: &[u8]) -> &'a [u8] {
    while let [rest @ .., last] = text {
        if !what.contains(last) {
            break;
        }
        text = rest;
    }
    text
}

fn has(text: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| {
        text.windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    })
}

fn belongs(byte: u8, quote: Option<u8>) -> bool {
    let ends =
        matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>') || !(0x21..0x7f).contains(&byte);
    !ends && (quote.is_some() || !matches!(byte, b',' | b';' | b')' | b'&' | b'}' | b']'))
}

/// Letters and digits, many different ones: no word, no number, no path.
fn looks_random(value: &[u8]) -> bool {
    let mut seen = [false; 128];
    for byte in value {
        seen[usize::from(byte & 0x7f)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let calls = value.iter().any(|byte| matches!(byte, b'(' | b'{' | b'['));
    distinct >= 8 && digits >= 2 && letters >= 2 && !calls
}

/// Whether the name says more than that it is some key: whose, or what for.
fn is_secret(name: &[u8]) -> bool {
    has(name, &[b"api", b"secret", b"token"]) || (name.len() > 5 && name.ends_with(b"_key"))
}

/// Some providers' credentials are nothing but digits.
fn is_long_number(value: &[u8]) -> bool {
    (16..=20).contains(&value.len()) && value.iter().all(u8::is_ascii_digit)
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
