//! The tables of credentials, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::shape::Shape;
use crate::Builtin;

/// A credential that says itself what it is.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) prefix: &'static [u8],
    pub(super) shape: Shape,
    /// Words of which one must stand near; none: it needs none.
    pub(super) words: Vec<&'static str>,
    pub(super) builtin: Builtin,
}

/// Rules by where they begin.
#[derive(Debug)]
pub(super) struct Rules {
    /// By the first two bytes of their prefix, longer prefixes first.
    by_start: HashMap<[u8; 2], Vec<Rule>>,
    /// Those whose prefix is a single byte or none.
    others: Vec<Rule>,
    /// First bytes of some prefix.
    starts: [bool; 256],
}

/// A credential that only a word near it gives away.
#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) struct KeyedRules {
    words: AhoCorasick,
    /// By the number of the word: the credentials that it speaks for.
    of_word: Vec<Vec<usize>>,
    rules: Vec<Keyed>,
}

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(include_str!("rules.tsv")));
pub(super) static KEYED: LazyLock<KeyedRules> =
    LazyLock::new(|| KeyedRules::read(include_str!("keyed.tsv")));

fn lines(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

fn words(list: &'static str) -> Vec<&'static str> {
    list.split(',').filter(|word| !word.is_empty()).collect()
}

/// Under which entity a rule's finds go.
fn builtin(name: &str) -> Builtin {
    if name.starts_with("aws_") {
        Builtin::AwsAccessKey
    } else if name.starts_with("github_") {
        Builtin::GithubToken
    } else {
        Builtin::ApiKey
    }
}

impl Rules {
    fn read(text: &'static str) -> Self {
        let mut rules = Self {
            by_start: HashMap::new(),
            others: Vec::new(),
            starts: [false; 256],
        };
        for columns in lines(text) {
            let [name, prefix, shape, ..] = columns[..] else {
                continue;
            };
            // A line that cannot be read is a mistake that the tests find.
            let Some(shape) = Shape::parse(shape) else {
                continue;
            };
            let rule = Rule {
                name,
                prefix: prefix.as_bytes(),
                shape,
                words: words(columns.get(3).copied().unwrap_or_default()),
                builtin: builtin(name),
            };
            match *prefix.as_bytes() {
                [first, second, ..] => {
                    rules.starts[usize::from(first)] = true;
                    rules
                        .by_start
                        .entry([first, second])
                        .or_default()
                        .push(rule);
                }
                _ => rules.others.push(rule),
            }
        }
        for of_start in rules.by_start.values_mut() {
            of_start.sort_by_key(|rule| std::cmp::Reverse(rule.prefix.len()));
        }
        rules
    }

    /// The rules that what begins with `text` may be of.
    pub(super) fn at(&self, text: &[u8]) -> &[Rule] {
        match text {
            [first, second, ..] if self.starts[usize::from(*first)] => self
                .by_start
                .get(&[*first, *second])
                .map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }

    pub(super) fn others(&self) -> &[Rule] {
        &self.others
    }
}

impl KeyedRules {
    fn read(text: &'static str) -> Self {
        let mut rules = Vec::new();
        let mut of_word: Vec<(&'static str, Vec<usize>)> = Vec::new();
        for columns in lines(text) {
            let [name, shape, list] = columns[..] else {
                continue;
            };
            let Some(shape) = Shape::parse(shape) else {
                continue;
            };
            for word in words(list) {
                match of_word.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, rules_of)) => rules_of.push(rules.len()),
                    None => of_word.push((word, vec![rules.len()])),
                }
            }
            rules.push(Keyed { name, shape });
        }
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(of_word.iter().map(|(word, _)| word));
        let (words, of_word) = match words {
            Ok(words) => (words, of_word.into_iter().map(|(_, rules)| rules).collect()),
            // Some hundred short words are no automaton too large to build.
            Err(_) => (
                AhoCorasick::builder()
                    .build([""; 0])
                    .unwrap_or_else(|_| unreachable!()),
                Vec::new(),
            ),
        };
        Self {
            words,
            of_word,
            rules,
        }
    }

    /// The credential that `value` is, by the words in the text before it.
    pub(super) fn of(&self, before: &[u8], value: &[u8]) -> Option<&Keyed> {
        let words = self.words.find_overlapping_iter(before);
        let mut rules = words.flat_map(|found| &self.of_word[found.pattern().as_usize()]);
        rules.find_map(|rule| {
            let rule = &self.rules[*rule];
            let fits = (rule.shape.least..=rule.shape.most).contains(&value.len());
            (fits && rule.shape.length(value) == Some(value.len())).then_some(rule)
        })
    }
}

/// How many kinds of credentials are known, by their rules' names.
pub(super) fn kinds() -> std::collections::BTreeSet<&'static str> {
    let own = RULES
        .by_start
        .values()
        .flatten()
        .chain(&RULES.others)
        .map(|rule| rule.name);
    own.chain(KEYED.rules.iter().map(|rule| rule.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        let count = |text: &'static str| lines(text).count();
        let own: usize = RULES.by_start.values().map(Vec::len).sum::<usize>() + RULES.others.len();
        assert_eq!(own, count(include_str!("rules.tsv")));
        assert_eq!(KEYED.rules.len(), count(include_str!("keyed.tsv")));
        assert!(kinds().len() >= 500, "{}", kinds().len());
        for (table, columns) in [
            (include_str!("rules.tsv"), 3..=4),
            (include_str!("keyed.tsv"), 3..=3),
        ] {
            for line in lines(table) {
                assert!(columns.contains(&line.len()), "{line:?}");
            }
        }
    }
}
