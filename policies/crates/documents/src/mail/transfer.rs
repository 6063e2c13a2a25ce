//! Transfer encodings: quoted-printable and base64, read tolerantly.

/// Decodes quoted-printable. In encoded words of headers an underscore is a blank.
pub(crate) fn quoted_printable(bytes: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        at = at.saturating_add(1);
        match byte {
            b'=' => {
                let rest = bytes.get(at..).unwrap_or_default();
                let blanks = rest
                    .iter()
                    .take(80)
                    .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
                    .count();
                if rest.get(blanks) == Some(&b'\n') {
                    at = at.saturating_add(blanks).saturating_add(1);
                } else if let Some(byte) = rest.get(..2).and_then(hexadecimal) {
                    out.push(byte);
                    at = at.saturating_add(2);
                } else {
                    out.push(byte);
                }
            }
            b'_' if header => out.push(b' '),
            byte => out.push(byte),
        }
    }
    out
}

fn hexadecimal(two: &[u8]) -> Option<u8> {
    if !two.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()
}

/// Decodes base64, both alphabets; everything else is passed by.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // Padding ends a group; another encoded text may follow.
                held = 0;
                bits = 0;
                continue;
            }
            _ => continue,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.extend(u8::try_from(held >> bits & 0xff));
            held &= (1 << bits) - 1;
        }
    }
    out
}
