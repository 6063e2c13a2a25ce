//! A JSON text a line.

use memchr::memchr;

/// Looks at `bytes` from `at` on; `at` moves past what was looked at. True if a line ends there.
pub(super) fn ends(bytes: &[u8], at: &mut usize) -> bool {
    match memchr(b'\n', bytes.get(*at..).unwrap_or_default()) {
        Some(end) => {
            *at += end + 1;
            true
        }
        None => {
            *at = bytes.len();
            false
        }
    }
}
