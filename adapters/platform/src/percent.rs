//! Percent-encoding: a name within an address.

use std::fmt::Write as _;

/// The text with every byte encoded that RFC 3986 does not call unreserved, save the bytes in `keep`.
pub(crate) fn encode(text: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if unreserved || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_place_in_an_address() {
        assert_eq!(
            encode("a b/../c?d=é#", b""),
            "a%20b%2F..%2Fc%3Fd%3D%C3%A9%23"
        );
        assert_eq!(encode("claude@2025", b"@"), "claude@2025");
    }
}
