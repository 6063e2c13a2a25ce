//! A plain view of a text that hides digits behind look-alikes: zero-width characters dropped, full-width forms, other
//! scripts' digits, special blanks and dashes made ASCII. Made only where such a character stands.

pub(super) struct Folded {
    pub(super) text: String,
    /// Where the plain view and the original part ways, ascending.
    steps: Vec<Step>,
}

/// From a place in the plain view and in the original on they are equal, until the next step.
struct Step {
    plain: usize,
    original: usize,
    /// Here stands one character that became one byte; the next step is its end.
    became: bool,
}

impl Step {
    fn new(plain: usize, original: usize, became: bool) -> Self {
        Self {
            plain,
            original,
            became,
        }
    }
}

enum Becomes {
    Itself,
    Nothing,
    Ascii(char),
}

/// `None` where the text is plain already.
pub(super) fn fold(text: &str) -> Option<Folded> {
    let mut folded: Option<Folded> = None;
    let (mut copied, mut at) = (0, 0);
    while let Some(skipped) = text.as_bytes()[at..].iter().position(|byte| *byte >= 0x80) {
        at += skipped;
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        let (from, becomes) = (at, becomes(c));
        at += c.len_utf8();
        if matches!(becomes, Becomes::Itself) {
            continue;
        }
        let folded = folded.get_or_insert_with(|| Folded {
            text: String::with_capacity(text.len()),
            steps: vec![Step::new(0, 0, false)],
        });
        folded.text.push_str(&text[copied..from]);
        if let Becomes::Ascii(plain) = becomes {
            folded.steps.push(Step::new(folded.text.len(), from, true));
            folded.text.push(plain);
        }
        folded.steps.push(Step::new(folded.text.len(), at, false));
        copied = at;
    }
    let mut folded = folded?;
    folded.text.push_str(&text[copied..]);
    Some(folded)
}

impl Folded {
    /// Where a range of the plain view stands in the original: from where its first character starts to where its last
    /// one ends. What was dropped at either end stays outside.
    pub(super) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let Some(last) = end.checked_sub(1).filter(|last| *last >= start) else {
            let (place, _) = self.place(start);
            return (place, place);
        };
        (self.place(start).0, self.place(last).1)
    }

    /// Where one byte of the plain view starts and ends in the original.
    fn place(&self, at: usize) -> (usize, usize) {
        let index = self
            .steps
            .partition_point(|step| step.plain <= at)
            .saturating_sub(1);
        let step = &self.steps[index];
        match self.steps.get(index + 1) {
            Some(next) if step.became => (step.original, next.original),
            _ => {
                let start = step.original + (at - step.plain);
                (start, start + 1)
            }
        }
    }
}

fn becomes(c: char) -> Becomes {
    match c {
        '\u{80}'..='\u{9f}'
        | '\u{a1}'..='\u{ac}'
        | '\u{ae}'..='\u{34e}'
        | '\u{3001}'..='\u{a8cf}'
        | '\u{ac00}'..='\u{d7ff}' => Becomes::Itself,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => Becomes::Nothing,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Becomes::Ascii(' ')
        }
        // Not the em dash: it joins sentences, not digits.
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe63}' => Becomes::Ascii('-'),
        '\u{2014}'..='\u{205e}' => Becomes::Itself,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plain_text_is_not_folded() {
        for text in ["", "plain", "naïve — 日本語", "é"] {
            assert!(fold(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_place_of_the_plain_view_is_known_in_the_original(text in "[a1é１\u{200b}\u{a0}日\u{2011}]{0,12}") {
            if let Some(folded) = fold(&text) {
                // Each kept character alone maps back to itself.
                let kept = text.char_indices().filter(|(_, c)| !matches!(becomes(*c), Becomes::Nothing));
                let plain = folded.text.char_indices();
                prop_assert_eq!(kept.clone().count(), plain.clone().count());
                for ((at, c), (plain_at, plain_c)) in kept.zip(plain) {
                    prop_assert_eq!(folded.original(plain_at, plain_at + plain_c.len_utf8()), (at, at + c.len_utf8()));
                }
            }
        }
    }
}
