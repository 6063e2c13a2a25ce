//! What can be taken off a word's beginning and end.

use regex_automata::Anchored;

use super::alternative::alternatives;
use super::engine::Group;

/// Signs at the beginning of a word.
#[derive(Debug)]
pub(crate) struct Prefix {
    groups: Vec<Group>,
}

impl Prefix {
    /// # Errors
    /// What about the pattern cannot be run.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let alternatives = alternatives(pattern)?;
        if alternatives
            .iter()
            .any(|one| !one.at_start || one.at_end || one.before_width > 0)
        {
            return Err("an alternative that does not begin with ^".into());
        }
        Ok(Self {
            groups: Group::all(&alternatives)?,
        })
    }

    /// The length in bytes of what the first alternative that fits takes; 0 where none does.
    pub(crate) fn length(&self, word: &str) -> usize {
        let found = self
            .groups
            .iter()
            .find_map(|group| group.find(word, 0, Anchored::Yes));
        found.map_or(0, |core| core.end)
    }
}

/// Signs at the end of a word.
#[derive(Debug)]
pub(crate) struct Suffix {
    groups: Vec<Group>,
}

impl Suffix {
    /// # Errors
    /// What about the pattern cannot be run.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let mut alternatives = alternatives(pattern)?;
        if alternatives
            .iter()
            .any(|one| one.at_start || !one.at_end || !one.after.is_empty())
        {
            return Err("an alternative that does not end with $".into());
        }
        // All end at the same place, so the leftmost is the longest and the order does not matter.
        alternatives.sort_by(|one, other| one.before.cmp(&other.before));
        Ok(Self {
            groups: Group::all(&alternatives)?,
        })
    }

    /// The length in bytes of the leftmost match that reaches the end; 0 where there is none.
    pub(crate) fn length(&self, word: &str) -> usize {
        let found = self
            .groups
            .iter()
            .filter_map(|group| group.find(word, 0, Anchored::No));
        found.map(|core| word.len() - core.start).max().unwrap_or(0)
    }
}
