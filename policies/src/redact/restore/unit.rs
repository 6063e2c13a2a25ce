//! What a text says at a place, however it is written there: a letter, a mark of emphasis, something between.

use marshal_detect::plain_char;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A letter or digit by which surrogates are known, in small letters; the brackets of a tag.
    Key(u8),
    /// Emphasis, quoting, an invisible character: no reader would miss it.
    Mark,
    /// A blank, a hyphen, a sign that parts groups.
    Between,
    /// Nothing that stands within a surrogate.
    Other,
}

/// What the text begins with, and how long that is. `None`: it ends within an escape, or has ended.
pub(super) fn unit(text: &str) -> Option<(Unit, usize)> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    match first {
        b'a'..=b'z' | b'0'..=b'9' | b'[' | b']' => Some((Unit::Key(first), 1)),
        b'A'..=b'Z' => Some((Unit::Key(first.to_ascii_lowercase()), 1)),
        b'\\' => backslash(bytes),
        b'%' => percent(bytes),
        b'&' => reference(bytes),
        b'*' | b'~' | b'`' => Some((Unit::Mark, 1)),
        0x00..=0x7f => Some((sign(first), 1)),
        _ => {
            let c = text.chars().next()?;
            Some((character(c), c.len_utf8()))
        }
    }
}

fn sign(byte: u8) -> Unit {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' | b'@' | b':'
        | b'_' => Unit::Between,
        _ => Unit::Other,
    }
}

fn character(c: char) -> Unit {
    match plain_char(c) {
        Some("") => Unit::Mark,
        Some(plain) => plain.bytes().next().map_or(Unit::Other, |byte| {
            if byte.is_ascii_alphanumeric() {
                Unit::Key(byte.to_ascii_lowercase())
            } else {
                sign(byte)
            }
        }),
        None => match c {
            '\u{2014}' | '\u{2015}' | '\u{30fb}' => Unit::Between,
            _ => Unit::Other,
        },
    }
}

fn code(code: u32) -> Unit {
    match char::from_u32(code) {
        Some(c) if c.is_ascii_alphanumeric() => Unit::Key((c as u8).to_ascii_lowercase()),
        Some(c) if c.is_ascii() => sign(c as u8),
        Some(c) => character(c),
        None => Unit::Other,
    }
}

/// `\u0040`, `\n`, `\-`. A backslash alone quotes what follows.
fn backslash(bytes: &[u8]) -> Option<(Unit, usize)> {
    match bytes.get(1)? {
        b'u' => {
            let digits = bytes.get(2..bytes.len().min(6))?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return Some((Unit::Mark, 1));
            }
            if digits.len() < 4 {
                return None;
            }
            let number = std::str::from_utf8(digits)
                .ok()
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())?;
            Some((code(number), 6))
        }
        b'n' | b'r' | b't' => Some((Unit::Between, 2)),
        _ => Some((Unit::Mark, 1)),
    }
}

fn percent(bytes: &[u8]) -> Option<(Unit, usize)> {
    let digits = &bytes[1..bytes.len().min(3)];
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Some((Unit::Other, 1));
    }
    if digits.len() < 2 {
        return None;
    }
    let number = std::str::from_utf8(digits).ok()?;
    match u8::from_str_radix(number, 16) {
        Ok(byte) if byte.is_ascii() => Some((code(u32::from(byte)), 3)),
        _ => Some((Unit::Other, 1)),
    }
}

/// `&#64;`, `&#x40;`, `&commat;`.
fn reference(bytes: &[u8]) -> Option<(Unit, usize)> {
    const LONGEST: usize = 10;
    let inner = &bytes[1..];
    let Some(length) = inner.iter().take(LONGEST).position(|byte| *byte == b';') else {
        let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        // It may end in what is still to come.
        return if inner.len() < LONGEST && inner.iter().all(name) {
            None
        } else {
            Some((Unit::Other, 1))
        };
    };
    let name = std::str::from_utf8(&inner[..length]).ok()?;
    let number = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        },
        None => match name {
            "commat" => Some(u32::from(b'@')),
            "period" => Some(u32::from(b'.')),
            "hyphen" | "dash" => Some(u32::from(b'-')),
            "nbsp" => Some(u32::from(b' ')),
            "plus" => Some(u32::from(b'+')),
            "lowbar" => Some(u32::from(b'_')),
            "lbrack" | "lsqb" => return Some((Unit::Key(b'['), length + 2)),
            "rbrack" | "rsqb" => return Some((Unit::Key(b']'), length + 2)),
            _ => None,
        },
    };
    Some(number.map_or((Unit::Other, 1), |number| (code(number), length + 2)))
}
