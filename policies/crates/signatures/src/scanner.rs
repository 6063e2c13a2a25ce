//! Puts the parts together: a text in, a verdict out.

use std::fmt;
use std::sync::LazyLock;

use memchr::memmem;

use crate::encoded::encoded;
use crate::features::tag_text;
use crate::fold::fold;
use crate::literals::{Literal, Literals};
use crate::matcher::Matcher;
use crate::table::{Family, Form, Pattern, TABLE};
use crate::verdict::{Channel, Verdict};
use crate::words::Words;

/// Of the encoded texts in a text, so many are looked at.
const ENCODED_TEXTS: usize = 8;
/// The phrases that mark a document are looked for among so many words.
const OPENING_WORDS: usize = 400;

/// Stands for the marks of documents where the number of a pattern would stand.
const DOCUMENT: usize = usize::MAX;

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::of_the_table);

/// What is made once from the table and shared by all scanners.
struct Engine {
    matcher: Matcher,
    literals: Literals,
    document_phrases: Vec<String>,
    hidden_text: Option<usize>,
    repetition: Option<usize>,
    command_density: Option<usize>,
    encoded_payload: Option<usize>,
}

impl Engine {
    fn of_the_table() -> Engine {
        let of_patterns = TABLE
            .patterns
            .iter()
            .enumerate()
            .flat_map(|(number, pattern)| {
                let literals = match &pattern.form {
                    Form::Literals(literals) => literals.as_slice(),
                    Form::Slots { .. } => &[],
                };
                literals.iter().map(move |literal| Literal {
                    text: fold(literal),
                    any_space: true,
                    number,
                })
            });
        let of_documents = TABLE.document_literals.iter().map(|mark| Literal {
            text: (*mark).to_owned(),
            any_space: false,
            number: DOCUMENT,
        });
        Engine {
            matcher: Matcher::of(&TABLE.patterns),
            literals: Literals::of(of_patterns.chain(of_documents)),
            document_phrases: TABLE
                .document_phrases
                .iter()
                .map(|phrase| format!(" {phrase} "))
                .collect(),
            hidden_text: TABLE.family("hidden_text"),
            repetition: TABLE.family("repetition"),
            command_density: TABLE.family("command_density"),
            encoded_payload: TABLE.family("encoded_payload"),
        }
    }

    /// The text speaks of a document, page or mail that it holds.
    fn speaks_of_document(&self, words: &Words) -> bool {
        let opening = words.first(OPENING_WORDS).as_bytes();
        self.document_phrases
            .iter()
            .any(|phrase| memmem::find(opening, phrase.as_bytes()).is_some())
    }
}

/// Scans texts with all families, or with some switched off.
#[derive(Clone, Debug)]
pub struct Scanner {
    /// For each family of the table.
    off: Vec<bool>,
}

/// A name that no family has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFamily(pub String);

impl fmt::Display for UnknownFamily {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "there is no family {:?}", self.0)
    }
}

impl std::error::Error for UnknownFamily {}

/// All families in the order of the table.
pub fn families() -> &'static [Family] {
    &TABLE.families
}

impl Default for Scanner {
    /// All families on.
    fn default() -> Scanner {
        Scanner {
            off: vec![false; TABLE.families.len()],
        }
    }
}

impl Scanner {
    /// A scanner with the families of these names switched off.
    ///
    /// # Errors
    /// [`UnknownFamily`] for the first name that no family has: a misspelled switch would leave the family on unseen.
    pub fn new(off: &[&str]) -> Result<Scanner, UnknownFamily> {
        let mut scanner = Scanner::default();
        for name in off {
            let family = TABLE
                .family(name)
                .ok_or_else(|| UnknownFamily((*name).to_owned()))?;
            scanner.off[family] = true;
        }
        Ok(scanner)
    }

    /// Looks for signatures in `text`, in time linear in its length.
    ///
    /// The length of a text is not cut, since an attack may stand at its end. Cut are only the words that tell a
    /// document (the first 400) and the encoded texts that are looked into (the first 8, one level deep).
    pub fn scan(&self, text: &str, channel: Channel) -> Verdict {
        self.scan_level(text, channel, true)
    }

    fn scan_level(&self, text: &str, channel: Channel, outermost: bool) -> Verdict {
        let engine = &*ENGINE;
        let features = &TABLE.features;
        let folded = fold(text);
        let words = Words::of(&folded);
        let mut literals = Vec::new();
        engine.literals.run(&folded, |number| {
            if !literals.contains(&number) {
                literals.push(number);
            }
        });
        let document = match channel {
            Channel::Document => true,
            Channel::User => false,
            Channel::Auto => literals.contains(&DOCUMENT) || engine.speaks_of_document(&words),
        };
        let mut score = Score::new(&self.off);
        self.patterns(&words, &literals, document, &mut score);

        let hidden = tag_text(text);
        if hidden.len() >= features.tag_characters {
            score.add(engine.hidden_text, features.tag_weight);
        }
        if features.repeats(&words) {
            score.add(engine.repetition, features.repetition_weight);
        }
        score.add(engine.command_density, features.command_weight(&words));
        if outermost && score.counts(engine.encoded_payload) {
            self.payloads(text, hidden, channel, &mut score);
        }
        score.verdict()
    }

    fn patterns(&self, words: &Words, literals: &[usize], document: bool, score: &mut Score<'_>) {
        let mut hit = |pattern: &Pattern| {
            if document || !pattern.document {
                score.add(Some(pattern.family), pattern.weight);
            }
        };
        literals
            .iter()
            .filter_map(|number| TABLE.patterns.get(*number))
            .for_each(&mut hit);
        // A pattern is settled when it has matched, and from the start if its family is off.
        let mut settled: Vec<bool> = TABLE
            .patterns
            .iter()
            .map(|pattern| self.off[pattern.family])
            .collect();
        ENGINE
            .matcher
            .run(words, &mut settled, |number| hit(&TABLE.patterns[number]));
    }

    /// Encoded texts count by themselves, and more if they hold an attack; tag characters only for what they hold.
    fn payloads(&self, text: &str, hidden: String, channel: Channel, score: &mut Score<'_>) {
        let features = &TABLE.features;
        let mut payloads = encoded(text, ENCODED_TEXTS);
        let visible = payloads.len();
        if !hidden.is_empty() && visible < ENCODED_TEXTS {
            payloads.push(hidden);
        }
        for (index, payload) in payloads.iter().enumerate() {
            if index < visible {
                score.add(ENGINE.encoded_payload, features.encoded_weight);
            }
            if self.scan_level(payload, channel, false).score >= features.encoded_attack_from {
                score.add(ENGINE.encoded_payload, features.encoded_attack);
            }
        }
    }
}

/// The sum of each family while a text is scanned.
struct Score<'a> {
    off: &'a [bool],
    sums: Vec<u16>,
}

impl<'a> Score<'a> {
    fn new(off: &'a [bool]) -> Score<'a> {
        Score {
            off,
            sums: vec![0; off.len()],
        }
    }

    fn counts(&self, family: Option<usize>) -> bool {
        family.is_some_and(|family| !self.off[family])
    }

    fn add(&mut self, family: Option<usize>, weight: u16) {
        if let Some(family) = family.filter(|family| !self.off[*family]) {
            self.sums[family] = self.sums[family]
                .saturating_add(weight)
                .min(TABLE.families[family].cap);
        }
    }

    fn verdict(self) -> Verdict {
        let named = TABLE
            .families
            .iter()
            .zip(self.sums)
            .map(|(family, sum)| (family.name, sum));
        let mut families: Vec<(&'static str, u16)> = named.filter(|(_, sum)| *sum > 0).collect();
        families.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
        Verdict {
            score: families.iter().map(|(_, sum)| sum).sum(),
            families,
        }
    }
}
