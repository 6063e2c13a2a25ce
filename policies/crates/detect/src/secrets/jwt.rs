//! JSON Web Tokens (RFC 7519): header, claims and signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The length of the token that `rest` begins with: three parts, and a header that names an algorithm.
pub(super) fn length(rest: &[u8]) -> Option<usize> {
    let part = |from: usize| part(&rest[from..]);
    let header = part(0);
    let claims = (rest.get(header)? == &b'.')
        .then(|| part(header + 1))
        .filter(|length| *length >= 4)?;
    let dot = header + 1 + claims;
    let signature = (rest.get(dot)? == &b'.').then(|| part(dot + 1))?;
    let decoded = URL_SAFE_NO_PAD.decode(&rest[..header]).ok()?;
    let names_algorithm =
        decoded.starts_with(b"{") && memchr::memmem::find(&decoded, b"\"alg\"").is_some();
    names_algorithm.then_some(dot + 1 + signature)
}

/// The length of the part that `rest` begins with.
pub(super) fn part(rest: &[u8]) -> usize {
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    rest.iter().take_while(letter).count()
}
