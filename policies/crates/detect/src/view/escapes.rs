//! Escapes decoded: percent (RFC 3986), HTML's character references, and backslashes of JSON and of programs.

use memchr::memchr3;

use super::{View, Writer};

/// References with a name, as far as values are written with them.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("commat", "@"),
    ("period", "."),
    ("lowbar", "_"),
    ("plus", "+"),
    ("hyphen", "-"),
    ("dash", "-"),
    ("num", "#"),
    ("sol", "/"),
    ("colon", ":"),
    ("equals", "="),
    ("shy", ""),
    ("zwnj", ""),
    ("zwj", ""),
];

/// `None` where the text holds no escape.
pub(super) fn decode(text: &str) -> Option<View> {
    let bytes = text.as_bytes();
    let mut writer = Writer::new(text);
    let mut at = 0;
    while let Some(skipped) = memchr3(b'%', b'&', b'\\', &bytes[at..]) {
        at += skipped;
        let rest = &text[at..];
        let decoded = match bytes[at] {
            b'%' => percent(rest),
            b'&' => reference(rest),
            _ => backslash(rest),
        };
        match decoded {
            Some((length, read)) => {
                writer.replace(at..at + length, &read);
                at += length;
            }
            None => at += 1,
        }
    }
    writer.finish()
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|_| digits)
}

fn one(length: usize, code: u32) -> Option<(usize, String)> {
    // What is written into text, and not what steers a machine.
    let c = char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))?;
    Some((length, c.to_string()))
}

/// A character of up to four bytes.
fn percent(text: &str) -> Option<(usize, String)> {
    let byte = |place: usize| {
        let part = text.get(place * 3..place * 3 + 3)?;
        u8::try_from(hex(part.strip_prefix('%')?)?).ok()
    };
    let first = byte(0)?;
    let count = match first {
        0..=0x7f => return one(3, u32::from(first)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let bytes: Vec<u8> = (0..count).map(byte).collect::<Option<_>>()?;
    Some((count * 3, std::str::from_utf8(&bytes).ok()?.to_owned()))
}

/// `&#64;`, `&#x40;`, `&commat;`.
fn reference(text: &str) -> Option<(usize, String)> {
    let inner = &text.as_bytes()[1..];
    let length = inner.iter().take(10).position(|byte| *byte == b';')?;
    let name = text.get(1..1 + length)?;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => hex(digits)?,
            None => number
                .parse()
                .ok()
                .filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?,
        };
        return one(length + 2, code);
    }
    let (_, read) = NAMED.iter().find(|(known, _)| *known == name)?;
    Some((length + 2, (*read).to_owned()))
}

/// `\u0040`, `\u{40}`, `\x40`, `\n`; before another sign a backslash only quotes it.
fn backslash(text: &str) -> Option<(usize, String)> {
    match *text.as_bytes().get(1)? {
        b'u' if text.as_bytes().get(2) == Some(&b'{') => {
            let length = text
                .as_bytes()
                .iter()
                .take(10)
                .position(|byte| *byte == b'}')?;
            one(length + 1, hex(text.get(3..length)?)?)
        }
        b'u' => {
            let first = hex(text.get(2..6)?)?;
            if !(0xd800..0xdc00).contains(&first) {
                return one(6, first);
            }
            let second = hex(text.get(6..12)?.strip_prefix("\\u")?)?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            one(12, 0x10000 + ((first - 0xd800) << 10) + low)
        }
        b'x' => one(4, hex(text.get(2..4)?)?),
        b'n' => Some((2, "\n".to_owned())),
        b'r' => Some((2, "\r".to_owned())),
        b't' => Some((2, "\t".to_owned())),
        sign @ (b'/' | b'"' | b'\\' | b'-' | b'.' | b'@' | b'_' | b'+' | b'*') => {
            Some((2, char::from(sign).to_string()))
        }
        _ => None,
    }
}
