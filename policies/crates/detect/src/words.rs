//! Words that stand near a value and speak for what it is.

use std::borrow::Cow;

/// How far words may stand before and behind, in bytes.
pub(crate) const BEFORE: usize = 80;
const BEHIND: usize = 56;

/// Whether one of the words, in small letters, stands near `start..end`, whatever its case; a short one not within another.
pub(crate) fn near(bytes: &[u8], start: usize, end: usize, words: &[&str]) -> bool {
    let mut before = &bytes[start.saturating_sub(BEFORE)..start];
    let mut behind = &bytes[end..(end + BEHIND).min(bytes.len())];
    // Letters of most scripts take two or three bytes each.
    if !before.is_ascii() || !behind.is_ascii() {
        before = &bytes[start.saturating_sub(2 * BEFORE)..start];
        behind = &bytes[end..(end + 2 * BEHIND).min(bytes.len())];
    }
    let (before, behind) = (small(before), small(behind));
    words
        .iter()
        .any(|word| stands(&before, word.as_bytes()) || stands(&behind, word.as_bytes()))
}

/// As [`near`], in so many bytes before it only.
pub(crate) fn before_within(bytes: &[u8], start: usize, within: usize, words: &[&str]) -> bool {
    let before = small(&bytes[start.saturating_sub(within)..start]);
    words.iter().any(|word| stands(&before, word.as_bytes()))
}

/// Letters beyond ASCII in small ones; the dotted capital of Turkish is an `i`. Those of ASCII stay: they are compared in
/// either case.
fn small(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let text = String::from_utf8_lossy(text).replace('\u{130}', "i");
    Cow::Owned(text.to_lowercase().into_bytes())
}

fn stands(text: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first().copied() else {
        return false;
    };
    let other = first.to_ascii_uppercase();
    let free = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphabetic());
    memchr::memchr2_iter(first, other, text).any(|at| {
        let end = same(&text[at..], word).map(|length| at + length);
        end.is_some_and(|end| {
            free(at.checked_sub(1).and_then(|at| text.get(at)))
                && (word.len() > 4 || free(text.get(end)))
        })
    })
}

/// How much of the text the word is, whatever its case. Where the word has a blank the text may have a sign or nothing:
/// `account_number`, `accountNumber`.
fn same(text: &[u8], word: &[u8]) -> Option<usize> {
    let mut at = 0;
    for letter in word {
        if *letter == b' ' {
            at += usize::from(matches!(text.get(at), Some(b' ' | b'_' | b'-' | b'.')));
            continue;
        }
        if text.get(at)?.to_ascii_lowercase() != *letter {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// Whether a value is all that the text holds, blanks and quotes aside.
pub(crate) fn alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let empty =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'.' | b',' | b';');
    bytes.len() - (end - start) <= 8
        && bytes[..start].iter().all(empty)
        && bytes[end..].iter().all(empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_by_itself() {
        let near = |text: &str, words: &[&str]| {
            let at = text.find("123").unwrap();
            near(text.as_bytes(), at, at + 3, words)
        };
        assert!(near("my NHS number 123", &["nhs"]));
        assert!(near("FØDSELSNUMMER: 123", &["fødselsnummer"]));
        assert!(near("123 is the pesel", &["pesel"]));
        assert!(near("passports 123", &["passport"]));
        assert!(!near("using 123", &["sin"]));
        assert!(!near("tintin 123", &["tin"]));
        assert!(near("tin 123", &["tin"]));
        assert!(near("account_number=123", &["account number"]));
        assert!(near("accountNumber: 123", &["account number"]));
        assert!(near("<númerodeidentidad>123", &["número de identidad"]));
        assert!(near("LA CÉDULA 123", &["cédula"]));
    }
}
