//! Internet addresses, version 4 and 6, as the standard library reads them, with the length of a prefix that follows.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Found, Weight, words};

/// `at` is a digit. Returns the place before which every address is done.
pub(super) fn find(text: &str, at: usize, entity: u16, out: &mut Vec<Found>) -> usize {
    let bytes = text.as_bytes();
    let part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let start = at - bytes[..at].iter().rev().take(45).take_while(part).count();
    let end = at + bytes[at..].iter().take(45).take_while(part).count();
    let version = words::before_within(bytes, start, 10, &["version", "ver.", "release"]);
    // `client:10.0.0.1`, `abc:10.0.0.1`: the label has an end. One that ends on a digit is a group of the address.
    let label = text[start..end].find(':').map(|at| start + at);
    let label = label
        .filter(|at| *at == 0 || !bytes[at - 1].is_ascii_digit())
        .map(|at| at + 1);
    let starts = [Some(start), label].into_iter().flatten();
    let found = starts.filter(|start| *start < end && bounded(bytes, *start, end));
    let address = |start: usize| Some((start, address(&text[start..end])?));
    if !version && let Some((start, (length, most))) = found.filter_map(address).next() {
        let stop = start + length;
        out.push(Found {
            entity,
            start,
            end: stop + prefix(&bytes[stop..], most),
            weight: Weight::Specific,
            score: 90,
            rule: "ip_address",
        });
    }
    end.max(at + 1)
}

/// Whether no letter, digit or dash joins a word to others. A dash between two addresses makes a range of them, and an arrow
/// joins nothing.
fn bounded(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let further = start.checked_sub(2).map(|at| bytes[at]);
    let (after, beyond) = (bytes.get(end), bytes.get(end + 1));
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let head = match before {
        Some(b'-') => digit(further),
        Some(byte) => !joins(byte),
        None => true,
    };
    let tail = match after {
        Some(b'-') => beyond.is_none_or(|byte| byte.is_ascii_digit() || !joins(*byte)),
        Some(byte) => !joins(*byte),
        None => true,
    };
    head && tail
}

/// The length of the address that the word begins with, and of its longest prefix in bits.
fn address(word: &str) -> Option<(usize, u16)> {
    let trimmed = word.trim_end_matches(['.', ':']);
    let whole = if word.ends_with("::") { word } else { trimmed };
    if whole.parse::<Ipv4Addr>().is_ok() {
        return Some((whole.len(), 32));
    }
    if is_version_6(whole) {
        return Some((whole.len(), 128));
    }
    // `10.0.0.1:8080`
    let host = word.split(':').next()?;
    host.parse::<Ipv4Addr>().is_ok().then_some((host.len(), 32))
}

/// `Bed::Face` and `a::b` are code: what leaves groups out has three of them, or a digit.
fn is_version_6(word: &str) -> bool {
    let groups = word.split(':').filter(|group| !group.is_empty()).count();
    let told = groups >= 3 || word.bytes().any(|byte| byte.is_ascii_digit());
    told && word.matches(':').count() >= 2 && word.parse::<Ipv6Addr>().is_ok()
}

/// The length of `/24`: a network is told by its prefix as well.
fn prefix(rest: &[u8], most: u16) -> usize {
    let Some((b'/', digits)) = rest.split_first() else {
        return 0;
    };
    let length = digits
        .iter()
        .take(4)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let bits = std::str::from_utf8(&digits[..length])
        .ok()
        .and_then(|text| text.parse::<u16>().ok());
    let ends = !digits
        .get(length)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_'));
    match bits {
        Some(bits) if bits <= most && ends => 1 + length,
        _ => 0,
    }
}
