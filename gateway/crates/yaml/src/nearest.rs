//! "Did you mean": the known word that a wrong one is closest to.

/// The word among `among` that `word` is most likely a slip of; `None` if nothing is close.
///
/// Close means few edits for its length, or the same word with a unit or a prefix missing (`limit`, `limit_usd`).
#[must_use]
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    among
        .into_iter()
        .filter_map(|known| rank(word, known, allowed).map(|rank| (rank, known)))
        .min()
        .map(|(_, known)| known)
}

/// Lower is nearer: edits first, then words that begin or end alike.
fn rank(word: &str, known: &str, allowed: usize) -> Option<usize> {
    let edits = edits(word, known, allowed);
    if edits <= allowed {
        return Some(edits);
    }
    let (short, long) = if word.len() < known.len() {
        (word, known)
    } else {
        (known, word)
    };
    let whole_words = long
        .strip_prefix(short)
        .is_some_and(|rest| rest.starts_with(['_', '-', '.']))
        || long
            .strip_suffix(short)
            .is_some_and(|rest| rest.ends_with(['_', '-', '.', '/']));
    (short.len() >= 3 && whole_words).then(|| 10 + long.len() - short.len())
}

/// Insertions, deletions, replacements and swaps of neighbours between two words; more than `limit` is not counted out.
fn edits(a: &str, b: &str, limit: usize) -> usize {
    let a: Vec<char> = a.chars().take(65).collect();
    let b: Vec<char> = b.chars().take(65).collect();
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["limit_usd", "period", "subject", "per"];
        for (slip, meant) in [
            ("limit", Some("limit_usd")),
            ("peroid", Some("period")),
            ("subjet", Some("subject")),
            ("limit_us", Some("limit_usd")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(nearest(slip, known), meant, "{slip}");
        }
    }
}
