//! The encoding that a Type 1 font has of its own, where the document gives it no other.

use std::collections::BTreeMap;

use super::file::File;
use super::glyphs;
use super::lexer::{Item, Lexer};
use super::object::{Dict, Object};
use crate::Failure;
use crate::work::Work;

/// How much of a font is looked at: the encoding stands at its front, in plain letters.
const FRONT: usize = 64 << 10;

/// The characters of the font's own encoding; nothing where it has none that can be read.
pub(crate) fn encoding(
    dict: &Dict,
    file: &mut File<'_>,
    work: &mut Work<'_>,
) -> Result<Option<BTreeMap<u8, Option<String>>>, Failure> {
    let descriptor = file.entry(dict, b"FontDescriptor", work)?;
    let Some(descriptor) = descriptor.dict() else {
        return Ok(None);
    };
    let program = file.entry(descriptor, b"FontFile", work)?;
    let Some(stream) = program.stream() else {
        return Ok(None);
    };
    let Some(data) = file.data(stream, work)? else {
        return Ok(None);
    };
    let front = data.get(..FRONT).unwrap_or(&data);
    let Some(start) = memchr::memmem::find(front, b"/Encoding") else {
        return Ok(None);
    };
    Ok(read(front, start.saturating_add(9), work))
}

/// Lines of `dup 65 /A put`.
fn read(front: &[u8], start: usize, work: &mut Work<'_>) -> Option<BTreeMap<u8, Option<String>>> {
    let mut table: BTreeMap<u8, Option<String>> = BTreeMap::new();
    let mut lexer = Lexer::new(front, start, 4_000);
    let mut last = None;
    while let Some(item) = lexer.next() {
        match item {
            Item::Value(value @ Object::Number(_)) => last = value.count(),
            Item::Value(Object::Name(name)) => {
                if let Some(code) = last.take().and_then(|code| u8::try_from(code).ok()) {
                    table.insert(code, glyphs::text(&name));
                }
            }
            // The usual encoding by its name, or the end of the list.
            Item::Word(b"def" | b"StandardEncoding" | b"currentdict") => break,
            _ => {}
        }
    }
    work.step(lexer.at.saturating_sub(start)).ok()?;
    (!table.is_empty()).then_some(table)
}
