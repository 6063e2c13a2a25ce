//! Cross-reference tables and streams: which object stands where.

use std::collections::BTreeSet;

use super::file::{File, Place};
use super::lexer::{Item, Lexer};
use super::object::{Dict, Object};
use crate::Failure;
use crate::work::Work;

/// How many tables a file may have, each for one time that it was saved.
const MOST: usize = 1_000;

impl File<'_> {
    /// Loads all tables, the newest first. What is broken is left out; whether enough was found shows later.
    pub(crate) fn load(&mut self, work: &mut Work<'_>) -> Result<(), Failure> {
        let Some(mark) = memchr::memmem::rfind(self.bytes, b"startxref") else {
            return Ok(());
        };
        let mut lexer = Lexer::new(self.bytes, mark.saturating_add(9), 4);
        let Some(Item::Value(start)) = lexer.next() else {
            return Ok(());
        };
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<usize> = start.count().into_iter().collect();
        while let Some(at) = waiting.pop() {
            // A table that was seen before: the chain is a loop.
            if !seen.insert(at) || seen.len() > MOST {
                continue;
            }
            let Some(trailer) = self.section(at, work)? else {
                continue;
            };
            if let Some(previous) = trailer.get(b"Prev".as_slice()).and_then(Object::count) {
                waiting.push(previous);
            }
            // A stream beside the table has what older readers should not see, and comes before older tables.
            if let Some(beside) = trailer.get(b"XRefStm".as_slice()).and_then(Object::count) {
                waiting.push(beside);
            }
            for (key, value) in trailer {
                self.trailer.entry(key).or_insert(value);
            }
        }
        Ok(())
    }

    fn section(&mut self, at: usize, work: &mut Work<'_>) -> Result<Option<Dict>, Failure> {
        let mut lexer = Lexer::new(self.bytes, at, usize::MAX);
        lexer.blanks();
        if self
            .bytes
            .get(lexer.at..)
            .is_some_and(|rest| rest.starts_with(b"xref"))
        {
            lexer.at = lexer.at.saturating_add(4);
            return self.table(lexer, work);
        }
        let Some((_, object)) = self.indirect(at, work)? else {
            return Ok(None);
        };
        let Some(stream) = object.stream() else {
            return Ok(None);
        };
        let Some(data) = self.data(stream, work)? else {
            return Ok(None);
        };
        self.packed(&stream.dict, &data, work)?;
        Ok(Some(stream.dict.as_ref().clone()))
    }

    /// A table of lines.
    fn table(
        &mut self,
        mut lexer: Lexer<'_>,
        work: &mut Work<'_>,
    ) -> Result<Option<Dict>, Failure> {
        let begin = lexer.at;
        loop {
            let start = match lexer.next() {
                Some(Item::Value(start)) => start.count(),
                Some(Item::Word(b"trailer")) => {
                    lexer.left = work.limits.objects;
                    let trailer = lexer.object();
                    work.step(lexer.at.saturating_sub(begin))?;
                    return Ok(trailer
                        .as_ref()
                        .and_then(Object::dict)
                        .map(|dict| dict.as_ref().clone()));
                }
                _ => None,
            };
            let (Some(start), Some(Item::Value(count))) = (start, lexer.next()) else {
                work.step(lexer.at.saturating_sub(begin))?;
                return Ok(None);
            };
            for index in 0..count.count().unwrap_or(0) {
                let back = lexer.at;
                let line = (lexer.next(), lexer.next(), lexer.next());
                let (Some(Item::Value(offset)), Some(Item::Value(_)), Some(Item::Word(kind))) =
                    line
                else {
                    lexer.at = back;
                    break;
                };
                if kind == b"n" {
                    self.add(
                        start.saturating_add(index),
                        offset.count().map(Place::At),
                        work,
                    )?;
                } else if kind == b"f" {
                    self.add(start.saturating_add(index), None, work)?;
                } else {
                    lexer.at = back;
                    break;
                }
            }
        }
    }

    /// A stream of numbers of fixed widths.
    fn packed(&mut self, dict: &Dict, data: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
        let widths: Vec<usize> = match self.entry(dict, b"W", work)?.array() {
            Some(list) => list
                .iter()
                .take(3)
                .map(|width| width.count().unwrap_or(0).min(8))
                .collect(),
            None => return Ok(()),
        };
        let [first, second, third] = widths.as_slice() else {
            return Ok(());
        };
        let size = self.entry(dict, b"Size", work)?.count().unwrap_or(0);
        let index: Vec<usize> = match self.entry(dict, b"Index", work)?.array() {
            Some(list) => list
                .iter()
                .map(|number| number.count().unwrap_or(0))
                .collect(),
            None => vec![0, size],
        };
        let width = first.saturating_add(*second).saturating_add(*third);
        if width == 0 {
            return Ok(());
        }
        let mut rows = data.chunks_exact(width);
        let (ranges, _) = index.as_chunks::<2>();
        for [start, count] in ranges {
            for number in *start..start.saturating_add(*count) {
                let Some(row) = rows.next() else {
                    return Ok(());
                };
                let (kind, rest) = row.split_at_checked(*first).unwrap_or((row, &[]));
                let kind = if *first == 0 { 1 } else { big(kind) };
                let value = big(rest.get(..*second).unwrap_or_default());
                let place = match kind {
                    1 => Some(Place::At(value)),
                    2 => u32::try_from(value).ok().map(Place::In),
                    _ => None,
                };
                self.add(number, place, work)?;
            }
        }
        Ok(())
    }

    /// The newest table that names an object is right about it.
    fn add(&mut self, number: usize, place: Option<Place>, work: &Work<'_>) -> Result<(), Failure> {
        let Ok(number) = u32::try_from(number) else {
            return Ok(());
        };
        if self.places.contains_key(&number) {
            return Ok(());
        }
        // An object that was deleted stays so: nothing stands at the end of the file.
        self.place(number, place.unwrap_or(Place::In(u32::MAX)), work)
    }
}

fn big(bytes: &[u8]) -> usize {
    bytes.iter().fold(0_usize, |value, byte| {
        value.wrapping_shl(8) | usize::from(*byte)
    })
}
