//! Internet addresses, version 4 and 6, as the standard library reads them, with the length of a prefix that follows.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Found, Weight, words};

/// `at` is a digit. Returns the place before which every address is done.
pub(super) fn find(text: &str, at: usize, entity: u16, out: &mut Vec<Found>) -> usize {
    let bytes = text.as_bytes();
    let part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let start = at - bytes[..at].iter().rev().take(45).take_while(part).count();
    let end = at + bytes[at..].iter().take(45).take_while(part).count();
    let before = start.checked_sub(1).map(|index| bytes[index]);
    let after = bytes.get(end).copied();
    let bounded = [before, after]
        .into_iter()
        .flatten()
        .all(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-'));
    let version = words::before_within(bytes, start, 10, &["version", "ver.", "release"]);
    if bounded
        && !version
        && let Some((length, most)) = address(&text[start..end])
    {
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

/// The length of the address that the word begins with, and of its longest prefix in bits.
fn address(word: &str) -> Option<(usize, u16)> {
    let trimmed = word.trim_end_matches(['.', ':']);
    let whole = if word.ends_with("::") { word } else { trimmed };
    if whole.parse::<Ipv4Addr>().is_ok() {
        return Some((whole.len(), 32));
    }
    if whole.matches(':').count() >= 2 && whole.parse::<Ipv6Addr>().is_ok() {
        return Some((whole.len(), 128));
    }
    // `10.0.0.1:8080`
    let host = word.split(':').next()?;
    host.parse::<Ipv4Addr>().is_ok().then_some((host.len(), 32))
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
