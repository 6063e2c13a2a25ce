//! Folding: one plain form for the many ways to write the same letters.
//!
//! Compatibility forms (full width, mathematical, circled letters) become plain ones, accents and invisible
//! characters are dropped, letters are lower case, curly apostrophes straight, the dotless i an i.

use memchr::memchr2;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkd_quick};

/// The folded form of `text`, in time linear in it.
///
/// Every stretch between two ASCII spaces is folded by itself, since no rule looks past a space: a stretch of plain
/// ASCII only needs lower case.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(odd) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let start = rest[..odd].rfind([' ', '\n']).map_or(0, |space| space + 1);
        let end = memchr2(b' ', b'\n', &rest.as_bytes()[odd..])
            .map_or(rest.len(), |space| odd + space + 1);
        push_lower_case(&rest[..start], &mut folded);
        fold_stretch(&rest[start..end], &mut folded);
        rest = &rest[end..];
    }
    push_lower_case(rest, &mut folded);
    folded
}

fn push_lower_case(ascii: &str, folded: &mut String) {
    let start = folded.len();
    folded.push_str(ascii);
    folded[start..].make_ascii_lowercase();
}

fn fold_stretch(stretch: &str, folded: &mut String) {
    // Most text is in its plain form already, which is quicker to see than to make again.
    let visible: String = if is_nfkd_quick(stretch.chars()) == IsNormalized::Yes {
        stretch
            .chars()
            .filter(|letter| !is_dropped(*letter))
            .collect()
    } else {
        stretch
            .nfkd()
            .filter(|letter| !is_dropped(*letter))
            .collect()
    };
    let lower = visible.to_lowercase();
    if is_nfc_quick(lower.chars()) == IsNormalized::Yes {
        folded.extend(lower.chars().map(plain));
    } else {
        folded.extend(lower.nfc().map(plain));
    }
}

fn plain(letter: char) -> char {
    match letter {
        '\u{2019}' | '\u{2018}' => '\'',
        'ı' => 'i',
        other => other,
    }
}

/// Accents, and the characters that nobody sees: zero width, direction, tags.
fn is_dropped(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// White space, and the four separators of ASCII that Unicode does not count as such.
pub(crate) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

/// A letter, digit, mark or apostrophe: what a word is made of.
pub(crate) fn is_word_character(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || letter == '\'';
    }
    letter.is_alphanumeric() && !is_circled(letter) || is_combining_mark(letter)
}

/// A letter in the strict sense: no number, mark or circled sign.
pub(crate) fn is_letter(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphabetic();
    }
    letter.is_alphabetic()
        && !letter.is_numeric()
        && !is_combining_mark(letter)
        && !is_circled(letter)
}

/// Circled and squared letters, which are signs and yet alphabetic.
fn is_circled(letter: char) -> bool {
    matches!(letter, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}')
}

/// Scripts written without spaces, where every character is a word: Han, Kana, Thai, Lao, Khmer.
pub(crate) fn is_word_by_itself(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_letters_written_otherwise_fold_to_one_form() {
        for disguised in [
            "IGNORE",
            "ｉｇｎｏｒｅ",
            "ⓘⓖⓝⓞⓡⓔ",
            "𝓲𝓰𝓷𝓸𝓻𝓮",
            "ígnöre",
            "i\u{301}gno\u{308}re",
            "ig\u{200b}no\u{ad}re",
            "ıgnore",
        ] {
            assert_eq!(fold(disguised), "ignore");
        }
        assert_eq!(fold("Don\u{2019}t STOP"), "don't stop");
    }

    #[test]
    fn letters_of_other_scripts_stay_whole() {
        assert_eq!(fold("이전 지시를"), "이전 지시를");
        assert_eq!(fold("أهمل"), "أهمل");
        assert_eq!(fold("ΟΔΟΣ ΟΔΟΣ"), "οδος οδος");
    }
}
