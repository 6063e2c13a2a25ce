//! Bytes to text: by the byte order mark, else UTF-8, else UTF-16 without a mark, else Windows-1252.

use std::borrow::Cow;

/// What Windows-1252 has at 0x80 to 0x9F; five places are empty and stay control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A byte of Windows-1252.
pub(crate) fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or('\u{fffd}'),
        _ => char::from(byte),
    }
}

/// Text of unknown encoding.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(rest);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        return Cow::Owned(utf_32(rest, u32::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        return Cow::Owned(utf_32(rest, u32::from_be_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Cow::Owned(utf_16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Cow::Owned(utf_16(rest, u16::from_be_bytes));
    }
    match wide(bytes) {
        Some(Wide::Little) => return Cow::Owned(utf_16(bytes, u16::from_le_bytes)),
        Some(Wide::Big) => return Cow::Owned(utf_16(bytes, u16::from_be_bytes)),
        None => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    if mostly_utf_8(bytes) {
        return String::from_utf8_lossy(bytes);
    }
    Cow::Owned(bytes.iter().copied().map(windows_1252).collect())
}

/// Text of a named encoding; names that are not known are decoded as if there were none.
pub(crate) fn decode_as<'b>(bytes: &'b [u8], charset: &str) -> Cow<'b, str> {
    let name = charset.trim().to_ascii_lowercase();
    match name.as_str() {
        "iso-8859-1" | "latin1" | "windows-1252" | "cp1252" => {
            Cow::Owned(bytes.iter().copied().map(windows_1252).collect())
        }
        "utf-8" | "utf8" => String::from_utf8_lossy(bytes),
        "utf-16le" => Cow::Owned(utf_16(bytes, u16::from_le_bytes)),
        "utf-16be" => Cow::Owned(utf_16(bytes, u16::from_be_bytes)),
        _ => decode(bytes),
    }
}

/// Whether text of that charset is read rightly by [`decode_as`].
pub(crate) fn known(charset: &str) -> bool {
    let name = charset.trim().to_ascii_lowercase();
    name.is_empty()
        || [
            "us-ascii",
            "ascii",
            "utf-8",
            "utf8",
            "latin1",
            "cp1252",
            "iso-8859-1",
            "iso-8859-15",
            "windows-1252",
        ]
        .contains(&name.as_str())
        || name.starts_with("utf-16")
}

pub(crate) fn utf_16(bytes: &[u8], order: fn([u8; 2]) -> u16) -> String {
    let (units, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(units.iter().map(|unit| order(*unit)));
    let mut text: String = text.map(|c| c.unwrap_or('\u{fffd}')).collect();
    if !rest.is_empty() {
        text.push('\u{fffd}');
    }
    text
}

fn utf_32(bytes: &[u8], order: fn([u8; 4]) -> u32) -> String {
    let (units, _) = bytes.as_chunks::<4>();
    units
        .iter()
        .map(|unit| char::from_u32(order(*unit)).unwrap_or('\u{fffd}'))
        .collect()
}

/// The order of the bytes in UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    Little,
    Big,
}

/// Whether text without a mark looks like UTF-16: zeros at every other byte alone.
pub(crate) fn wide(bytes: &[u8]) -> Option<Wide> {
    let (pairs, _) = bytes.get(..4096).unwrap_or(bytes).as_chunks::<2>();
    let first = pairs.iter().filter(|[a, b]| *a == 0 && *b != 0).count();
    let second = pairs.iter().filter(|[a, b]| *b == 0 && *a != 0).count();
    let enough = (pairs.len() / 3).max(2);
    if second >= enough && first * 20 <= second {
        Some(Wide::Little)
    } else if first >= enough && second * 20 <= first {
        Some(Wide::Big)
    } else {
        None
    }
}

/// Whether a few broken bytes stand in what is UTF-8 otherwise: more whole characters beyond ASCII than broken ones.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole = whole.saturating_add(chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count());
        broken = broken.saturating_add(usize::from(!chunk.invalid().is_empty()));
    }
    whole > broken.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(decode(b"plain"), "plain");
        assert_eq!(decode("\u{feff}größe".as_bytes()), "größe");
        assert_eq!(decode(b"\xff\xfeg\0r\0\xf6\0"), "grö");
        assert_eq!(decode(b"\xfe\xff\0g\0r\0\xf6"), "grö");
        assert_eq!(decode(b"h\0e\0l\0l\0o\0"), "hello");
        assert_eq!(decode(b"\0h\0e\0l\0l\0o"), "hello");
        assert_eq!(decode(b"gr\xf6\xdfe \x80 5"), "größe € 5");
        assert_eq!(decode("größe, süß \u{ff}".as_bytes()), "größe, süß ÿ");
        assert_eq!(
            decode(b"gr\xc3\xb6\xc3\x9fe, s\xc3\xbc\xc3\x9f \xff"),
            "größe, süß \u{fffd}"
        );
        assert_eq!(decode(b"\xff\xfe\0\0a\0\0\0"), "a");
    }
}
