//! Signs in the middle of a word.

use regex_automata::Anchored;

use super::alternative::alternatives;
use super::engine::{Core, Group};

/// Where a word is cut.
#[derive(Debug)]
pub(crate) struct Infix {
    groups: Vec<Group>,
}

impl Infix {
    /// # Errors
    /// What about the pattern cannot be run.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let alternatives = alternatives(pattern)?;
        if alternatives.iter().any(|one| one.at_start || one.at_end) {
            return Err("an alternative that is bound to the beginning or the end".into());
        }
        Ok(Self {
            groups: Group::all(&alternatives)?,
        })
    }

    /// Calls `each` with the start and the end of every match, from left to right; matches do not overlap.
    pub(crate) fn for_each(&self, word: &str, mut each: impl FnMut(usize, usize)) {
        // Each group's next match is kept until it is passed, so each group reads the word once.
        let mut next: Vec<Option<Core>> = self
            .groups
            .iter()
            .map(|group| group.find(word, 0, Anchored::No))
            .collect();
        loop {
            // The first one of the smallest: earlier alternatives win.
            let Some(Core { start, end }) =
                next.iter().flatten().min_by_key(|core| core.start).copied()
            else {
                return;
            };
            each(start, end);
            for (group, next) in self.groups.iter().zip(&mut next) {
                if next.is_some_and(|core| core.start < end) {
                    *next = group.find(word, retreat(word, end, group.before_width), Anchored::No);
                }
            }
        }
    }

    /// Whether there is any match at all.
    pub(crate) fn is_match(&self, word: &str) -> bool {
        self.groups
            .iter()
            .any(|group| group.find(word, 0, Anchored::No).is_some())
    }
}

/// The place `width` characters before `at`, or the beginning.
fn retreat(word: &str, at: usize, width: usize) -> usize {
    let Some(width) = width.checked_sub(1) else {
        return at;
    };
    let before = word.get(..at).unwrap_or_default();
    before
        .char_indices()
        .rev()
        .nth(width)
        .map_or(0, |(start, _)| start)
}
