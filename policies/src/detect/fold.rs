//! A plain view of a text that hides digits behind look-alikes: zero-width characters dropped, full-width forms, other
//! scripts' digits, special blanks and dashes made ASCII. Made only where such a character stands.

use std::ops::Range;

pub(super) struct Folded {
    pub(super) text: String,
    /// For each byte of `text`, the character of the original that it comes from.
    origins: Vec<Range<usize>>,
}

enum Becomes {
    Itself,
    Nothing,
    Ascii(char),
}

/// `None` where the text is plain already.
pub(super) fn fold(text: &str) -> Option<Folded> {
    if text.is_ascii() || !text.chars().any(|c| !matches!(becomes(c), Becomes::Itself)) {
        return None;
    }
    let mut folded = Folded {
        text: String::with_capacity(text.len()),
        origins: Vec::with_capacity(text.len()),
    };
    for (at, c) in text.char_indices() {
        let c = match becomes(c) {
            Becomes::Itself => c,
            Becomes::Nothing => continue,
            Becomes::Ascii(plain) => plain,
        };
        folded.text.push(c);
        let width = text[at..].chars().next().map_or(0, char::len_utf8);
        folded
            .origins
            .extend(std::iter::repeat_n(at..at + width, c.len_utf8()));
    }
    Some(folded)
}

impl Folded {
    /// Where a range of the plain view stands in the original.
    pub(super) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.origins.get(start).map_or(0, |range| range.start);
        let last = end
            .checked_sub(1)
            .and_then(|index| self.origins.get(index))
            .map_or(first, |range| range.end);
        (first, last)
    }
}

fn becomes(c: char) -> Becomes {
    if c.is_ascii() {
        return Becomes::Itself;
    }
    match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => Becomes::Nothing,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Becomes::Ascii(' ')
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => Becomes::Ascii('-'),
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).map_or(Becomes::Itself, Becomes::Ascii)
        }
        _ => digit(c).map_or(Becomes::Itself, Becomes::Ascii),
    }
}

/// First digits of the scripts whose ten digits follow one another.
const ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810, 0xa8d0, 0xa9d0, 0xaa50, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6,
];

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}
