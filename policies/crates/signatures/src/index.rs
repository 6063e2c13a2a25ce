//! The phrases of all patterns in one tree of bytes, so that a word costs its own length and not the number of patterns.
//!
//! A phrase is found at its last word; the words before it are compared when that one is met.

use std::collections::BTreeMap;

use crate::fold::{fold, is_word_by_itself};
use crate::table::{Form, Pattern};
use crate::words::{Words, imitated};

/// Where a phrase belongs, and the words that must stand before its last one.
pub(crate) struct Entry {
    pub(crate) pattern: usize,
    pub(crate) slot: usize,
    pub(crate) before: Box<[Part]>,
}

/// One word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    word: String,
    /// Any ending will do.
    prefix: bool,
}

/// The tree. Nodes, edges and entries lie in three lists; a node holds ranges of the other two.
pub(crate) struct Index {
    /// The node for each first byte of a word, or [`NO_NODE`].
    roots: Vec<u32>,
    nodes: Vec<Node>,
    labels: Vec<u8>,
    targets: Vec<u32>,
    entries: Vec<Entry>,
}

const NO_NODE: u32 = u32::MAX;

struct Node {
    edges: (u32, u32),
    /// Entries for words that end here.
    exact: (u32, u32),
    /// Entries for words that begin like this.
    prefix: (u32, u32),
}

#[derive(Default)]
struct Growing {
    edges: BTreeMap<u8, usize>,
    exact: Vec<Entry>,
    prefix: Vec<Entry>,
}

impl Index {
    pub(crate) fn of(patterns: &[Pattern]) -> Index {
        let mut tree = vec![Growing::default()];
        for (pattern, slot, alternative) in alternatives(patterns) {
            let mut parts = phrase(alternative);
            let Some(last) = parts.pop() else { continue };
            let entry = Entry {
                pattern,
                slot,
                before: parts.into(),
            };
            let node = grow(&mut tree, &last.word);
            if last.prefix {
                tree[node].prefix.push(entry)
            } else {
                tree[node].exact.push(entry)
            }
        }
        let mut roots = vec![NO_NODE; 256];
        for (byte, node) in &tree[0].edges {
            roots[usize::from(*byte)] = *node as u32;
        }
        let mut index = Index {
            roots,
            nodes: Vec::new(),
            labels: Vec::new(),
            targets: Vec::new(),
            entries: Vec::new(),
        };
        for node in tree {
            index.add(node);
        }
        index
    }

    /// Calls `found` with the entries whose last word is `word` or a prefix of it, some at a time.
    #[inline]
    pub(crate) fn look_up(&self, word: &str, mut found: impl FnMut(&[Entry])) {
        let Some((first, rest)) = word.as_bytes().split_first() else {
            return;
        };
        let Some(mut node) = self.nodes.get(self.roots[usize::from(*first)] as usize) else {
            return;
        };
        found(self.slice(node.prefix));
        for byte in rest {
            let (from, to) = (node.edges.0 as usize, node.edges.1 as usize);
            let Some(edge) = self.labels[from..to].iter().position(|label| label == byte) else {
                return;
            };
            node = &self.nodes[self.targets[from + edge] as usize];
            found(self.slice(node.prefix));
        }
        found(self.slice(node.exact));
    }

    fn slice(&self, (from, to): (u32, u32)) -> &[Entry] {
        &self.entries[from as usize..to as usize]
    }

    fn add(&mut self, node: Growing) {
        let edges = self.labels.len() as u32;
        for (label, target) in node.edges {
            self.labels.push(label);
            self.targets.push(target as u32);
        }
        let exact = self.entries.len() as u32;
        self.entries.extend(node.exact);
        let prefix = self.entries.len() as u32;
        self.entries.extend(node.prefix);
        self.nodes.push(Node {
            edges: (edges, self.labels.len() as u32),
            exact: (exact, prefix),
            prefix: (prefix, self.entries.len() as u32),
        });
    }
}

impl Entry {
    /// The words before the word at `last` are those of the phrase.
    pub(crate) fn matches(&self, words: &Words, last: usize) -> bool {
        last.checked_sub(self.before.len()).is_some_and(|first| {
            (first..).zip(&self.before).all(|(index, part)| {
                let word = words.get(index);
                part.fits(word) || imitated(word).is_some_and(|word| part.fits(&word))
            })
        })
    }
}

impl Part {
    fn fits(&self, word: &str) -> bool {
        if self.prefix {
            word.starts_with(self.word.as_str())
        } else {
            word == self.word
        }
    }
}

/// The words of an alternative of the table, folded as a text is.
pub(crate) fn phrase(alternative: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for written in alternative.split_whitespace() {
        let stem = written.trim_end_matches('*');
        let mut word = String::new();
        for letter in fold(stem).chars() {
            if is_word_by_itself(letter) {
                if !word.is_empty() {
                    parts.push(Part {
                        word: std::mem::take(&mut word),
                        prefix: false,
                    });
                }
                parts.push(Part {
                    word: letter.to_string(),
                    prefix: false,
                });
            } else {
                word.push(letter);
            }
        }
        if !word.is_empty() {
            parts.push(Part {
                word,
                prefix: stem.len() < written.len(),
            });
        }
    }
    parts
}

fn alternatives(patterns: &[Pattern]) -> impl Iterator<Item = (usize, usize, &'static str)> {
    patterns
        .iter()
        .enumerate()
        .flat_map(|(pattern, Pattern { form, .. })| {
            let slots: &[Vec<&'static str>] = match form {
                Form::Slots { slots, .. } => slots,
                Form::Literals(_) => &[],
            };
            let numbered = slots.iter().enumerate();
            numbered
                .flat_map(move |(slot, words)| words.iter().map(move |word| (pattern, slot, *word)))
        })
}

/// The node for `word`, made if need be.
fn grow(tree: &mut Vec<Growing>, word: &str) -> usize {
    let mut node = 0;
    for byte in word.bytes() {
        let next = tree.len();
        node = *tree[node].edges.entry(byte).or_insert(next);
        if node == next {
            tree.push(Growing::default());
        }
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::is_word_character;
    use crate::table::TABLE;

    fn found(index: &Index, text: &str) -> Vec<(usize, usize)> {
        let words = Words::of(text);
        let mut all = Vec::new();
        for last in 0..words.len() {
            index.look_up(words.get(last), |entries| {
                let matching = entries.iter().filter(|entry| entry.matches(&words, last));
                all.extend(matching.map(|entry| (entry.slot, last)));
            });
        }
        all
    }

    #[test]
    fn words_prefixes_and_phrases_are_found_at_their_last_word() {
        let slots = vec![vec!["forget about", "ignor*"], vec!["rules", "指令"]];
        let index = Index::of(&[Pattern {
            family: 0,
            weight: 1,
            document: false,
            form: Form::Slots { gap: 1, slots },
        }]);
        assert_eq!(found(&index, "forget about the rules"), [(0, 1), (1, 3)]);
        assert_eq!(found(&index, "about ignoring 指令 ign"), [(0, 1), (1, 3)]);
        assert_eq!(found(&index, "about"), []);
    }

    #[test]
    fn every_alternative_of_the_table_can_occur_in_a_text() {
        for (pattern, _, alternative) in alternatives(&TABLE.patterns) {
            let parts = phrase(alternative);
            assert!(!parts.is_empty(), "{alternative} in pattern {pattern}");
            for Part { word, prefix } in parts {
                assert!(word.chars().all(is_word_character), "{alternative}");
                assert!(
                    !prefix || word.chars().count() >= 2,
                    "{alternative} would match half the words of a language"
                );
            }
        }
    }
}
