//! Character classes as the reference sees them; the standard library's differ in a few hundred characters.

mod tables;

/// `str.isspace`: also the four separators U+001C to U+001F.
pub(crate) fn is_space(character: char) -> bool {
    match character {
        '\t'..='\r' | '\u{1c}'..=' ' => true,
        '!'..='\u{7f}' | '\0'..='\u{8}' | '\u{e}'..='\u{1b}' => false,
        _ => contains(tables::SPACE, character),
    }
}

/// `str.isalpha`: letters, and no marks.
pub(crate) fn is_alpha(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphabetic()
    } else {
        contains(tables::ALPHA, character)
    }
}

/// `str.isdigit`: also superscripts and circled digits.
pub(crate) fn is_digit(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_digit()
    } else {
        contains(tables::DIGIT, character)
    }
}

/// `str.isupper` of a letter.
pub(crate) fn is_upper(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_uppercase()
    } else {
        contains(tables::UPPER, character)
    }
}

fn contains(ranges: &[(u32, u32)], character: char) -> bool {
    let point = u32::from(character);
    let after = ranges.partition_point(|(first, _)| *first <= point);
    after
        .checked_sub(1)
        .and_then(|index| ranges.get(index))
        .is_some_and(|(_, last)| point <= *last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_reference() {
        assert!(
            is_space('\u{1f}')
                && is_space('\u{3000}')
                && is_space('\u{85}')
                && !is_space('\u{200b}')
        );
        assert!(is_alpha('é') && is_alpha('東') && !is_alpha('\u{301}') && !is_alpha('Ⅷ'));
        assert!(is_digit('²') && is_digit('①') && is_digit('٣') && !is_digit('½'));
        assert!(is_upper('É') && !is_upper('é') && !is_upper('東'));
    }

    #[test]
    fn the_short_way_for_ascii_agrees_with_the_tables() {
        for character in '\0'..='\u{7f}' {
            assert_eq!(
                is_space(character),
                contains(tables::SPACE, character),
                "{character:?}"
            );
            assert_eq!(
                is_alpha(character),
                contains(tables::ALPHA, character),
                "{character:?}"
            );
            assert_eq!(
                is_digit(character),
                contains(tables::DIGIT, character),
                "{character:?}"
            );
            assert_eq!(
                is_upper(character),
                contains(tables::UPPER, character),
                "{character:?}"
            );
        }
    }
}
