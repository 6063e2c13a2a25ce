//! Words with tokens of their own: contractions, abbreviations, smileys.

use std::collections::HashMap;

use super::Part;

#[derive(Debug, Default)]
pub(super) struct Exceptions {
    words: HashMap<Box<str>, Box<[Part]>>,
    longest: usize,
}

impl Exceptions {
    /// The parts must add up to the word.
    pub(super) fn insert(&mut self, word: &str, parts: Vec<Part>) {
        self.longest = self.longest.max(word.len());
        self.words.insert(word.into(), parts.into());
    }

    /// The parts of `word`. The time does not depend on how long it is.
    pub(super) fn get(&self, word: &str) -> Option<&[Part]> {
        if word.len() > self.longest {
            return None;
        }
        self.words.get(word).map(|parts| &**parts)
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(|word| &**word)
    }
}
