//! Private keys in PEM: the whole block, from its first dash to its last.

use memchr::memmem;

use crate::{Found, Weight};

/// The longest label: `-----BEGIN ENCRYPTED PRIVATE KEY-----` and its like.
const LABEL: usize = 64;

/// `at` is where `-----BEGIN ` stands. A block that never ends reaches to the end of the text.
pub(crate) fn find(bytes: &[u8], at: usize, entity: u16) -> Option<Found> {
    let begin = b"-----BEGIN ".len();
    let rest = &bytes[at + begin..];
    let label = memmem::find(&rest[..rest.len().min(LABEL)], b"-----")?;
    memmem::find(&rest[..label], b"PRIVATE KEY")?;
    let body = at + begin + label + 5;
    let end = memmem::find(&bytes[body..], b"-----END ").and_then(|offset| {
        let after = body + offset + b"-----END ".len();
        let tail = &bytes[after..bytes.len().min(after + LABEL)];
        memmem::find(tail, b"-----").map(|dashes| after + dashes + 5)
    });
    Some(Found {
        entity,
        start: at,
        end: end.unwrap_or(bytes.len()),
        weight: Weight::Checked,
        score: 99,
        rule: "pem",
    })
}
