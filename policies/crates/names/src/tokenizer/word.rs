//! Cuts one word.

use super::{Part, Rules};

impl Rules {
    /// Appends the parts of `word`, which add up to it.
    pub(super) fn cut(&self, word: &str, parts: &mut Vec<Part>) {
        if let Some(known) = self.exceptions.get(word) {
            parts.extend_from_slice(known);
            return;
        }
        let mut suffixes = Vec::new();
        let middle = self.strip(word, parts, &mut suffixes);
        self.cut_middle(middle, parts);
        parts.extend(suffixes.iter().rev().map(|length| plain(*length)));
    }

    /// Takes signs off both ends until an exception is left or nothing more can be taken; gives what is left.
    fn strip<'w>(
        &self,
        mut word: &'w str,
        prefixes: &mut Vec<Part>,
        suffixes: &mut Vec<usize>,
    ) -> &'w str {
        loop {
            if word.is_empty() || self.exceptions.get(word).is_some() {
                return word;
            }
            let prefix = self.prefix.as_ref().map_or(0, |rule| rule.length(word));
            let after = word.get(prefix..).unwrap_or_default();
            if prefix > 0 && self.exceptions.get(after).is_some() {
                prefixes.push(plain(prefix));
                return after;
            }
            // The suffix of what follows the prefix, but at first of the whole word, as the reference has it.
            let suffix = self.suffix.as_ref().map_or(0, |rule| rule.length(after));
            let before = word.get(..word.len() - suffix).unwrap_or_default();
            if suffix > 0 && self.exceptions.get(before).is_some() {
                suffixes.push(suffix);
                return before;
            }
            if prefix == 0 && suffix == 0 {
                return word;
            }
            if prefix > 0 {
                prefixes.push(plain(prefix));
            }
            if suffix > 0 {
                suffixes.push(suffix);
            }
            word = after.get(..after.len() - suffix).unwrap_or_default();
        }
    }

    fn cut_middle(&self, word: &str, parts: &mut Vec<Part>) {
        if word.is_empty() {
            return;
        }
        if let Some(known) = self.exceptions.get(word) {
            parts.extend_from_slice(known);
            return;
        }
        let mut start = 0;
        if !self
            .address
            .as_ref()
            .is_some_and(|address| address.is_match(word))
            && let Some(infix) = &self.infix
        {
            infix.for_each(word, |from, to| {
                // A sign at the very beginning stays with what follows.
                if from == 0 {
                    return;
                }
                if from > start {
                    parts.push(plain(from - start));
                }
                parts.push(plain(to - from));
                start = to;
            });
        }
        if start < word.len() {
            parts.push(plain(word.len() - start));
        }
    }
}

fn plain(length: usize) -> Part {
    Part { length, norm: None }
}
