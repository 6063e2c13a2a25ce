//! Credentials: those that say themselves what they are, by prefix, alphabet, length and structure; those that a word
//! near them gives away; tokens, keys and passwords in addresses.

mod jwt;
mod named;
mod pem;
mod rules;
mod shape;
mod sums;
mod user_info;

use std::ops::Range;

pub(crate) use pem::find as pem;
pub(crate) use user_info::find as user_info;

use super::{Builtin, Found, On, Weight, words};
use rules::{RULES, Rule};

/// No credential is shorter, prefix included.
pub(crate) const SHORTEST: usize = 14;

/// How much of one is looked at before the rest is.
const HEAD: usize = 512;

/// How many kinds of credentials are known.
#[must_use]
pub fn kinds() -> usize {
    // Private keys, tokens of JSON, passwords in addresses and named values have no line in a table.
    rules::kinds().len() + 4
}

pub(crate) fn in_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'~' | b'|')
}

/// The unbroken word around `at`.
pub(crate) fn run(bytes: &[u8], at: usize) -> Range<usize> {
    let before = bytes[..at]
        .iter()
        .rev()
        .take_while(|byte| in_run(**byte))
        .count();
    let behind = bytes[at..].iter().take_while(|byte| in_run(**byte)).count();
    at - before..at + behind
}

/// Every credential that starts in the word, and the value that the word is if it is called a credential. It may reach
/// past the word's end: some hold `=` or `:`.
pub(crate) fn find(bytes: &[u8], run: Range<usize>, on: &On, out: &mut Vec<Found>) {
    let mut at = run.start;
    // `$2b$…`: the sign belongs to it.
    if at > 0 && bytes[at - 1] == b'$' {
        at -= 1;
    }
    let first = at;
    // Where a header of a token has ended without a dot: none begins before, or a word of beginnings would cost its square.
    let mut headers = at;
    while at < run.end {
        let starts =
            at <= run.start || matches!(bytes[at - 1], b'/' | b'.' | b'+' | b'|' | b'~' | b'_');
        let found = starts
            .then(|| {
                token(bytes, at, &mut headers, on).or_else(|| find_at(bytes, at, at == first, on))
            })
            .flatten();
        at = match found {
            Some(found) => {
                out.push(found);
                found.end
            }
            None => at + 1,
        };
    }
    out.extend(named(bytes, run, on));
}

/// The value that begins with the word, if it is called a credential.
pub(crate) fn named(bytes: &[u8], run: Range<usize>, on: &On) -> Option<Found> {
    named::find(
        bytes,
        run,
        on.get(Builtin::GenericSecret),
        on.get(Builtin::ApiKey),
    )
}

fn token(bytes: &[u8], at: usize, headers: &mut usize, on: &On) -> Option<Found> {
    let rest = &bytes[at..];
    let entity = on.get(Builtin::Jwt)?;
    if at < *headers || !rest.starts_with(b"eyJ") {
        return None;
    }
    let Some(length) = jwt::length(rest) else {
        *headers = at + jwt::part(rest);
        return None;
    };
    Some(Found {
        entity,
        start: at,
        end: at + length,
        weight: Weight::Checked,
        score: 95,
        rule: "jwt",
    })
}

fn find_at(bytes: &[u8], at: usize, first: bool, on: &On) -> Option<Found> {
    let rest = &bytes[at..];
    let others = if first { RULES.others() } else { &[] };
    let found = RULES
        .at(rest)
        .iter()
        .chain(others)
        .filter_map(|rule| judge(bytes, at, rule, on));
    // Of two rules the one that takes more: what it leaves out would go through.
    found.max_by_key(|found| (found.end, found.weight))
}

fn judge(bytes: &[u8], at: usize, rule: &Rule, on: &On) -> Option<Found> {
    let rest = &bytes[at..];
    let body = rest.strip_prefix(rule.prefix)?;
    let entity = on.get(rule.builtin)?;
    // Within a word a prefix has to say something.
    if at > 0 && bytes[at - 1] == b'_' && rule.prefix.len() < 4 {
        return None;
    }
    // A word of beginnings would cost its square: what is no credential so far is none further on.
    let begun = &body[..body.len().min(HEAD)];
    let head = rule.shape.length(begun);
    if head.is_some_and(|head| !is_varied(&begun[..head])) {
        return None;
    }
    let length = match head {
        Some(head) if head < HEAD => head,
        _ => rule.shape.length(body)?,
    };
    let value = &body[..length];
    let end = at + rule.prefix.len() + length;
    let goes_on = bytes
        .get(end)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if goes_on || !is_varied(value) {
        return None;
    }
    // Check digits make it certain; without them it may be one that is made up, and is treated as one that is not.
    let checked = sums::is_checked(rule.name, &rest[..end - at]);
    if !checked && is_placeholder(value) {
        return None;
    }
    if !rule.words.is_empty() && !words::near(bytes, at, end, &rule.words) {
        return None;
    }
    // The whole address of a webhook is the credential.
    let scheme = [&b"https://"[..], b"http://"]
        .into_iter()
        .find(|scheme| rule.name.contains("webhook") && bytes[..at].ends_with(scheme));
    Some(Found {
        entity,
        start: at - scheme.map_or(0, <[u8]>::len),
        end,
        weight: if checked {
            Weight::Checked
        } else {
            Weight::Specific
        },
        score: if checked { 99 } else { 90 },
        rule: rule.name,
    })
}

/// What documentation writes where a credential belongs.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"example",
        b"placeholder",
        b"xxxx",
        b"your",
        b"redacted",
        b"changeme",
        b"insert",
        b"dummy",
        b"mrsh_",
    ];
    WORDS.iter().any(|word| {
        value
            .windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    })
}

/// Random text repeats itself little; `0000…` and `aaaa…` are no credentials.
fn is_varied(body: &[u8]) -> bool {
    let mut seen = [false; 128];
    for byte in body {
        seen[usize::from(byte & 0x7f)] = true;
    }
    seen.iter().filter(|seen| **seen).count() >= 5
}
