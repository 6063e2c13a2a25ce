//! E-mail addresses, found from their `@`.

use super::{Found, Weight};

pub(super) fn find(bytes: &[u8], at: usize, entity: u16) -> Option<Found> {
    let local = bytes[..at]
        .iter()
        .rev()
        .take(64)
        .take_while(|byte| is_local(**byte))
        .count();
    let mut start = at - local;
    while start < at
        && !(bytes[start].is_ascii_alphanumeric() || bytes[start] == b'_' || is_lead(bytes[start]))
    {
        start += 1;
    }
    if start == at || matches!(bytes[at - 1], b'.') || &bytes[start..at] == b"git" {
        return None;
    }
    let host = bytes[at + 1..]
        .iter()
        .take(253)
        .take_while(|byte| is_host(**byte))
        .count();
    let mut end = at + 1 + host;
    while end > at + 1 && !bytes[end - 1].is_ascii_alphanumeric() {
        end -= 1;
    }
    let host = &bytes[at + 1..end];
    let dot = host.iter().rposition(|byte| *byte == b'.')?;
    let top = &host[dot + 1..];
    let is_top =
        top.len() >= 2 && (top.iter().all(u8::is_ascii_alphabetic) || top.starts_with(b"xn--"));
    let labels = host
        .split(|byte| *byte == b'.')
        .all(|label| !label.is_empty() && label[0] != b'-');
    (is_top && labels).then_some(Found {
        entity,
        start,
        end,
        weight: Weight::Specific,
        score: 95,
        rule: "email_address",
    })
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'')
        || is_letter(byte)
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || is_letter(byte)
}

/// A byte of a Latin letter with a mark (U+00C0 to U+024F): those of other scripts may be the sentence around.
const fn is_letter(byte: u8) -> bool {
    is_lead(byte) || matches!(byte, 0x80..=0xbf)
}

const fn is_lead(byte: u8) -> bool {
    matches!(byte, 0xc3..=0xc9)
}
