//! Objects without a table: what looks like an object is one, and the last one of a number counts.

use std::collections::BTreeMap;

use super::file::{File, Place};
use super::lexer::{Lexer, is_blank};
use super::object::Object;
use crate::Failure;
use crate::work::Work;

impl File<'_> {
    /// Makes the table anew.
    pub(crate) fn scan(&mut self, work: &mut Work<'_>) -> Result<(), Failure> {
        self.scanned = true;
        work.step(self.bytes.len())?;
        self.places.clear();
        self.forget();
        let mut starts: Vec<(usize, u32)> = Vec::new();
        for at in memchr::memmem::find_iter(self.bytes, b"obj") {
            if let Some((start, number)) = head(self.bytes, at) {
                starts.push((start, number));
                self.place(number, Place::At(start), work)?;
            }
        }
        self.trailers(&starts, work)?;
        self.holders(&starts, work)?;
        let root = self
            .trailer
            .get(b"Root".as_slice())
            .cloned()
            .unwrap_or(Object::Null);
        if self.resolve(&root, work)?.dict().is_none() {
            self.find_root(work)?;
        }
        Ok(())
    }

    /// Trailers by their word, and dictionaries of cross-reference streams; later ones over earlier ones.
    fn trailers(&mut self, starts: &[(usize, u32)], work: &mut Work<'_>) -> Result<(), Failure> {
        let mut found = Vec::new();
        for at in memchr::memmem::find_iter(self.bytes, b"trailer").take(1_000) {
            let mut lexer = Lexer::new(self.bytes, at.saturating_add(7), 10_000);
            if let Some(Object::Dict(dict)) = lexer.object() {
                found.push((at, dict));
            }
            work.step(lexer.at.saturating_sub(at))?;
        }
        for at in memchr::memmem::find_iter(self.bytes, b"/XRef").take(1_000) {
            if let Some((start, _)) = before(starts, at)
                && let Some((_, object)) = self.indirect(start, work)?
                && let Some(dict) = object.dict()
            {
                found.push((start, dict.clone()));
            }
        }
        found.sort_by_key(|(at, _)| *at);
        for (_, dict) in found {
            for (key, value) in dict.iter() {
                self.trailer.insert(key.clone(), value.clone());
            }
        }
        Ok(())
    }

    /// Objects within object streams, where no later object of the file has their number.
    fn holders(&mut self, starts: &[(usize, u32)], work: &mut Work<'_>) -> Result<(), Failure> {
        let mut from: BTreeMap<u32, usize> = starts
            .iter()
            .map(|(start, number)| (*number, *start))
            .collect();
        let mut last = None;
        for at in memchr::memmem::find_iter(self.bytes, b"/ObjStm") {
            let Some((start, holder)) = before(starts, at) else {
                continue;
            };
            // One that was replaced, or was looked at just now.
            if last.replace(start) == Some(start)
                || self.places.get(&holder) != Some(&Place::At(start))
            {
                continue;
            }
            for number in self.members(holder, work)? {
                work.step(1)?;
                if number != holder && from.get(&number).is_none_or(|place| *place < start) {
                    from.insert(number, start);
                    self.place(number, Place::In(holder), work)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at every object for the one that all begins with.
    fn find_root(&mut self, work: &mut Work<'_>) -> Result<(), Failure> {
        for number in self.places.keys().copied().collect::<Vec<_>>() {
            let object = self.get(number, work)?;
            if let Some(dict) = object.dict()
                && dict.get(b"Type".as_slice()).and_then(Object::name) == Some(b"Catalog")
            {
                self.trailer
                    .insert(b"Root".as_slice().into(), Object::Ref(number));
            }
        }
        Ok(())
    }
}

/// The object that a place of the file is in.
fn before(starts: &[(usize, u32)], at: usize) -> Option<(usize, u32)> {
    let next = starts.partition_point(|(start, _)| *start <= at);
    starts.get(next.checked_sub(1)?).copied()
}

/// The number before the word `obj`, and where it begins.
fn head(bytes: &[u8], at: usize) -> Option<(usize, u32)> {
    let from = at.saturating_sub(32);
    let line = bytes.get(from..at)?;
    let (rest, _) = trailing(line, is_blank)?;
    let (rest, _) = trailing(rest, |byte| byte.is_ascii_digit())?;
    let (rest, _) = trailing(rest, is_blank)?;
    let (rest, digits) = trailing(rest, |byte| byte.is_ascii_digit())?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((from.saturating_add(rest.len()), number))
}

/// Splits off the bytes at the end that fit; none is no match.
fn trailing(bytes: &[u8], fits: fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let count = bytes.iter().rev().take_while(|byte| fits(**byte)).count();
    if count == 0 {
        None
    } else {
        bytes.split_at_checked(bytes.len().checked_sub(count)?)
    }
}
