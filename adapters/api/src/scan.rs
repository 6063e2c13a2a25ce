//! Looking into an event's bytes without parsing them.

/// Length of the string values of the named members in `json`, in bytes of their source: near enough
/// to characters for an estimate. Reads any bytes; never fails.
#[must_use]
pub fn text_bytes(json: &[u8], names: &[&[u8]]) -> u64 {
    let mut total = 0;
    let mut rest = json;
    while let Some((name, after)) = string(rest) {
        rest = after;
        let Some(value) = after.trim_ascii_start().strip_prefix(b":") else {
            continue;
        };
        let value = value.trim_ascii_start();
        if value.first() != Some(&b'"') {
            continue;
        }
        let Some((text, after)) = string(value) else {
            break;
        };
        if names.contains(&name) {
            total += text.len() as u64;
        }
        rest = after;
    }
    total
}

/// The next JSON string, without its quotes, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = memchr::memchr(b'"', bytes)? + 1;
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some((bytes.get(start..at)?, bytes.get(at + 1..)?));
        }
        at += 2;
    }
}
