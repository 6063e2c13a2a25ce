//! The text of Rich Text Format: groups, control words, and the characters between.
//!
//! Headers, footnotes, comments, fields and properties stand in groups of their own within the text; they go aside, so
//! that they break nothing. Pictures, fonts and styles are passed by.

mod state;

use crate::Failure;
use crate::encoding::windows_1252;
use crate::lines::Lines;
use crate::work::Work;
use state::{Group, State};

/// Reads a file of Rich Text Format.
pub(crate) fn read(bytes: &[u8], work: &mut Work<'_>) -> Result<(), Failure> {
    work.step(bytes.len())?;
    let now = Group {
        passed: false,
        aside: false,
        skip: 1,
        fresh: false,
        starred: false,
    };
    let mut state = State {
        groups: Vec::new(),
        now,
        lines: Lines::default(),
        aside: Vec::new(),
        passing: 0,
        high: None,
        other_page: false,
    };
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at = at.saturating_add(1);
        match byte {
            b'{' => state.open(work.limits.depth)?,
            b'}' => state.close(),
            b'\\' => at = control(bytes, at, &mut state, work),
            b'\r' | b'\n' | 0 => {}
            byte => state.put(windows_1252(*byte)),
        }
    }
    while let Some(aside) = state.aside.pop() {
        state.lines.aside(&aside);
    }
    work.part("text", &state.lines.finish())
}

/// What follows a backslash; gives where the next character stands.
fn control(bytes: &[u8], at: usize, state: &mut State, work: &mut Work<'_>) -> usize {
    let next = at.saturating_add(1);
    match bytes.get(at).copied().unwrap_or(b' ') {
        b'\'' => {
            let digits = bytes
                .get(next..next.saturating_add(2))
                .and_then(|two| std::str::from_utf8(two).ok());
            let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) else {
                return next;
            };
            if byte >= 0x80 && state.other_page && !state.now.passed && state.passing == 0 {
                work.incomplete();
            }
            state.put(windows_1252(byte));
            next.saturating_add(2)
        }
        b'*' => {
            state.now.starred = true;
            next
        }
        b'~' => {
            state.put('\u{a0}');
            next
        }
        b'_' => {
            state.put('-');
            next
        }
        b'\r' | b'\n' => {
            state.separate('\n');
            next
        }
        byte @ (b'\\' | b'{' | b'}') => {
            state.put(char::from(byte));
            next
        }
        byte if byte.is_ascii_alphabetic() => {
            let rest = bytes.get(at..).unwrap_or_default();
            let letters = rest
                .iter()
                .take(33)
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count();
            let sign = usize::from(rest.get(letters) == Some(&b'-'));
            let from = letters.saturating_add(sign);
            let digits = rest
                .iter()
                .skip(from)
                .take(10)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let end = if digits == 0 {
                letters
            } else {
                from.saturating_add(digits)
            };
            let word = rest
                .get(..letters)
                .and_then(|word| std::str::from_utf8(word).ok())
                .unwrap_or_default();
            let number = rest
                .get(letters..end)
                .and_then(|n| std::str::from_utf8(n).ok())
                .and_then(|n| n.parse().ok());
            let mut after = at.saturating_add(end);
            if bytes.get(after) == Some(&b' ') {
                after = after.saturating_add(1);
            }
            if word == "bin" {
                return after.saturating_add(
                    number
                        .and_then(|n: i32| usize::try_from(n).ok())
                        .unwrap_or(0),
                );
            }
            if state.word(word, number) {
                work.incomplete();
            }
            after
        }
        _ => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn groups_and_characters() {
        let file = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\author Ann}{\title T}}41{\b 11}{\footnote note}22\par
caf\'e9 \u8364? \u-10179?\u-8704?{\header head}\cell x\row {\*\unknown kept}{\field{\*\fldinst HYPERLINK x}{\fldrslt y}}}";
        let limits = Limits::default();
        let mut work = Work::new(&limits);
        read(file, &mut work).unwrap();
        let extract = work.finish(Ok(())).unwrap();
        for wanted in [
            "411122\n",
            "café € 😀\tx",
            "Ann",
            "note",
            "head",
            "kept",
            "HYPERLINK x",
            "y",
        ] {
            assert!(
                extract.text.contains(wanted),
                "{wanted:?} in {:?}",
                extract.text
            );
        }
        assert!(!extract.text.contains("Arial") && extract.complete);
    }
}
