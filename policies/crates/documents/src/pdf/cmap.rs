//! Maps from the codes of a font to characters, as a font brings them along.

use std::collections::BTreeMap;

use super::lexer::{Item, Lexer};
use super::object::Object;
use crate::Failure;
use crate::encoding::utf_16;
use crate::work::Work;

/// The longest text of one code, in bytes; ligatures have a few letters.
const LONGEST: usize = 64;
/// How many entries a map may have.
const MOST: usize = 200_000;

/// A map of codes.
#[derive(Debug, Default)]
pub(crate) struct Map {
    /// Lengths of codes, and the first and last code of that length.
    spaces: Vec<(usize, u32, u32)>,
    chars: BTreeMap<u32, String>,
    /// First code, last code, and the characters of the first one.
    ranges: BTreeMap<u32, (u32, Vec<u16>)>,
}

impl Map {
    /// Reads a map.
    pub(crate) fn read(data: &[u8], work: &mut Work<'_>) -> Result<Self, Failure> {
        let mut map = Self::default();
        let mut lexer = Lexer::new(data, 0, MOST);
        let mut held: Vec<Object> = Vec::new();
        while let Some(item) = lexer.next() {
            match item {
                Item::Value(value) => held.push(value),
                Item::Word(word) => {
                    match word {
                        b"endcodespacerange" => map.spaces(&held),
                        b"endbfchar" => map.chars(&held),
                        b"endbfrange" => map.ranges(&held),
                        _ => {}
                    }
                    held.clear();
                }
            }
        }
        if lexer.left == 0 {
            work.incomplete();
        }
        work.step(lexer.at)?;
        Ok(map)
    }

    fn spaces(&mut self, held: &[Object]) {
        let (pairs, _) = held.as_chunks::<2>();
        for [low, high] in pairs {
            if let (Some(low), Some(high)) = (low.text(), high.text())
                && (1..=4).contains(&low.len())
                && self.spaces.len() < 256
            {
                self.spaces.push((low.len(), code(low), code(high)));
            }
        }
    }

    fn chars(&mut self, held: &[Object]) {
        let (pairs, _) = held.as_chunks::<2>();
        for [from, to] in pairs {
            if let (Some(from), Some(to)) = (from.text(), to.text()) {
                self.chars.insert(
                    code(from),
                    utf_16(to.get(..LONGEST).unwrap_or(to), u16::from_be_bytes),
                );
            }
        }
    }

    fn ranges(&mut self, held: &[Object]) {
        let (rows, _) = held.as_chunks::<3>();
        for [low, high, to] in rows {
            let (Some(low), Some(high)) = (low.text().map(code), high.text().map(code)) else {
                continue;
            };
            match to {
                Object::Text(to) => {
                    let (units, _) = to.get(..LONGEST).unwrap_or(to).as_chunks::<2>();
                    let mut units: Vec<u16> =
                        units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
                    if let ([], [byte]) = (units.as_slice(), to.as_ref()) {
                        units.push(u16::from(*byte));
                    }
                    self.ranges.insert(low, (high, units));
                }
                Object::Array(list) => {
                    for (code, to) in (low..=high).zip(list.iter()) {
                        if let Some(to) = to.text() {
                            self.chars.insert(
                                code,
                                utf_16(to.get(..LONGEST).unwrap_or(to), u16::from_be_bytes),
                            );
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: u32) -> Option<String> {
        if let Some(text) = self.chars.get(&code) {
            return Some(text.clone());
        }
        let (low, (high, units)) = self.ranges.range(..=code).next_back()?;
        if code > *high {
            return None;
        }
        let mut units = units.clone();
        let further = u16::try_from(code.checked_sub(*low)?).ok()?;
        let last = units.last_mut()?;
        *last = last.wrapping_add(further);
        Some(
            char::decode_utf16(units)
                .map(|c| c.unwrap_or('\u{fffd}'))
                .collect(),
        )
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.chars.len().saturating_add(self.ranges.len())
    }

    /// Whether any code has a text.
    pub(crate) fn is_empty(&self) -> bool {
        self.chars.is_empty() && self.ranges.is_empty()
    }

    /// How many bytes the next code has.
    pub(crate) fn length(&self, bytes: &[u8]) -> Option<usize> {
        for length in 1..=bytes.len().min(4) {
            let code = code(bytes.get(..length)?);
            if self
                .spaces
                .iter()
                .any(|(long, low, high)| *long == length && (*low..=*high).contains(&code))
            {
                return Some(length);
            }
        }
        self.spaces.iter().map(|(long, ..)| *long).min()
    }
}

/// The number of a code.
pub(crate) fn code(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .take(4)
        .fold(0, |code, byte| code << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn characters_ranges_and_lists() {
        let limits = Limits::default();
        let data = b"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar <0001> <0066 0069> endbfchar
            2 beginbfrange <0010> <0019> <0030> <0020> <0021> [<0041> <d83dde00>] endbfrange
            1 beginbfrange <1000> <ffffffff> <0041> endbfrange";
        let map = Map::read(data, &mut Work::new(&limits)).unwrap();
        assert_eq!(map.length(&[0, 1]), Some(2));
        assert_eq!(map.text(1).as_deref(), Some("fi"));
        assert_eq!(map.text(0x14).as_deref(), Some("4"));
        assert_eq!(map.text(0x21).as_deref(), Some("\u{1f600}"));
        assert_eq!(map.text(0x30), None);
        assert_eq!(map.text(0x1001).as_deref(), Some("B"));
    }
}
