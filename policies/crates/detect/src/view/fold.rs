//! Look-alike characters made plain: invisible ones dropped, compatibility forms, other scripts' digits and letters of a
//! foreign script within a word of ASCII read as what they look like.

use super::glyphs::{Reads, reads};
use super::{View, Writer};

/// Letters of a word that are looked at to tell of which script it is.
const WORD: usize = 64;

/// `None` where the text is plain already.
pub(super) fn fold(text: &str) -> Option<View> {
    let mut writer = Writer::new(text);
    let bytes = text.as_bytes();
    let mut at = 0;
    // Up to here the word is known to be of ASCII with look-alikes among it, or not.
    let (mut known, mut mixed) = (0, false);
    while let Some(skipped) = bytes[at..].iter().position(|byte| *byte >= 0x80) {
        at += skipped;
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        let range = at..at + c.len_utf8();
        at = range.end;
        match reads(c) {
            Reads::Itself => {}
            Reads::Nothing => writer.replace(range, ""),
            Reads::As(plain) => writer.replace_char(range, plain),
            Reads::Number(number) => writer.replace(range, &number.to_string()),
            Reads::Mark => {
                // An accent upon an accent belongs to the same letter.
                let before = text[..range.start].chars().rev().take(8);
                let letter = before
                    .into_iter()
                    .find(|c| !matches!(reads_mark(*c), Reads::Mark | Reads::Nothing));
                if letter.is_some_and(|c| c.is_ascii_alphanumeric()) {
                    writer.replace(range, "");
                }
            }
            Reads::Stop => {
                let before = range.start.checked_sub(1).map(|at| bytes[at]);
                let after = bytes.get(range.end);
                if before.is_some_and(|byte| byte.is_ascii_alphanumeric())
                    && after.is_some_and(u8::is_ascii_alphanumeric)
                {
                    writer.replace(range, ".");
                }
            }
            Reads::Alike(plain) => {
                if range.start >= known {
                    (known, mixed) = word(text, range.start);
                }
                if mixed {
                    writer.replace_char(range, plain);
                }
            }
        }
    }
    writer.finish()
}

fn reads_mark(c: char) -> Reads {
    if c.is_ascii() {
        Reads::Itself
    } else {
        reads(c)
    }
}

/// Where the word around `at` ends, and whether letters or digits of ASCII are in it.
fn word(text: &str, at: usize) -> (usize, bool) {
    let part = |c: &char| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+');
    let ascii = |c: char| c.is_ascii_alphanumeric();
    let before = text[..at]
        .chars()
        .rev()
        .take(WORD)
        .take_while(part)
        .any(ascii);
    let (mut end, mut behind) = (at, false);
    for c in text[at..].chars().take(WORD).take_while(part) {
        end += c.len_utf8();
        behind |= ascii(c);
    }
    (end, before || behind)
}
