//! Internet addresses, version 4 and 6, as the standard library reads them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Found, Weight};

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
    let word = &text[start..end];
    let trimmed = word.trim_end_matches(['.', ':']);
    let address = if word.ends_with("::") { word } else { trimmed };
    let is_v6 = || address.matches(':').count() >= 2 && address.parse::<Ipv6Addr>().is_ok();
    if bounded && (address.parse::<Ipv4Addr>().is_ok() || is_v6()) {
        out.push(Found {
            entity,
            start,
            end: start + address.len(),
            weight: Weight::Specific,
        });
    } else if let Some(address) = word.split(':').next().filter(|_| bounded) {
        // `10.0.0.1:8080`
        if address.parse::<Ipv4Addr>().is_ok() {
            out.push(Found {
                entity,
                start,
                end: start + address.len(),
                weight: Weight::Specific,
            });
        }
    }
    end.max(at + 1)
}
