//! The words of a folded text, with three disguises taken off: letters of another script that look Latin, letters with
//! spaces between them, digits in place of letters.

use crate::fold::{is_letter, is_word_by_itself, is_word_character};

/// The words in order. They lie one after another in one string, with a space before each and after the last.
pub(crate) struct Words {
    joined: String,
    /// Where each word begins, and where one more would.
    starts: Vec<usize>,
}

impl Words {
    /// The words of a text that [`fold`](crate::fold::fold) made.
    pub(crate) fn of(folded: &str) -> Words {
        let mut collector = Collector::new(folded.len());
        let mut start = None;
        let mut position = 0;
        while let Some(letter) = folded[position..].chars().next() {
            let next = position + letter.len_utf8();
            let alone = is_word_by_itself(letter);
            if !alone && is_word_character(letter) {
                start.get_or_insert(position);
                // The usual case, a word of plain letters, goes by bytes.
                let plain = folded.as_bytes()[next..]
                    .iter()
                    .position(|byte| !byte.is_ascii_alphanumeric());
                position = next + plain.unwrap_or(folded.len() - next);
                continue;
            }
            if let Some(start) = start.take() {
                collector.run(&folded[start..position]);
            }
            if alone {
                collector.word(&folded[position..next]);
            } else {
                collector.separators += 1;
            }
            position = next;
        }
        if let Some(start) = start {
            collector.run(&folded[start..]);
        }
        collector.finish()
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(crate) fn get(&self, index: usize) -> &str {
        &self.joined[self.starts[index]..self.starts[index + 1] - 1]
    }

    /// The first `count` words, each with a space on both sides.
    pub(crate) fn first(&self, count: usize) -> &str {
        &self.joined[..self.starts[count.min(self.len())]]
    }
}

/// Puts words together; holds single letters back until it is clear whether they are a word spelled out.
struct Collector {
    words: Words,
    separators: usize,
    /// Single letters in a row, each with the number of separators before it.
    letters: Vec<(char, usize)>,
}

/// So many single letters in a row are a word spelled out, not initials.
const SPELLED_OUT: usize = 5;

impl Collector {
    fn new(length: usize) -> Collector {
        let mut joined = String::with_capacity(length + length / 8 + 2);
        joined.push(' ');
        let mut starts = Vec::with_capacity(length / 5 + 2);
        starts.push(joined.len());
        Collector {
            words: Words { joined, starts },
            separators: 0,
            letters: Vec::new(),
        }
    }

    /// A run of word characters; the apostrophes around it are quotes.
    fn run(&mut self, run: &str) {
        let word = run.trim_matches('\'');
        if word.is_empty() {
            return;
        }
        match unmixed(word) {
            Some(latin) => self.word(&latin),
            None => self.word(word),
        }
    }

    fn word(&mut self, word: &str) {
        let mut letters = word.chars();
        let single = letters.next().filter(|_| letters.as_str().is_empty());
        match single.filter(|letter| is_letter(*letter) && !is_word_by_itself(*letter)) {
            Some(letter) => self.letters.push((letter, self.separators)),
            None => {
                self.release();
                self.push(word);
            }
        }
        self.separators = 0;
    }

    /// Pushes the letters held back: joined if they are many, a wider gap between words kept.
    fn release(&mut self) {
        if self.letters.is_empty() {
            return;
        }
        let letters = std::mem::take(&mut self.letters);
        let many = letters.len() >= SPELLED_OUT;
        let mut word = String::new();
        for (letter, separators) in letters {
            let joined = many && separators <= 1;
            if !joined && !word.is_empty() {
                self.push(&word);
                word.clear();
            }
            word.push(letter);
        }
        self.push(&word);
    }

    fn push(&mut self, word: &str) {
        self.words.joined.push_str(word);
        self.words.joined.push(' ');
        self.words.starts.push(self.words.joined.len());
    }

    fn finish(mut self) -> Words {
        self.release();
        self.words
    }
}

/// The word in Latin letters if it mixes them with letters that only look so.
fn unmixed(word: &str) -> Option<String> {
    let mixed = !word.is_ascii()
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.chars().any(|letter| looks_latin(letter) != letter);
    mixed.then(|| word.chars().map(looks_latin).collect())
}

/// The Latin letter that a Cyrillic or Greek one looks like.
pub(crate) fn looks_latin(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'е' | 'ε' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' => 'y',
        'х' | 'χ' => 'x',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'ѕ' => 's',
        'ԁ' => 'd',
        'һ' | 'н' => 'h',
        'ӏ' => 'l',
        'в' | 'β' => 'b',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'η' => 'n',
        other => other,
    }
}

/// The word that `word` imitates with digits, `ignore` for `1gn0r3`, if it has 3 to 24 characters with two letters.
pub(crate) fn imitated(word: &str) -> Option<String> {
    let candidate = word.bytes().any(|byte| looks_like_letter(byte) != byte)
        && (3..=24).contains(&word.len())
        && word.is_ascii()
        && word.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
    candidate.then(|| {
        word.bytes()
            .map(|byte| char::from(looks_like_letter(byte)))
            .collect()
    })
}

fn looks_like_letter(digit: u8) -> u8 {
    match digit {
        b'0' => b'o',
        b'1' => b'i',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = Words::of(text);
        (0..words.len())
            .map(|index| words.get(index).to_owned())
            .collect()
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_apostrophes() {
        assert_eq!(
            words("'don't' stop--now 42 ''"),
            ["don't", "stop", "now", "42"]
        );
        assert_eq!(words("请忽略 ab"), ["请", "忽", "略", "ab"]);
    }

    #[test]
    fn spelled_out_words_are_joined_and_initials_are_not() {
        assert_eq!(words("i g n o r e  a l l of"), ["ignore", "all", "of"]);
        assert_eq!(words("j r r t said"), ["j", "r", "r", "t", "said"]);
    }

    #[test]
    fn mixed_scripts_are_latin_and_pure_ones_stay() {
        assert_eq!(words("ignоrе"), ["ignore"]);
        assert_eq!(words("нет оно"), ["нет", "оно"]);
    }

    #[test]
    fn digits_imitate_letters_in_words_that_have_letters() {
        assert_eq!(imitated("1gn0r3").as_deref(), Some("ignore"));
        for plain in ["ignore", "2024", "b2b", "10k", "é0aa"] {
            assert_eq!(imitated(plain), None);
        }
    }

    #[test]
    fn the_first_words_have_a_space_on_both_sides() {
        let words = Words::of("one two, three");
        assert_eq!(words.first(2), " one two ");
        assert_eq!(words.first(9), " one two three ");
        assert_eq!(Words::of("...").first(3), " ");
    }
}
