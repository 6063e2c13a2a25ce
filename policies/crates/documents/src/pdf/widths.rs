//! Widths of characters: those that a font tells, else those of the fonts that every reader has.

use std::collections::BTreeMap;

use super::file::File;
use super::object::{Dict, Object};
use crate::Failure;
use crate::work::Work;

/// Widths of Helvetica from the blank on, in thousandths.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Widths of Times from the blank on, in thousandths.
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

/// How wide the characters of a font are, in thousandths of its size.
#[derive(Debug)]
pub(crate) struct Widths {
    /// First code, last code, and the width of each.
    known: BTreeMap<u32, (u32, f64)>,
    other: Other,
}

/// The width of a character that the font does not tell.
#[derive(Clone, Copy, Debug)]
enum Other {
    Fixed(f64),
    Helvetica,
    Times,
}

impl Other {
    /// The widths that fit the name of a font.
    fn of_font(name: &[u8]) -> Self {
        let has = |part: &[u8]| memchr::memmem::find(name, part).is_some();
        if has(b"Courier") || has(b"Mono") {
            Self::Fixed(600.0)
        } else if has(b"Times") || has(b"Serif") {
            Self::Times
        } else {
            Self::Helvetica
        }
    }
}

impl Widths {
    /// Widths of a font with codes of one byte.
    pub(crate) fn simple(
        dict: &Dict,
        name: &[u8],
        drawn: bool,
        file: &mut File<'_>,
        work: &mut Work<'_>,
    ) -> Result<Self, Failure> {
        let mut known = BTreeMap::new();
        let mut scale = 1.0;
        if drawn {
            // The widths of a drawn font are in units of its own.
            let matrix = file.entry(dict, b"FontMatrix", work)?;
            let unit = matrix
                .array()
                .and_then(|list| list.first())
                .and_then(Object::number)
                .unwrap_or(0.001);
            scale = unit * 1000.0;
        }
        let first = file
            .entry(dict, b"FirstChar", work)?
            .count()
            .unwrap_or(0)
            .min(255);
        if let Some(list) = file.entry(dict, b"Widths", work)?.array() {
            for (code, width) in (first..256).zip(list.iter()) {
                let width = file.resolve(width, work)?;
                if let (Some(width), Ok(code)) = (width.number(), u32::try_from(code)) {
                    known.insert(code, (code, width * scale));
                }
            }
        }
        let other = if known.is_empty() {
            Other::of_font(name)
        } else {
            Other::Fixed(0.0)
        };
        Ok(Widths { known, other })
    }

    /// Widths by code; most fonts with longer codes have them by the same number.
    pub(crate) fn composite(
        dict: &Dict,
        file: &mut File<'_>,
        work: &mut Work<'_>,
    ) -> Result<Self, Failure> {
        let mut widths = Widths {
            known: BTreeMap::new(),
            other: Other::Fixed(1000.0),
        };
        let below = file.entry(dict, b"DescendantFonts", work)?;
        let Some(first) = below.array().and_then(|list| list.first().cloned()) else {
            return Ok(widths);
        };
        let first = file.resolve(&first, work)?;
        let Some(dict) = first.dict() else {
            return Ok(widths);
        };
        if let Some(width) = file.entry(dict, b"DW", work)?.number() {
            widths.other = Other::Fixed(width);
        }
        let list = file.entry(dict, b"W", work)?;
        let items = list.array().map(|list| list.as_slice()).unwrap_or_default();
        work.step(items.len())?;
        let mut at = 0;
        while let (Some(low), Some(next)) = (items.get(at), items.get(at + 1)) {
            let low = low
                .count()
                .and_then(|low| u32::try_from(low).ok())
                .unwrap_or(0)
                .min(0xffff);
            let next = file.resolve(next, work)?;
            if let Some(list) = next.array() {
                for (code, width) in (low..=0xffff).zip(list.iter()) {
                    let width = width.number();
                    widths
                        .known
                        .extend(width.map(|width| (code, (code, width))));
                }
                work.step(list.len())?;
                at += 2;
            } else {
                let high = next
                    .count()
                    .and_then(|high| u32::try_from(high).ok())
                    .unwrap_or(0)
                    .min(0xffff);
                let width = items.get(at + 2).and_then(Object::number).unwrap_or(0.0);
                widths.known.insert(low, (high, width));
                at += 3;
            }
        }
        Ok(widths)
    }

    /// How many widths are known.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The width of a code.
    pub(crate) fn of(&self, code: u32) -> f64 {
        if let Some((_, (last, width))) = self.known.range(..=code).next_back()
            && code <= *last
        {
            return *width;
        }
        let table = match self.other {
            Other::Fixed(width) => return width,
            Other::Helvetica => &HELVETICA,
            Other::Times => &TIMES,
        };
        let index = code
            .checked_sub(32)
            .and_then(|index| usize::try_from(index).ok());
        index
            .and_then(|index| table.get(index))
            .map_or(556.0, |width| f64::from(*width))
    }
}
