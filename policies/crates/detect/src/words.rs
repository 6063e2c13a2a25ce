//! Words that stand near a value and speak for what it is.

/// How far words may stand before and behind, in bytes.
pub(crate) const BEFORE: usize = 64;
pub(crate) const BEHIND: usize = 32;

/// Whether one of the words, in small letters, stands near `start..end`, whatever its case; a short one not within another.
pub(crate) fn near(bytes: &[u8], start: usize, end: usize, words: &[&str]) -> bool {
    let before = &bytes[start.saturating_sub(BEFORE)..start];
    let behind = &bytes[end..(end + BEHIND).min(bytes.len())];
    words
        .iter()
        .any(|word| stands(before, word.as_bytes()) || stands(behind, word.as_bytes()))
}

/// As [`near`], in so many bytes before it only.
pub(crate) fn before_within(bytes: &[u8], start: usize, within: usize, words: &[&str]) -> bool {
    let before = &bytes[start.saturating_sub(within)..start];
    words.iter().any(|word| stands(before, word.as_bytes()))
}

fn stands(text: &[u8], word: &[u8]) -> bool {
    let free = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphabetic());
    let Some(first) = word.first().copied() else {
        return false;
    };
    let last = text.len().saturating_sub(word.len() - 1);
    (0..last)
        .filter(|at| text[*at].to_ascii_lowercase() == first)
        .any(|at| {
            same(&text[at..at + word.len()], word)
                && free(at.checked_sub(1).and_then(|at| text.get(at)))
                && (word.len() > 4 || free(text.get(at + word.len())))
        })
}

/// In small letters of ASCII; other letters of European scripts in either case (two bytes each).
fn same(text: &[u8], word: &[u8]) -> bool {
    text.eq_ignore_ascii_case(word)
        || !word.is_ascii()
            && std::str::from_utf8(text).is_ok_and(|text| text.to_lowercase().as_bytes() == word)
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
    }
}
