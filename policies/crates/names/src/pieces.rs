//! Cuts long texts into pieces of bounded length, so that one text's memory is bounded.

use crate::unicode::is_space;

/// The longest piece in bytes. A shorter text is one piece and is judged exactly as the reference judges it.
pub(crate) const LONGEST_PIECE: usize = 16 * 1024;

/// The longest word in bytes; longer runs without a blank are cut.
pub(crate) const LONGEST_WORD: usize = 1024;

/// The pieces of a text with their starts: together the whole text, none empty or over `longest` bytes.
///
/// A piece ends after a line where its second half has a line's end, else after a blank, else where it is full.
/// `longest` must be at least 4, the length of the longest character.
pub(crate) fn pieces(text: &str, longest: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let piece = rest.get(..cut(rest, longest)).unwrap_or(rest);
        let found = (start, piece);
        start += piece.len();
        Some(found)
    })
}

fn cut(rest: &str, longest: usize) -> usize {
    if rest.len() <= longest {
        return rest.len();
    }
    let full = rest.floor_char_boundary(longest);
    let window = rest.get(..full).unwrap_or(rest);
    let half = window.len() / 2;
    if let Some(line) = memchr::memrchr(b'\n', window.as_bytes()).filter(|at| *at >= half) {
        return line + 1;
    }
    window
        .char_indices()
        .rev()
        .find(|(_, character)| is_space(*character))
        .map_or(full, |(at, blank)| at + blank.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::pieces;

    fn cut(text: &str, longest: usize) -> Vec<&str> {
        let found: Vec<_> = pieces(text, longest).collect();
        let mut at = 0;
        for (start, piece) in &found {
            assert_eq!(*start, at);
            assert!(!piece.is_empty() && piece.len() <= longest);
            at += piece.len();
        }
        assert_eq!(at, text.len());
        found.into_iter().map(|(_, piece)| piece).collect()
    }

    #[test]
    fn pieces_end_at_lines_blanks_or_where_they_are_full() {
        assert!(cut("", 8).is_empty());
        assert_eq!(cut("ab cd", 8), ["ab cd"]);
        assert_eq!(cut("ab cd\nef gh ij", 8), ["ab cd\n", "ef gh ij"]);
        assert_eq!(cut("ab\ncd ef gh", 8), ["ab\ncd ", "ef gh"]);
        assert_eq!(cut("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(cut("ééééé", 5), ["éé", "éé", "é"]);
        assert_eq!(cut("     ", 4), ["    ", " "]);
    }
}
