//! Passwords in addresses: `postgres://user:password@host/db`.

use super::is_placeholder;
use crate::{Found, Weight};

/// `at` is the `:` of `://`. The password alone is the credential.
pub(crate) fn find(bytes: &[u8], at: usize, entity: u16) -> Option<Found> {
    let scheme = bytes[..at]
        .iter()
        .rev()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        .count();
    let rest = bytes[at..].strip_prefix(b"://")?;
    let part = |byte: &u8| {
        *byte > b' '
            && *byte != 0x7f
            && !matches!(byte, b'/' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'?' | b'#')
    };
    let authority = &rest[..rest.iter().take(512).take_while(|byte| part(byte)).count()];
    let host = authority.iter().rposition(|byte| *byte == b'@')?;
    let user = authority[..host].iter().position(|byte| *byte == b':')?;
    let password = &authority[user + 1..host];
    let written = password
        .iter()
        .any(|byte| matches!(byte, b'$' | b'{' | b'%' | b'*'))
        && !password.iter().any(u8::is_ascii_digit);
    let shown = [
        &b"password"[..],
        b"pass",
        b"passwd",
        b"secret",
        b"pwd",
        b"user",
        b"token",
    ]
    .iter()
    .any(|word| password.eq_ignore_ascii_case(word));
    if scheme == 0
        || password.len() < 4
        || written
        || shown
        || password.starts_with(b"${")
        || is_placeholder(password)
        || host + 1 >= authority.len()
    {
        return None;
    }
    let start = at + 3 + user + 1;
    Some(Found {
        entity,
        start,
        end: start + password.len(),
        weight: Weight::Specific,
        score: 85,
        rule: "credential_in_address",
    })
}
