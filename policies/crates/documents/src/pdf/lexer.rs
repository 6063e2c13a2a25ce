//! Bytes to values and words: the same for the file, object streams, content streams and maps of characters.

mod text;

use std::rc::Rc;

use super::object::{Dict, Object};

/// How deep arrays and dictionaries may stand in each other.
const DEEPEST: usize = 64;

/// What the bytes hold next.
#[derive(Debug)]
pub(crate) enum Item<'b> {
    Value(Object),
    /// An operator or a keyword.
    Word(&'b [u8]),
}

/// Reads values from bytes.
pub(crate) struct Lexer<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) at: usize,
    /// How many values may still be read; at zero the reader is at its end.
    pub(crate) left: usize,
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0xc | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'b> Lexer<'b> {
    pub(crate) fn new(bytes: &'b [u8], at: usize, left: usize) -> Self {
        Self { bytes, at, left }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn bump(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// Passes by blanks and comments.
    pub(crate) fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let line = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                self.at = self.at.saturating_add(line);
            } else if is_blank(byte) {
                self.bump();
            } else {
                return;
            }
        }
    }

    /// The next value or word.
    pub(crate) fn next(&mut self) -> Option<Item<'b>> {
        self.item(0)
    }

    /// The next value; a number may turn out to be the first of a reference.
    pub(crate) fn object(&mut self) -> Option<Object> {
        let Item::Value(value) = self.next()? else {
            return None;
        };
        let Some(number) = value.count() else {
            return Some(value);
        };
        let back = self.at;
        if let Some(Item::Value(Object::Number(_))) = self.next()
            && let Some(Item::Word(b"R")) = self.next()
        {
            return u32::try_from(number).ok().map(Object::Ref);
        }
        self.at = back;
        Some(value)
    }

    fn item(&mut self, depth: usize) -> Option<Item<'b>> {
        self.blanks();
        self.left = self.left.checked_sub(1)?;
        let byte = self.peek()?;
        let value = match byte {
            b'/' => {
                self.bump();
                Object::Name(self.name())
            }
            b'(' => {
                self.bump();
                Object::Text(self.text())
            }
            b'<' if self.bytes.get(self.at.saturating_add(1)) == Some(&b'<') => {
                self.at = self.at.saturating_add(2);
                Object::Dict(Rc::new(pairs(self.list(depth, b'>')?)))
            }
            b'<' => {
                self.bump();
                Object::Text(self.hexadecimal())
            }
            b'[' => {
                self.bump();
                Object::Array(Rc::new(self.list(depth, b']')?))
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => Object::Number(self.number()),
            byte if is_delimiter(byte) => {
                let word = self.bytes.get(self.at..self.at.saturating_add(1))?;
                self.bump();
                return Some(Item::Word(word));
            }
            _ => {
                let word = self.word();
                match word {
                    b"null" => Object::Null,
                    b"true" | b"false" => Object::Bool,
                    _ => return Some(Item::Word(word)),
                }
            }
        };
        Some(Item::Value(value))
    }

    /// The values up to a closing mark. References are put together from their two numbers.
    fn list(&mut self, depth: usize, close: u8) -> Option<Vec<Object>> {
        if depth >= DEEPEST {
            // Nothing more is read from these bytes.
            self.left = 0;
            return None;
        }
        let mut list = Vec::new();
        loop {
            self.blanks();
            let Some(byte) = self.peek() else {
                return Some(list);
            };
            if byte == close {
                self.bump();
                if close == b'>' && self.peek() == Some(b'>') {
                    self.bump();
                }
                return Some(list);
            }
            let back = self.at;
            match self.item(depth.saturating_add(1))? {
                Item::Value(value) => list.push(value),
                Item::Word(b"R") => {
                    list.pop();
                    let number = list
                        .pop()
                        .and_then(|number| number.count())
                        .and_then(|n| u32::try_from(n).ok());
                    list.push(number.map_or(Object::Null, Object::Ref));
                }
                // The mark that closes was left out.
                Item::Word(b"endobj" | b"stream" | b"endstream") => {
                    self.at = back;
                    return Some(list);
                }
                Item::Word(_) => {}
            }
        }
    }

    pub(crate) fn word(&mut self) -> &'b [u8] {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| !is_blank(byte) && !is_delimiter(byte))
        {
            self.bump();
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    fn number(&mut self) -> f64 {
        let start = self.at;
        self.bump();
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
        {
            self.bump();
        }
        let digits = self.bytes.get(start..self.at).unwrap_or_default();
        let text = std::str::from_utf8(digits).unwrap_or_default();
        // Some producers write two signs, or a sign within.
        let tail = text.trim_start_matches(['+', '-']);
        let body = tail.split('-').next().unwrap_or_default();
        let value = body
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .unwrap_or(0.0);
        if text.starts_with('-') { -value } else { value }
    }

    fn name(&mut self) -> Rc<[u8]> {
        let word = self.word();
        if !word.contains(&b'#') {
            return word.into();
        }
        let mut out = Vec::with_capacity(word.len());
        let mut rest = word;
        while let Some((byte, after)) = rest.split_first() {
            let digits = after
                .get(..2)
                .and_then(|two| Some(digit(*two.first()?)? << 4 | digit(*two.get(1)?)?));
            match (byte, digits) {
                (b'#', Some(byte)) => {
                    out.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                _ => {
                    out.push(*byte);
                    rest = after;
                }
            }
        }
        out.into()
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Names and values in turn. What has no name is left out; the first value of a name stays.
fn pairs(list: Vec<Object>) -> Dict {
    let mut dict = Dict::new();
    let mut items = list.into_iter().peekable();
    while let Some(item) = items.next() {
        if let Object::Name(name) = item
            && let Some(value) = items.next()
        {
            dict.entry(name).or_insert(value);
        }
    }
    dict
}
