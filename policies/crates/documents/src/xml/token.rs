//! The tokens of XML.

use std::borrow::Cow;

use crate::Failure;
use crate::entities::number;
use crate::limits::DEPTH;

/// A piece of an XML file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'x> {
    /// The beginning of an element. One that is empty has its end told next.
    Start {
        name: &'x str,
        attributes: &'x str,
    },
    End {
        name: &'x str,
    },
    /// Character data, still escaped.
    Text(&'x str),
    /// Character data that has no escapes.
    Raw(&'x str),
    Comment(&'x str),
    /// The document type, with whatever it declares.
    Doctype(&'x str),
}

/// Reads token by token.
pub(crate) struct Reader<'x> {
    text: &'x str,
    at: usize,
    depth: usize,
    deepest: usize,
    /// The end that an empty element still owes.
    owed: Option<&'x str>,
    /// The file broke off within a tag, a comment or a section.
    pub(crate) broken: bool,
}

impl<'x> Reader<'x> {
    pub(crate) fn new(text: &'x str, deepest: usize) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            deepest,
            owed: None,
            broken: false,
        }
    }

    /// The next token, or nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'x>>, Failure> {
        if let Some(name) = self.owed.take() {
            self.depth = self.depth.saturating_sub(1);
            return Ok(Some(Token::End { name }));
        }
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(None);
            }
            let Some(tag) = rest.strip_prefix('<') else {
                let end = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
                self.at = self.at.saturating_add(end);
                return Ok(Some(Token::Text(rest.get(..end).unwrap_or_default())));
            };
            if tag.starts_with("!--") {
                return Ok(Some(Token::Comment(self.until(rest, 4, "-->"))));
            }
            if tag.starts_with("![CDATA[") {
                return Ok(Some(Token::Raw(self.until(rest, 9, "]]>"))));
            }
            if tag.starts_with('?') {
                self.until(rest, 2, "?>");
                continue;
            }
            if tag.starts_with('!') {
                let end = doctype_end(rest).unwrap_or_else(|| {
                    self.broken = true;
                    rest.len()
                });
                self.at = self.at.saturating_add(end);
                return Ok(Some(Token::Doctype(rest.get(..end).unwrap_or_default())));
            }
            return self.tag(rest).map(Some);
        }
    }

    /// What stands between `from` and a mark, and goes behind the mark.
    fn until(&mut self, rest: &'x str, from: usize, mark: &str) -> &'x str {
        let body = rest.get(from..).unwrap_or_default();
        match memchr::memmem::find(body.as_bytes(), mark.as_bytes()) {
            Some(end) => {
                self.at = self
                    .at
                    .saturating_add(from)
                    .saturating_add(end)
                    .saturating_add(mark.len());
                body.get(..end).unwrap_or_default()
            }
            None => {
                self.broken = true;
                self.at = self.text.len();
                body
            }
        }
    }

    /// A tag; what begins like one and does not end is text to the end of the file.
    fn tag(&mut self, rest: &'x str) -> Result<Token<'x>, Failure> {
        let Some(end) = tag_end(rest) else {
            self.broken = true;
            self.at = self.text.len();
            return Ok(Token::Text(rest));
        };
        self.at = self.at.saturating_add(end).saturating_add(1);
        let inner = rest.get(1..end).unwrap_or_default();
        if let Some(name) = inner.strip_prefix('/') {
            self.depth = self.depth.saturating_sub(1);
            return Ok(Token::End {
                name: local(name.trim_end()),
            });
        }
        let (inner, empty) = inner
            .strip_suffix('/')
            .map_or((inner, false), |inner| (inner, true));
        let name_end = inner
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(inner.len());
        let (name, attributes) = inner.split_at_checked(name_end).unwrap_or((inner, ""));
        self.depth = self.depth.saturating_add(1);
        if self.depth > self.deepest {
            return Err(Failure::TooLarge { limit: DEPTH });
        }
        let name = local(name);
        if empty {
            self.owed = Some(name);
        }
        Ok(Token::Start { name, attributes })
    }
}

/// The place of the `>` that ends a tag.
fn tag_end(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        let found = at + memchr::memchr3(b'>', b'"', b'\'', bytes.get(at..)?)?;
        let quote = *bytes.get(found)?;
        if quote == b'>' {
            return Some(found);
        }
        at = found + 1;
        at += memchr::memchr(quote, bytes.get(at..)?)? + 1;
    }
}

/// The place behind a document type, with its inner declarations.
fn doctype_end(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut inner = 0_usize;
    let mut at = 1;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'"' | b'\'' => at += memchr::memchr(byte, bytes.get(at..)?)? + 1,
            b'[' | b'<' => inner = inner.saturating_add(1),
            b']' => inner = inner.saturating_sub(1),
            b'>' if inner == 0 => return Some(at),
            b'>' => inner = inner.saturating_sub(1),
            _ => {}
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The attributes of a tag: local names, and values still escaped.
pub(crate) fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        rest = after;
        Some((local(name.trim()), value))
    })
}

/// One attribute, decoded.
pub(crate) fn attribute<'x>(text: &'x str, name: &str) -> Option<Cow<'x, str>> {
    attributes(text)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| unescape(value))
}

/// Character data with its escapes decoded.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let end = after.bytes().take(12).position(|byte| byte == b';');
        let name = end.and_then(|end| after.get(..end));
        let c = name.and_then(|name| match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => name.strip_prefix('#').and_then(number),
        });
        if let (Some(c), Some(end)) = (c, end) {
            decoded.push(c);
            rest = after.get(end.saturating_add(1)..).unwrap_or_default();
        } else {
            decoded.push('&');
            rest = after;
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}
