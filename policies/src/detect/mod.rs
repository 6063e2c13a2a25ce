//! Finds sensitive values in text.
//!
//! One pass looks at blocks of sixteen bytes and stops only where a digit, an `@` or a long unbroken word stands: every
//! built-in recogniser needs one of them (`tests` hold that no block is skipped that matters). What is found is checked
//! (check digits, length tables, structure), and overlaps are settled: checked before specific before long.

mod checksum;
mod custom;
mod email;
mod entity;
mod fold;
mod generic;
mod iban;
mod ip;
mod numbers;
mod overlap;
mod pem;
mod phone;
mod score;
mod tokens;
mod walk;

use std::ops::Range;
use std::sync::Arc;

pub(crate) use checksum::luhn;
pub(crate) use custom::{Custom, CustomError, Validator};
pub use entity::canonical;
pub(crate) use entity::{Builtin, Shape};
pub use score::{Labelled, Score, Scores, Span, supported};

/// A sensitive value in a text. Never holds the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The entity's name in `data.yaml`.
    pub entity: Arc<str>,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// The detectors of one bundle.
#[derive(Debug)]
pub struct Detector {
    names: Vec<Arc<str>>,
    on: On,
    custom: Option<custom::Customs>,
}

/// A find: which entity (its number in the detector), where, and how sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) entity: u16,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) weight: Weight,
}

/// How a find stands against others in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Only its surroundings speak for it.
    Context,
    /// Its form speaks for it.
    Form,
    /// A prefix or a structure that nothing else has.
    Specific,
    /// Check digits are right.
    Checked,
}

/// Which built-in entities are looked for, and under which number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct On([Option<u16>; Builtin::ALL.len()]);

impl On {
    pub(crate) fn get(&self, builtin: Builtin) -> Option<u16> {
        self.0[builtin as usize]
    }
}

impl Detector {
    /// Built-in entities by their number in `names`, and the user's own.
    pub(crate) fn new(
        names: Vec<Arc<str>>,
        builtins: &[(Builtin, u16)],
        customs: Vec<Custom>,
    ) -> Result<Self, CustomError> {
        let mut on = On::default();
        for (builtin, number) in builtins {
            on.0[*builtin as usize] = Some(*number);
        }
        let custom = if customs.is_empty() {
            None
        } else {
            Some(custom::Customs::new(customs)?)
        };
        Ok(Self { names, on, custom })
    }

    /// Everything that is found, in the order of the text, without overlaps.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Hit> {
        let mut found = Vec::new();
        self.find(text, &mut found);
        let hit = |found: Found| Hit {
            entity: Arc::clone(&self.names[usize::from(found.entity)]),
            range: found.start..found.end,
        };
        found.into_iter().map(hit).collect()
    }

    /// As [`Self::scan`], into a buffer that is emptied first. Allocates nothing where nothing is found.
    pub(crate) fn find(&self, text: &str, out: &mut Vec<Found>) {
        out.clear();
        self.find_in(text, out);
        if let Some(folded) = fold::fold(text) {
            let from = out.len();
            self.find_in(&folded.text, out);
            for found in &mut out[from..] {
                (found.start, found.end) = folded.original(found.start, found.end);
            }
        }
        if out.len() > 1 {
            overlap::resolve(out);
        }
    }

    fn find_in(&self, text: &str, out: &mut Vec<Found>) {
        walk::walk(text, &self.on, out);
        if let Some(custom) = &self.custom {
            custom.find(text, out);
        }
    }
}

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod tests;
