//! Detectors of the user's own: a pattern that is matched in linear time, a validator, and context words.

use regex_automata::meta::Regex;

use super::checksum::{luhn, mod97};
use super::{Found, Weight};

/// What must hold of a match besides its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validator {
    None,
    Luhn,
    Mod97,
}

#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) entity: u16,
    pub(crate) pattern: String,
    pub(crate) validator: Validator,
    /// In lower case. Not empty: one of them stands near the match.
    pub(crate) context: Vec<String>,
}

/// Why a pattern cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CustomError(String);

#[derive(Debug)]
pub(super) struct Customs {
    /// Asked first: most texts match none.
    any: Regex,
    each: Vec<(Custom, Regex)>,
}

/// Bytes around a match in which a context word counts.
const NEAR: usize = 80;
const MAX_PROGRAM: usize = 1 << 20;

impl Customs {
    pub(super) fn new(customs: Vec<Custom>) -> Result<Self, CustomError> {
        let patterns: Vec<&str> = customs.iter().map(|custom| &*custom.pattern).collect();
        let any = Regex::builder()
            .build_many(&patterns)
            .map_err(|error| CustomError(error.to_string()))?;
        let each = customs
            .into_iter()
            .map(|custom| compile(&custom.pattern).map(|regex| (custom, regex)));
        Ok(Self {
            any,
            each: each.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn find(&self, text: &str, out: &mut Vec<Found>) {
        if !self.any.is_match(text) {
            return;
        }
        for (custom, regex) in &self.each {
            for found in regex.find_iter(text).filter(|found| !found.is_empty()) {
                if custom.accepts(text, found.start(), found.end()) {
                    let weight = if custom.validator == Validator::None {
                        Weight::Specific
                    } else {
                        Weight::Checked
                    };
                    out.push(Found {
                        entity: custom.entity,
                        start: found.start(),
                        end: found.end(),
                        weight,
                    });
                }
            }
        }
    }
}

impl Custom {
    /// Whether the whole text is a value of this kind, context aside.
    pub(crate) fn matches(&self, text: &str) -> Result<bool, CustomError> {
        let regex = compile(&self.pattern)?;
        let found = regex
            .find_iter(text)
            .any(|found| !found.is_empty() && self.valid(&text[found.range()]));
        Ok(found)
    }

    fn accepts(&self, text: &str, start: usize, end: usize) -> bool {
        self.valid(&text[start..end])
            && (self.context.is_empty() || self.has_context(text, start, end))
    }

    fn valid(&self, value: &str) -> bool {
        match self.validator {
            Validator::None => true,
            Validator::Luhn => {
                let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).collect();
                digits.len() > 1 && luhn(digits.into_iter())
            }
            Validator::Mod97 => {
                let characters: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
                mod97(&characters)
            }
        }
    }

    fn has_context(&self, text: &str, start: usize, end: usize) -> bool {
        let from = text.floor_char_boundary(start.saturating_sub(NEAR));
        let to = text.ceil_char_boundary((end + NEAR).min(text.len()));
        let near = text[from..to].to_lowercase();
        self.context.iter().any(|word| near.contains(&**word))
    }
}

/// # Errors
/// What is wrong with the pattern. Look-around and back-references are not part of the language: it is linear-time.
pub(crate) fn compile(pattern: &str) -> Result<Regex, CustomError> {
    let config = Regex::config().nfa_size_limit(Some(MAX_PROGRAM));
    let built = Regex::builder().configure(config).build(pattern);
    built.map_err(|error| {
        let syntax = error.syntax_error().map(ToString::to_string);
        CustomError(syntax.unwrap_or_else(|| error.to_string()))
    })
}
