//! Whether a record is written in the one way there is, and what its members are: one pass over its bytes.
//!
//! Two readers that parse JSON must come to the same record. A member that is there twice, or an escape that need not be
//! one, would let them differ, and no hash would tell.

use std::cmp::Ordering;

/// No record is nested deeper.
const DEPTH: u32 = 64;

/// Walks over the members of a record: an object without its closing brace, as it stands before its hash.
/// `member` gets each name and value as they are written, the name without its quotes.
///
/// `None`: it is not canonical.
pub(crate) fn members<'a>(
    record: &'a [u8],
    mut member: impl FnMut(&'a [u8], &'a [u8]),
) -> Option<()> {
    std::str::from_utf8(record).ok()?;
    let mut walk = Walk {
        bytes: record,
        at: 0,
    };
    walk.expect(b'{')?;
    let mut before = None;
    loop {
        let name = walk.string()?;
        // The hash is not a part of what it is of.
        if name == b"hash" || before.is_some_and(|before| !ascend(before, name)) {
            return None;
        }
        before = Some(name);
        walk.expect(b':')?;
        let from = walk.at;
        walk.value(1)?;
        member(name, &record[from..walk.at]);
        if walk.at == record.len() {
            return Some(());
        }
        walk.expect(b',')?;
    }
}

/// The text of a value that is a string.
pub(crate) fn text(value: &[u8]) -> Option<&str> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    std::str::from_utf8(inner).ok()
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.bytes[self.at..]
            .starts_with(text)
            .then(|| self.at += text.len())
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        match *self.bytes.get(self.at)? {
            b'"' => self.string().map(drop),
            b'{' if depth < DEPTH => self.object(depth),
            b'[' if depth < DEPTH => self.array(depth),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        if self.bytes.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Some(());
        }
        let mut before = None;
        loop {
            let name = self.string()?;
            if before.is_some_and(|before| !ascend(before, name)) {
                return None;
            }
            before = Some(name);
            self.expect(b':')?;
            self.value(depth + 1)?;
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn array(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        if self.bytes.get(self.at) == Some(&b']') {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// What stands between the quotes, as it is written.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let from = self.at;
        loop {
            let byte = self.next()?;
            if byte == b'"' {
                return Some(&self.bytes[from..self.at - 1]);
            }
            if byte == b'\\' {
                self.escape()?;
            } else if byte < 0x20 {
                return None;
            }
        }
    }

    /// Only what must be escaped, in its shortest form.
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                self.literal(b"00")?;
                let high = self.next()?;
                let low = self.next()?;
                let shorter = high == b'0' && matches!(low, b'8' | b'9' | b'a' | b'c' | b'd');
                let fits = matches!(high, b'0' | b'1') && matches!(low, b'0'..=b'9' | b'a'..=b'f');
                (fits && !shorter).then_some(())
            }
            _ => None,
        }
    }

    /// A whole number without a sign that says nothing or a zero before it.
    fn number(&mut self) -> Option<()> {
        let negative = self.bytes[self.at] == b'-';
        self.at += usize::from(negative);
        let digits = self.bytes[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let zero = self.bytes.get(self.at) == Some(&b'0');
        self.at += digits;
        (digits > 0 && !(zero && (digits > 1 || negative))).then_some(())
    }
}

/// Whether `a` sorts before `b`, by code points. UTF-8 sorts as they do; escapes do not.
fn ascend(a: &[u8], b: &[u8]) -> bool {
    let plain = |name: &[u8]| memchr::memchr(b'\\', name).is_none();
    if plain(a) && plain(b) {
        return a < b;
    }
    let read = |name: &[u8]| serde_json::from_slice::<String>(&[b"\"", name, b"\""].concat()).ok();
    read(a).zip(read(b)).map(|(a, b)| a.cmp(&b)) == Some(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> bool {
        let cut = text.strip_suffix('}').unwrap();
        members(cut.as_bytes(), |_, _| {}).is_some()
    }

    #[test]
    fn there_is_one_way_to_write_a_record() {
        for text in [
            r#"{"a":1}"#,
            r#"{"a":[],"b":{},"c":[1,-2,0],"d":{"a":null,"b":true},"é":false,"😀":"é"}"#,
            r#"{"a":"\"\\\b\f\n\r\t\u0000\u001f/"}"#,
            "{\"\\n\":1,\"A\":2}",
        ] {
            assert!(canonical(text), "{text}");
        }
        for text in [
            r#"{}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"":1,"":2}"#,
            r#"{"a":1,"hash":"x"}"#,
            r#"{"b":1,"a":2}"#,
            r#"{"x":{"b":1,"a":2}}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{ "a":1}"#,
            r#"{"a": 1}"#,
            r#"{"a":01}"#,
            r#"{"a":-0}"#,
            r#"{"a":1.5}"#,
            r#"{"a":1e3}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\u000a"}"#,
            r#"{"a":"\u001F"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":1,}"#,
            "{\"a\":\"\n\"}",
            "{\"A\":1,\"\\n\":2}",
        ] {
            assert!(!canonical(text), "{text}");
        }
    }

    #[test]
    fn members_come_as_they_are_written() {
        let mut seen = Vec::new();
        members(
            br#"{"kind":"deny","n":[1,{"a":2}],"seq":7"#,
            |name, value| {
                seen.push((name, value));
            },
        )
        .unwrap();
        let due: [(&[u8], &[u8]); 3] = [
            (b"kind", b"\"deny\""),
            (b"n", b"[1,{\"a\":2}]"),
            (b"seq", b"7"),
        ];
        assert_eq!(seen, due);
        assert_eq!(text(seen[0].1), Some("deny"));
    }
}
