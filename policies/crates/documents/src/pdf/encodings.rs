//! Encodings of simple fonts, and of text outside of pages.

use crate::encoding::{utf_16, windows_1252};

/// The upper half of the standard encoding of Type 1 fonts. Empty places are zero.
const STANDARD: [char; 128] = [
    '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0',
    '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0',
    '\0', '¡', '¢', '£', '⁄', '¥', 'ƒ', '§', '¤', '\'', '“', '«', '‹', '›', 'ﬁ', 'ﬂ', '\0', '–',
    '†', '‡', '·', '\0', '¶', '•', '‚', '„', '”', '»', '…', '‰', '\0', '¿', '\0', '`', '´', 'ˆ',
    '˜', '¯', '˘', '˙', '¨', '\0', '˚', '¸', '\0', '˝', '˛', 'ˇ', '—', '\0', '\0', '\0', '\0',
    '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0', 'Æ', '\0', 'ª', '\0',
    '\0', '\0', '\0', 'Ł', 'Ø', 'Œ', 'º', '\0', '\0', '\0', '\0', '\0', 'æ', '\0', '\0', '\0', 'ı',
    '\0', '\0', 'ł', 'ø', 'œ', 'ß', '\0', '\0', '\0', '\0',
];

/// The upper half of the encoding of the Macintosh.
const MAC_ROMAN: [char; 128] = [
    'Ä', 'Å', 'Ç', 'É', 'Ñ', 'Ö', 'Ü', 'á', 'à', 'â', 'ä', 'ã', 'å', 'ç', 'é', 'è', 'ê', 'ë', 'í',
    'ì', 'î', 'ï', 'ñ', 'ó', 'ò', 'ô', 'ö', 'õ', 'ú', 'ù', 'û', 'ü', '†', '°', '¢', '£', '§', '•',
    '¶', 'ß', '®', '©', '™', '´', '¨', '≠', 'Æ', 'Ø', '∞', '±', '≤', '≥', '¥', 'µ', '∂', '∑', '∏',
    'π', '∫', 'ª', 'º', 'Ω', 'æ', 'ø', '¿', '¡', '¬', '√', 'ƒ', '≈', '∆', '«', '»', '…', '\u{a0}',
    'À', 'Ã', 'Õ', 'Œ', 'œ', '–', '—', '“', '”', '‘', '’', '÷', '◊', 'ÿ', 'Ÿ', '⁄', '€', '‹', '›',
    'ﬁ', 'ﬂ', '‡', '·', '‚', '„', '‰', 'Â', 'Ê', 'Á', 'Ë', 'È', 'Í', 'Î', 'Ï', 'Ì', 'Ó', 'Ô',
    '\u{f8ff}', 'Ò', 'Ú', 'Û', 'Ù', 'ı', 'ˆ', '˜', '¯', '˘', '˙', '˚', '¸', '˝', '˛', 'ˇ',
];

/// The upper half of the encoding of text outside of pages.
const DOCUMENT: [char; 128] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™',
    'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\0', '€', '¡', '¢', '£', '¤', '¥',
    '¦', '§', '¨', '©', 'ª', '«', '¬', '\0', '®', '¯', '°', '±', '²', '³', '´', 'µ', '¶', '·', '¸',
    '¹', 'º', '»', '¼', '½', '¾', '¿', 'À', 'Á', 'Â', 'Ã', 'Ä', 'Å', 'Æ', 'Ç', 'È', 'É', 'Ê', 'Ë',
    'Ì', 'Í', 'Î', 'Ï', 'Ð', 'Ñ', 'Ò', 'Ó', 'Ô', 'Õ', 'Ö', '×', 'Ø', 'Ù', 'Ú', 'Û', 'Ü', 'Ý', 'Þ',
    'ß', 'à', 'á', 'â', 'ã', 'ä', 'å', 'æ', 'ç', 'è', 'é', 'ê', 'ë', 'ì', 'í', 'î', 'ï', 'ð', 'ñ',
    'ò', 'ó', 'ô', 'õ', 'ö', '÷', 'ø', 'ù', 'ú', 'û', 'ü', 'ý', 'þ', 'ÿ',
];

/// An encoding that fonts begin from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Standard,
    Windows,
    Macintosh,
}

impl Base {
    /// The encoding of a name.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::Windows),
            b"MacRomanEncoding" => Some(Self::Macintosh),
            _ => None,
        }
    }

    /// The character of a code.
    pub(crate) fn char(self, code: u8) -> Option<char> {
        let upper = code.checked_sub(0x80);
        let c = match (self, upper) {
            (_, None) if code < 0x20 => '\0',
            (Self::Standard, None) if code == b'\'' => '’',
            (Self::Standard, None) if code == b'`' => '‘',
            (_, None) => char::from(code),
            (Self::Standard, Some(upper)) => {
                STANDARD.get(usize::from(upper)).copied().unwrap_or('\0')
            }
            (Self::Macintosh, Some(upper)) => {
                MAC_ROMAN.get(usize::from(upper)).copied().unwrap_or('\0')
            }
            (Self::Windows, Some(_)) => windows_1252(code),
        };
        (c != '\0').then_some(c)
    }
}

/// Text outside of pages: UTF-16 or UTF-8 by its mark, else the encoding of documents.
pub(crate) fn outside(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf_16(rest, u16::from_be_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf_16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(rest).into_owned();
    }
    // Producers that know no better write UTF-8 without its mark.
    if !bytes.is_ascii()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.to_owned();
    }
    let char = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(upper) => DOCUMENT
            .get(usize::from(upper))
            .copied()
            .filter(|c| *c != '\0')
            .unwrap_or('\u{fffd}'),
    };
    bytes.iter().map(char).collect()
}
