//! A reader of XML for its text: tokens one after another, no tree, no document type definition.
//!
//! Names of elements and attributes are local: what stands before a colon is dropped. The five entities of XML itself and
//! numbered characters are decoded; any other entity stays as it is written, whatever a document says it stands for.

mod generic;
mod token;

pub(crate) use generic::{lines, read};
pub(crate) use token::{Reader, Token, attribute, attributes, unescape};

use std::borrow::Cow;

use crate::encoding::{decode, decode_as};

/// The text of an XML file, by its byte order mark or its declaration.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let head = bytes.get(..200).unwrap_or(bytes);
    if head.starts_with(b"<?xml")
        && let Some(at) = memchr::memmem::find(head, b"encoding=")
        && let Some(rest) = head.get(at.saturating_add(10)..)
        && let Some(end) = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))
        && let Some(name) = rest.get(..end)
    {
        return decode_as(bytes, &String::from_utf8_lossy(name));
    }
    decode(bytes)
}

/// The local name of the first element.
pub(crate) fn root(text: &str) -> &str {
    let mut reader = Reader::new(text, usize::MAX);
    while let Ok(Some(token)) = reader.next() {
        if let Token::Start { name, .. } = token {
            return name;
        }
    }
    ""
}
