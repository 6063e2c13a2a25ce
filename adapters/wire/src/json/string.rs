//! JSON strings: finding their end, undoing their escapes, writing them.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::JsonError;

/// Bytes that a string holds as they are: everything but quote, backslash and control characters.
static PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain
};

/// Most strings end within so many bytes; a vector search pays only beyond.
const NEAR: usize = 16;

/// Where a string ends (past its closing quote), and whether it holds an escape.
#[derive(Clone, Copy)]
pub(super) struct Scanned {
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// Reads the string whose opening quote stands at `open`.
pub(super) fn scan(bytes: &[u8], open: usize) -> Result<Scanned, JsonError> {
    let mut at = open + 1;
    let mut escaped = false;
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at) {
            Some(b'"') => {
                return Ok(Scanned {
                    end: at + 1,
                    escaped,
                });
            }
            Some(b'\\') => {
                escaped = true;
                at = escape_end(bytes, at)?;
            }
            Some(_) => {
                return syntax(
                    at,
                    "a control character stands in a string; write it as an escape such as \\n",
                );
            }
            None => return syntax(open, "the string that starts here is not closed"),
        }
    }
}

/// The first place from `at` on that is not plain text of a string, or the end.
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    let near = bytes.len().min(at + NEAR);
    while at < near {
        if !PLAIN[usize::from(bytes[at])] {
            return at;
        }
        at += 1;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let run = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
    // No early exit, so that the compiler looks at many bytes at once.
    let control = rest[..run]
        .iter()
        .fold(false, |found, &byte| found | (byte < 0x20));
    if control {
        let first = rest[..run].iter().position(|&byte| byte < 0x20);
        return at + first.unwrap_or(run);
    }
    at + run
}

/// Checks the escape whose backslash stands at `at`; returns the place past it.
fn escape_end(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => {
            let Some(unit) = hex4(bytes, at + 2) else {
                return syntax(at, "\\u is followed by four hexadecimal digits");
            };
            match unit {
                0xD800..=0xDBFF => low_half_end(bytes, at),
                0xDC00..=0xDFFF => syntax(
                    at,
                    "this \\u escape is the second half of a surrogate pair without its first half",
                ),
                _ => Ok(at + 6),
            }
        }
        Some(_) => syntax(
            at,
            "a backslash in a string is followed by one of \" \\ / b f n r t u",
        ),
        None => syntax(at, "the body ends within a string"),
    }
}

/// After the first half of a surrogate pair at `at`, the second half must follow.
fn low_half_end(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    let low = (bytes.get(at + 6..at + 8) == Some(b"\\u")).then(|| hex4(bytes, at + 8));
    match low.flatten() {
        Some(0xDC00..=0xDFFF) => Ok(at + 12),
        _ => syntax(
            at,
            "this \\u escape is the first half of a surrogate pair without its second half",
        ),
    }
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.iter().try_fold(0, |unit, &byte| {
        char::from(byte).to_digit(16).map(|digit| unit * 16 + digit)
    })
}

/// The text of a string's inside (without quotes). `escaped` as [`scan`] found it.
///
/// Bytes that [`scan`] has not accepted give some text and never a panic.
pub(super) fn text(inner: &[u8], escaped: bool) -> Cow<'_, str> {
    let plain =
        std::str::from_utf8(inner).map_or_else(|_| String::from_utf8_lossy(inner), Cow::Borrowed);
    if !escaped {
        return plain;
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest: &str = &plain;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (character, taken) = unescape_one(&rest.as_bytes()[at..]);
        out.push(character);
        rest = rest.get(at + taken..).unwrap_or("");
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the escape at the start of `bytes`, and how many bytes it takes.
fn unescape_one(bytes: &[u8]) -> (char, usize) {
    match bytes.get(1) {
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'u') => unescape_unit(bytes),
        Some(&byte) if byte.is_ascii() => (char::from(byte), 2),
        _ => (char::REPLACEMENT_CHARACTER, 1),
    }
}

fn unescape_unit(bytes: &[u8]) -> (char, usize) {
    let Some(high) = hex4(bytes, 2) else {
        return (char::REPLACEMENT_CHARACTER, 2);
    };
    if let Some(character) = char::from_u32(high) {
        return (character, 6);
    }
    let pair = hex4(bytes, 8)
        .filter(|low| (0xDC00..=0xDFFF).contains(low) && high < 0xDC00)
        .and_then(|low| char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
    pair.map_or((char::REPLACEMENT_CHARACTER, 6), |character| {
        (character, 12)
    })
}

/// Appends `text` as a JSON string with its quotes. Escapes only what must be escaped.
pub fn write_str(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut at = 0;
    loop {
        let end = plain_end(bytes, at);
        out.extend_from_slice(&bytes[at..end]);
        let Some(&byte) = bytes.get(end) else { break };
        write_escape(out, byte);
        at = end + 1;
    }
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

pub(super) fn syntax<T>(offset: usize, what: &'static str) -> Result<T, JsonError> {
    Err(JsonError::Syntax { offset, what })
}
