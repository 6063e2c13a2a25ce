//! Reads the table of signatures, `signatures.txt`, whose header describes its syntax.

use std::sync::LazyLock;

/// What the table says, read once.
pub(crate) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("signatures.txt")));

/// The table in the order of its lines.
#[derive(Default)]
pub(crate) struct Table {
    /// For low, medium and high sensitivity.
    pub(crate) thresholds: [u16; 3],
    pub(crate) document_literals: Vec<&'static str>,
    pub(crate) document_phrases: Vec<&'static str>,
    pub(crate) families: Vec<Family>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) features: Features,
    /// Lines that follow no rule of the syntax; a test holds that there are none.
    pub(crate) unread: Vec<&'static str>,
    sets: Vec<(&'static str, Vec<&'static str>)>,
}

/// A family of signatures: what a verdict names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Its stable name.
    pub name: &'static str,
    /// The most that it adds to a score.
    pub cap: u16,
    /// What it looks for, in a line.
    pub explanation: &'static str,
}

/// One pattern; it counts once a text.
pub(crate) struct Pattern {
    /// Index of its family in [`Table::families`].
    pub(crate) family: usize,
    pub(crate) weight: u16,
    /// Counts only in documents.
    pub(crate) document: bool,
    pub(crate) form: Form,
}

pub(crate) enum Form {
    /// Slots in order, each a list of words or phrases; at most `gap` words between two.
    Slots {
        gap: usize,
        slots: Vec<Vec<&'static str>>,
    },
    /// Any of these in the folded text.
    Literals(Vec<&'static str>),
}

/// The numbers of the families that are not made of words.
#[derive(Default)]
pub(crate) struct Features {
    pub(crate) tag_weight: u16,
    pub(crate) tag_characters: usize,
    pub(crate) repetition_weight: u16,
    pub(crate) repetition_run: usize,
    pub(crate) command_words: Vec<&'static str>,
    pub(crate) command_least_words: usize,
    /// From so many percent of the words, this weight; the first that fits counts.
    pub(crate) command_shares: Vec<(usize, u16)>,
    pub(crate) encoded_weight: u16,
    pub(crate) encoded_attack: u16,
    pub(crate) encoded_attack_from: u16,
}

/// The section that a line is in.
#[derive(Clone, Copy)]
enum Section {
    Thresholds,
    DocumentLiterals,
    DocumentPhrases,
    Set(&'static str),
    Family,
    Feature(&'static str),
}

impl Table {
    pub(crate) fn read(source: &'static str) -> Table {
        let mut table = Table::default();
        let mut section = None;
        for line in source.lines() {
            if line.is_empty() || line == "#" || line.starts_with("# ") {
                continue;
            }
            let read = match line.strip_prefix("== ") {
                Some(heading) => {
                    section = table.heading(heading);
                    section.map(drop)
                }
                None => section.and_then(|section| table.line(section, line)),
            };
            if read.is_none() {
                table.unread.push(line);
            }
        }
        table
    }

    /// Index of the family of this name.
    pub(crate) fn family(&self, name: &str) -> Option<usize> {
        self.families.iter().position(|family| family.name == name)
    }

    fn heading(&mut self, heading: &'static str) -> Option<Section> {
        let words: Vec<&'static str> = heading.split(' ').collect();
        Some(match words[..] {
            ["thresholds"] => Section::Thresholds,
            ["document", "literals"] => Section::DocumentLiterals,
            ["document", "phrases"] => Section::DocumentPhrases,
            ["set", name] => Section::Set(name),
            [kind @ ("family" | "feature"), name, "cap", cap] => {
                self.families.push(Family {
                    name,
                    cap: cap.parse().ok()?,
                    explanation: "",
                });
                if kind == "family" {
                    Section::Family
                } else {
                    Section::Feature(name)
                }
            }
            _ => return None,
        })
    }

    fn line(&mut self, section: Section, line: &'static str) -> Option<()> {
        match section {
            Section::Thresholds => {
                let (name, value) = line.split_once(' ')?;
                let place = ["low", "medium", "high"]
                    .iter()
                    .position(|known| *known == name)?;
                self.thresholds[place] = value.parse().ok()?;
            }
            Section::DocumentLiterals => self.document_literals.extend(literals(line)?),
            Section::DocumentPhrases => self.document_phrases.push(line),
            Section::Set(name) => self.sets.push((name, line.split('|').collect())),
            Section::Family | Section::Feature(_) if line.starts_with("-- ") => {
                self.families.last_mut()?.explanation = line.strip_prefix("-- ")?;
            }
            Section::Family => {
                let pattern = self.pattern(line)?;
                self.patterns.push(pattern);
            }
            Section::Feature(name) => self.features.line(name, line)?,
        }
        Some(())
    }

    fn pattern(&self, line: &'static str) -> Option<Pattern> {
        let (pattern, _remark) = line.split_once(" -- ").unwrap_or((line, ""));
        let (head, body) = pattern.split_once(": ")?;
        let mut head = head.split(' ');
        let weight = head.next()?.parse().ok()?;
        let form = match head.next()? {
            "literal" => Form::Literals(literals(body)?),
            "gap" => {
                let gap = head.next()?.parse().ok()?;
                let slots = body
                    .split(" > ")
                    .map(|slot| self.slot(slot))
                    .collect::<Option<_>>()?;
                Form::Slots { gap, slots }
            }
            _ => return None,
        };
        let document = match head.next() {
            None => false,
            Some("document") => true,
            Some(_) => return None,
        };
        let family = self.families.len().checked_sub(1)?;
        head.next().is_none().then_some(Pattern {
            family,
            weight,
            document,
            form,
        })
    }

    /// The alternatives of a slot, sets written out, none twice.
    fn slot(&self, slot: &'static str) -> Option<Vec<&'static str>> {
        let mut alternatives = Vec::new();
        for alternative in slot.split('|') {
            match alternative.strip_prefix('@') {
                Some(set) => {
                    alternatives.extend(&self.sets.iter().find(|(name, _)| *name == set)?.1)
                }
                None if alternative.is_empty() => return None,
                None => alternatives.push(alternative),
            }
        }
        alternatives.sort_unstable();
        alternatives.dedup();
        Some(alternatives)
    }
}

impl Features {
    fn line(&mut self, feature: &str, line: &'static str) -> Option<()> {
        let words: Vec<&'static str> = line.split(' ').collect();
        match (feature, &words[..]) {
            ("hidden_text", ["weight", value]) => self.tag_weight = value.parse().ok()?,
            ("hidden_text", ["characters", value]) => self.tag_characters = value.parse().ok()?,
            ("repetition", ["weight", value]) => self.repetition_weight = value.parse().ok()?,
            ("repetition", ["run", value]) => self.repetition_run = value.parse().ok()?,
            ("command_density", ["words", words]) => {
                self.command_words = words.split('|').collect()
            }
            ("command_density", ["least_words", value]) => {
                self.command_least_words = value.parse().ok()?
            }
            ("command_density", ["percent", percent, "weight", weight]) => {
                self.command_shares
                    .push((percent.parse().ok()?, weight.parse().ok()?));
            }
            ("encoded_payload", ["weight", value]) => self.encoded_weight = value.parse().ok()?,
            ("encoded_payload", ["attack", value]) => self.encoded_attack = value.parse().ok()?,
            ("encoded_payload", ["attack_from", value]) => {
                self.encoded_attack_from = value.parse().ok()?
            }
            _ => return None,
        }
        Some(())
    }
}

/// The literals of a line, each between backticks.
fn literals(line: &'static str) -> Option<Vec<&'static str>> {
    let inner = line.strip_prefix('`')?.strip_suffix('`')?;
    let literals: Vec<_> = inner.split("` `").collect();
    literals
        .iter()
        .all(|literal| !literal.is_empty() && !literal.contains('`'))
        .then_some(literals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        assert_eq!(TABLE.unread, Vec::<&str>::new());
        let lines = include_str!("signatures.txt").lines();
        let patterns = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
        assert_eq!(TABLE.patterns.len(), patterns.count());
        assert!(
            TABLE.thresholds[0] > TABLE.thresholds[1]
                && TABLE.thresholds[1] > TABLE.thresholds[2]
                && TABLE.thresholds[2] > 0
        );
        assert!(
            TABLE
                .families
                .iter()
                .all(|family| family.cap > 0 && !family.explanation.is_empty())
        );
    }

    #[test]
    fn a_line_that_is_not_understood_is_kept_apart() {
        let table = Table::read(
            "== family f cap 3\n-- why\n3 gap x: a > b\n3 gap 1: a > @NONE\n3 gap 1: a|b > c -- fine\nnonsense\n",
        );
        assert_eq!(
            table.unread,
            ["3 gap x: a > b", "3 gap 1: a > @NONE", "nonsense"]
        );
        assert_eq!(table.patterns.len(), 1);
    }

    #[test]
    fn every_set_is_used_and_no_name_is_taken_twice() {
        let source = include_str!("signatures.txt");
        for (name, _) in &TABLE.sets {
            let mark = format!("@{name}");
            let mut slots = source.lines().flat_map(|line| line.split([' ', '|']));
            assert!(slots.any(|slot| slot == mark), "{name}");
        }
        for (index, family) in TABLE.families.iter().enumerate() {
            assert_eq!(TABLE.family(family.name), Some(index));
        }
    }
}
