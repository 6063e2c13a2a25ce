//! Hardware addresses (IEEE 802 MAC): six pairs with one kind of separator, or three groups of four with dots.

use super::{Found, Weight};

/// `at` lies in a word of hex digits and separators. Returns the place before which all is done.
pub(super) fn find(bytes: &[u8], at: usize, entity: u16, out: &mut Vec<Found>) -> usize {
    let part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-' | b'.');
    let start = at - bytes[..at].iter().rev().take(24).take_while(part).count();
    let end = at + bytes[at..].iter().take(24).take_while(part).count();
    let length = |start: usize| match &bytes[start..end] {
        word @ [_, _, b':' | b'-', ..] => pairs(word),
        word @ [_, _, _, _, b'.', ..] => quads(word),
        _ => None,
    };
    let free = |byte: Option<&u8>| {
        byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b':' | b'-'))
    };
    // `MAC:00:1A:…`: the end of a label may be hex digits.
    let (start, labelled) = match bytes[..start].last() {
        Some(byte) if byte.is_ascii_alphabetic() => {
            let colon = bytes[start..end].iter().position(|byte| *byte == b':');
            (colon.map_or(start, |at| start + at + 1), colon.is_some())
        }
        _ => (start, false),
    };
    let length = length(start);
    if let Some(length) = length
        && (labelled || free(start.checked_sub(1).and_then(|at| bytes.get(at))))
        && free(bytes.get(start + length))
    {
        out.push(Found {
            entity,
            start,
            end: start + length,
            weight: Weight::Specific,
            score: 90,
            rule: "mac_address",
        });
    }
    end.max(at + 1)
}

fn pairs(word: &[u8]) -> Option<usize> {
    let word = word.get(..17)?;
    let separator = word[2];
    let formed = word.chunks(3).all(|pair| {
        pair[0].is_ascii_hexdigit()
            && pair[1].is_ascii_hexdigit()
            && pair.get(2).is_none_or(|byte| *byte == separator)
    });
    // Six numbers with dashes are a date or an article number as well: a letter tells.
    let told = separator == b':' || word.iter().any(u8::is_ascii_alphabetic) || word[0] == b'0';
    (formed && told && !is_uniform(word)).then_some(17)
}

fn quads(word: &[u8]) -> Option<usize> {
    let word = word.get(..14)?;
    let formed = word.chunks(5).all(|quad| {
        quad[..4].iter().all(u8::is_ascii_hexdigit) && quad.get(4).is_none_or(|byte| *byte == b'.')
    });
    (formed
        && word
            .iter()
            .any(|byte| byte.is_ascii_alphabetic() || *byte == b'0')
        && !is_uniform(word))
    .then_some(14)
}

/// `00:00:00:00:00:00` and `ff:ff:ff:ff:ff:ff` are nobody's.
fn is_uniform(word: &[u8]) -> bool {
    let first = word[0];
    matches!(first, b'0' | b'f' | b'F')
        && word
            .iter()
            .all(|byte| *byte == first || !byte.is_ascii_hexdigit())
}
