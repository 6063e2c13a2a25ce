//! Finds any of many literals in one pass over a text: a look at two bytes tells nearly always that none begins there.

use std::collections::BTreeMap;

use crate::fold::is_space;

/// A text to look for.
pub(crate) struct Literal {
    pub(crate) text: String,
    /// A space of it stands for any white space; otherwise for one space only.
    pub(crate) any_space: bool,
    /// What to report.
    pub(crate) number: usize,
}

/// Literals, by their first two bytes.
pub(crate) struct Literals {
    /// A bit for each pair of bytes that a literal may begin with.
    pairs: Vec<u64>,
    by_pair: BTreeMap<[u8; 2], Vec<Literal>>,
}

impl Literals {
    /// Literals of two bytes or more, the first of them no space.
    pub(crate) fn of(literals: impl IntoIterator<Item = Literal>) -> Literals {
        let mut all = Literals {
            pairs: vec![0; 1024],
            by_pair: BTreeMap::new(),
        };
        for literal in literals {
            let [first, second, ..] = *literal.text.as_bytes() else {
                continue;
            };
            // White space of any kind may stand for a space, so any byte may follow then.
            let any_second = second == b' ' && literal.any_space;
            for follower in if any_second {
                0..=u8::MAX
            } else {
                second..=second
            } {
                let (place, bit) = place_of(first, follower);
                all.pairs[place] |= bit;
            }
            all.by_pair
                .entry([first, second])
                .or_default()
                .push(literal);
        }
        all
    }

    /// Calls `found` with the number of every literal in `text`, once for each place.
    pub(crate) fn run(&self, text: &str, mut found: impl FnMut(usize)) {
        for (position, pair) in text.as_bytes().windows(2).enumerate() {
            let (place, bit) = place_of(pair[0], pair[1]);
            if self.pairs[place] & bit == 0 {
                continue;
            }
            let spaced = [pair[0], b' '];
            let pairs = [
                Some(&[pair[0], pair[1]]),
                Some(&spaced).filter(|_| pair[1] != b' '),
            ];
            for literal in pairs
                .into_iter()
                .flatten()
                .filter_map(|pair| self.by_pair.get(pair))
                .flatten()
            {
                if literal.begins(&text[position..]) {
                    found(literal.number);
                }
            }
        }
    }
}

impl Literal {
    /// `text` begins with this literal.
    fn begins(&self, mut text: &str) -> bool {
        if !self.any_space {
            return text.starts_with(&self.text);
        }
        let mut pieces = self.text.split(' ');
        let Some(rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
            return false;
        };
        text = rest;
        for piece in pieces {
            let next = text.trim_start_matches(is_space);
            match next.strip_prefix(piece) {
                Some(rest) if next.len() < text.len() => text = rest,
                _ => return false,
            }
        }
        true
    }
}

fn place_of(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair >> 6, 1 << (pair & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(literals: &[(&str, bool)], text: &str) -> Vec<usize> {
        let numbered = literals.iter().enumerate();
        let literals = numbered.map(|(number, (text, any_space))| Literal {
            text: (*text).to_owned(),
            any_space: *any_space,
            number,
        });
        let mut all = Vec::new();
        Literals::of(literals).run(text, |number| all.push(number));
        all
    }

    #[test]
    fn literals_are_found_wherever_they_begin() {
        let literals = [("<|end|>", true), ("user: ", true), ("<|", true)];
        assert_eq!(found(&literals, "user: a<|end|>"), [1, 0, 2]);
        assert_eq!(found(&literals, "<"), []);
        assert_eq!(found(&literals, "user:"), []);
    }

    #[test]
    fn a_space_stands_for_white_space_if_the_literal_allows() {
        assert_eq!(found(&[("< god mode", true)], "<\n\u{2028}god\t mode"), [0]);
        assert_eq!(found(&[("search results", false)], "search\nresults"), []);
        assert_eq!(found(&[("search results", false)], "search results"), [0]);
        assert_eq!(found(&[("role =", true)], "role="), []);
    }
}
