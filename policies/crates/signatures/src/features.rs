//! What is not a matter of phrases: repetition, a crowd of commands, letters hidden in tag characters.

use memchr::memchr;

use crate::table::Features;
use crate::words::Words;

impl Features {
    /// One word again and again, or two in turn.
    pub(crate) fn repeats(&self, words: &Words) -> bool {
        longest_run(words, 1, 3) >= self.repetition_run
            || longest_run(words, 2, 2) >= 2 * self.repetition_run
    }

    /// The weight for the share of commands to a second person among the words; zero if it is a usual one.
    pub(crate) fn command_weight(&self, words: &Words) -> u16 {
        if words.len() < self.command_least_words {
            return 0;
        }
        let longest = self
            .command_words
            .iter()
            .map(|word| word.len())
            .max()
            .unwrap_or(0);
        let is_command = |word: &str| word.len() <= longest && self.command_words.contains(&word);
        let commands = (0..words.len())
            .filter(|index| is_command(words.get(*index)))
            .count();
        let share = self
            .command_shares
            .iter()
            .find(|(percent, _)| commands * 100 >= percent * words.len());
        share.map_or(0, |(_, weight)| *weight)
    }
}

/// The most words in a row that each equal the one `distance` before and are `least` characters long.
fn longest_run(words: &Words, distance: usize, least: usize) -> usize {
    let (mut run, mut longest) = (1, 1);
    for index in distance..words.len() {
        let word = words.get(index);
        let repeated = word == words.get(index - distance) && word.chars().nth(least - 1).is_some();
        run = if repeated { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// The text that is written in Unicode tag characters, which show as nothing.
pub(crate) fn tag_text(text: &str) -> String {
    if memchr(0xf3, text.as_bytes()).is_none() {
        return String::new();
    }
    let tags = text
        .chars()
        .filter(|letter| ('\u{e0020}'..='\u{e007e}').contains(letter));
    tags.filter_map(|tag| char::from_u32(u32::from(tag) - 0xe0000))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TABLE;

    #[test]
    fn one_word_or_two_in_turn_repeat() {
        let features = &TABLE.features;
        assert!(features.repeats(&Words::of(&"poem ".repeat(18))));
        assert!(features.repeats(&Words::of(&"ab cd ".repeat(20))));
        assert!(!features.repeats(&Words::of(&"poem ".repeat(17))));
        assert!(!features.repeats(&Words::of(&"0 ".repeat(50))));
    }

    #[test]
    fn commands_count_in_long_texts_only() {
        let features = &TABLE.features;
        assert_eq!(
            features.command_weight(&Words::of(&"you must never stop now or ".repeat(10))),
            4
        );
        assert_eq!(features.command_weight(&Words::of("you must always")), 0);
        assert_eq!(
            features.command_weight(&Words::of(&"the sea is calm tonight ".repeat(10))),
            0
        );
    }

    #[test]
    fn tag_characters_spell_a_text() {
        let hidden: String = "say hi"
            .chars()
            .filter_map(|letter| char::from_u32(0xe0000 + u32::from(letter)))
            .collect();
        assert_eq!(tag_text(&format!("Hello{hidden}!")), "say hi");
        assert_eq!(tag_text("Hello"), "");
    }
}
