//! Detectors of the user's own: a pattern that is matched in linear time, a validator, and context words.

use regex_automata::meta::Regex;

use super::checksum::{luhn, mod97};
use super::ids::{is_valid, mod_11_10, verhoeff};
use super::{Builtin, Found, Weight};

/// What must hold of a match besides its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validator {
    /// Nothing.
    None,
    /// Luhn's check digit (ISO/IEC 7812-1).
    Luhn,
    /// ISO 7064 mod 97-10, as IBANs have it.
    Mod97,
    /// ISO 7064 mod 11,10.
    Mod11And10,
    /// Verhoeff's check digit.
    Verhoeff,
    /// The rule of a built-in identifier.
    Of(Builtin),
}

impl Validator {
    /// The names of those that are no identifier's.
    pub const NAMES: [&'static str; 5] = ["none", "luhn", "mod97", "mod11_10", "verhoeff"];

    /// The one with this name in `data.yaml`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "luhn" => Self::Luhn,
            "mod97" => Self::Mod97,
            "mod11_10" => Self::Mod11And10,
            "verhoeff" => Self::Verhoeff,
            _ => {
                let builtin = Builtin::by_name(name)?;
                is_valid(builtin, "").map(|_| Self::Of(builtin))?
            }
        })
    }

    /// Every name that [`Self::by_name`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let of_kinds = Builtin::ALL
            .iter()
            .filter(|builtin| is_valid(**builtin, "").is_some());
        Self::NAMES
            .into_iter()
            .chain(of_kinds.map(|builtin| builtin.name()))
    }

    fn accepts(self, value: &str) -> bool {
        let compact = || -> Vec<u8> {
            let kept = value.bytes().filter(u8::is_ascii_alphanumeric);
            kept.map(|byte| byte.to_ascii_uppercase()).collect()
        };
        let digits = || -> Vec<u8> { value.bytes().filter(u8::is_ascii_digit).collect() };
        match self {
            Self::None => true,
            Self::Luhn => digits().len() > 1 && luhn(digits().into_iter()),
            Self::Mod97 => mod97(&compact()),
            Self::Mod11And10 => digits().len() > 1 && mod_11_10(&digits()),
            Self::Verhoeff => digits().len() > 1 && verhoeff(&digits()),
            Self::Of(builtin) => std::str::from_utf8(&compact())
                .is_ok_and(|compact| is_valid(builtin, compact) == Some(true)),
        }
    }
}

/// A pattern of the user's own, and what else must hold of what it matches.
#[derive(Clone, Debug)]
pub struct Custom {
    /// The entity's number in the detector.
    pub entity: u16,
    /// In the language of the crate regex: linear in time, without look-around.
    pub pattern: String,
    /// What must hold of the match.
    pub validator: Validator,
    /// In lower case. Not empty: one of them stands near the match.
    pub context: Vec<String>,
}

/// Why a pattern cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CustomError(String);

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
                        score: 80,
                        rule: "pattern",
                    });
                }
            }
        }
    }
}

impl Custom {
    /// Whether a text holds a value of this kind, context aside.
    ///
    /// # Errors
    /// If the pattern cannot be read.
    pub fn matches(&self, text: &str) -> Result<bool, CustomError> {
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
        self.validator.accepts(value)
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
