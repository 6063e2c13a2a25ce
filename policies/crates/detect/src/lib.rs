//! Finds sensitive values in text.
//!
//! One pass looks at blocks of sixteen bytes and stops only where a digit, an `@`, a `:` or a long unbroken word stands:
//! every built-in recogniser needs one of them (`tests` hold that no block is skipped that matters). What is found is
//! checked (check digits, length tables, structure, words around), and overlaps are settled: checked before specific
//! before long. What hides behind look-alike characters, escapes or encodings is looked for in other readings of the text
//! (`view`), and found where it stands.

mod bic;
mod checksum;
mod crypto;
mod custom;
mod dates;
mod email;
mod label;

mod iban;
mod ids;
mod ip;
mod kind;
mod mac;
mod national;
mod numbers;
mod overlap;

mod phone;
mod score;
mod secrets;
mod table;
mod url;
mod view;
mod walk;
mod words;

use std::ops::Range;
use std::sync::Arc;

pub use checksum::luhn;
pub use custom::{Custom, CustomError, Validator};
pub use ids::{has_check, is_valid};
pub use kind::{Builtin, Group, Shape, canonical, parent};
pub use overlap::resolve;
pub use score::{Labelled, Score, Scores, Span, supported};
pub use secrets::kinds as secret_kinds;
pub use view::plain_char;

/// A sensitive value in a text. Never holds the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The entity's name in `data.yaml`.
    pub entity: Arc<str>,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What found it.
    pub rule: &'static str,
    /// How sure it is, in percent.
    pub score: u8,
}

/// The detectors of one bundle.
#[derive(Debug)]
pub struct Detector {
    names: Vec<Arc<str>>,
    on: On,
    rules: Option<ids::Rules>,
    custom: Option<custom::Customs>,
    /// By entity: finds that are less sure are none.
    least: Vec<u8>,
    /// The entities that are credentials.
    credentials: Vec<u16>,
}

/// A find: which entity (its number in the detector), where, and how sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entity's number in the detector.
    pub entity: u16,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// How it stands against others in the same place.
    pub weight: Weight,
    /// How sure it is, in percent.
    pub score: u8,
    /// What found it: `luhn`, `stripe_secret_key`, `pattern`.
    pub rule: &'static str,
}

/// How a find stands against others in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A model or a rule of thumb takes it for one.
    Guess,
    /// Only its surroundings speak for it.
    Context,
    /// Its form speaks for it.
    Form,
    /// A prefix or a structure that nothing else has.
    Specific,
    /// Check digits are right.
    Checked,
}

/// Finds below this are not told, unless an entity asks for more or for less, in percent.
pub const LEAST_SCORE: u8 = 50;
/// A text this long is no single value, and its label says little about what stands in it.
const LABELLED: usize = 512;

/// Which built-in entities are looked for, and under which number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct On([Option<u16>; Builtin::ALL.len()]);

impl On {
    pub(crate) fn get(&self, builtin: Builtin) -> Option<u16> {
        self.0[builtin as usize]
    }
}

impl Detector {
    /// Built-in entities by their number in `names`, and the user's own. `least` has the lowest score of each entity.
    ///
    /// # Errors
    /// If a pattern cannot be read, or all of them together are too large.
    pub fn new(
        names: Vec<Arc<str>>,
        builtins: &[(Builtin, u16)],
        customs: Vec<Custom>,
        least: Vec<u8>,
    ) -> Result<Self, CustomError> {
        let mut on = On([None; Builtin::ALL.len()]);
        for (builtin, number) in builtins {
            on.0[*builtin as usize] = Some(*number);
        }
        let custom = if customs.is_empty() {
            None
        } else {
            Some(custom::Customs::new(customs)?)
        };
        let credentials = builtins
            .iter()
            .filter(|(builtin, _)| builtin.group() == Group::Secrets)
            .map(|(_, number)| *number)
            .collect();
        Ok(Self {
            credentials,
            names,
            rules: ids::Rules::new(&on),
            on,
            custom,
            least,
        })
    }

    /// Whether a word may be found that has no digit, no sign and is short: patterns of a user's own, codes of banks.
    #[must_use]
    pub fn reads_every_word(&self) -> bool {
        self.custom.is_some() || self.on.get(Builtin::Bic).is_some()
    }

    /// Built-in entities alone, by their own names.
    ///
    /// # Panics
    /// Never: without patterns of a user's own there is nothing to compile.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "built-in detectors have no patterns to compile"
    )]
    pub fn of(builtins: &[Builtin]) -> Self {
        let names = builtins
            .iter()
            .map(|builtin| Arc::from(builtin.name()))
            .collect();
        let numbers: Vec<_> = builtins.iter().copied().zip(0..).collect();
        Self::new(
            names,
            &numbers,
            Vec::new(),
            vec![LEAST_SCORE; builtins.len()],
        )
        .expect("nothing to compile")
    }

    /// Every built-in detector at once, whether or not a bundle lists it.
    #[must_use]
    pub fn all_built_in() -> Self {
        Self::of(Builtin::ALL)
    }

    /// The built-in detectors of one type alone, by its canonical name.
    #[must_use]
    pub fn of_type(kind: &str) -> Self {
        let of = |builtin: &&Builtin| {
            canonical(builtin.name()) == kind || parent(builtin.name()) == Some(kind)
        };
        let builtins: Vec<Builtin> = Builtin::ALL.iter().filter(of).copied().collect();
        Self::of(&builtins)
    }

    /// Everything that is found, in the order of the text, without overlaps.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Hit> {
        let mut found = Vec::new();
        self.find(text, &mut found);
        let hit = |found: Found| Hit {
            entity: Arc::clone(&self.names[usize::from(found.entity)]),
            range: found.start..found.end,
            rule: found.rule,
            score: found.score,
        };
        found.into_iter().map(hit).collect()
    }

    /// As [`Self::scan`], into a buffer that is emptied first. Allocates nothing where nothing is found.
    pub fn find(&self, text: &str, out: &mut Vec<Found>) {
        out.clear();
        self.find_in(text, view::DEPTH, out);
        self.find_in_tables(text, out);
        self.settle(out);
    }

    /// As [`Self::find`], for a text that stands under a label: the key of a JSON member, the column of a table. The
    /// label speaks for or against what the text may be, as words before it would.
    pub fn find_labelled(&self, label: &str, text: &str, out: &mut Vec<Found>) {
        let Some(said) = (text.len() <= LABELLED)
            .then(|| label::said(label))
            .flatten()
        else {
            return self.find(text, out);
        };
        out.clear();
        self.find_under(said, text, 0, out);
        self.settle(out);
    }

    /// What stands under what was said; `at` is where the text begins in what is looked at.
    fn find_under(&self, said: String, text: &str, at: usize, out: &mut Vec<Found>) {
        let before = said.len();
        let whole = said + text;
        let from = out.len();
        self.find_in(&whole, view::DEPTH, out);
        let mut kept = from;
        for index in from..out.len() {
            let mut found = out[index];
            if found.end > before {
                found.start = found.start.max(before) - before + at;
                found.end = found.end - before + at;
                out[kept] = found;
                kept += 1;
            }
        }
        out.truncate(kept);
    }

    fn find_in_tables(&self, text: &str, out: &mut Vec<Found>) {
        table::cells(text, |name, cell| {
            if let Some(said) = label::said(name) {
                self.find_under(said, &text[cell.clone()], cell.start, out);
            }
        });
    }

    fn settle(&self, out: &mut Vec<Found>) {
        out.retain(|found| {
            let least = self.least.get(usize::from(found.entity));
            found.score >= least.copied().unwrap_or(LEAST_SCORE)
        });
        if out.len() > 1 {
            overlap::drop_within(out, |entity| self.credentials.contains(&entity));
            overlap::resolve(out);
        }
    }

    fn find_in(&self, text: &str, depth: u8, out: &mut Vec<Found>) {
        let seen = self.find_as_written(text, out);
        let views = view::readings(text, seen.spaced);
        for (index, view) in views.iter().enumerate() {
            for window in view.windows() {
                let from = out.len();
                let inner = self.find_as_written(&view.text[window.clone()], out);
                let mut kept = from;
                for at in from..out.len() {
                    let mut found = out[at];
                    let range = found.start + window.start..found.end + window.start;
                    // What is cut at the window's edge is no value; what is found as it is written, too, is settled later.
                    if !view.is_cut(&window, &range) {
                        // Down through the readings to what is written.
                        let range = views[..=index]
                            .iter()
                            .rev()
                            .fold(range, |range, view| view.original(range));
                        (found.start, found.end) = (range.start, range.end);
                        out[kept] = found;
                        kept += 1;
                    }
                }
                out.truncate(kept);
                for word in inner.long {
                    let range = word.start + window.start..word.end + window.start;
                    if view.is_changed(&(range.start.saturating_sub(1)..range.end + 1)) {
                        let stands = views[..=index]
                            .iter()
                            .rev()
                            .fold(range.clone(), |range, view| view.original(range));
                        self.find_encoded(&view.text[range], stands, depth, out);
                    }
                }
            }
        }
        for word in seen.long {
            self.find_encoded(&text[word.clone()], word, depth, out);
        }
    }

    /// What a long word is an encoding of: found where the whole word stands.
    fn find_encoded(&self, word: &str, stands: Range<usize>, depth: u8, out: &mut Vec<Found>) {
        if depth == 0 {
            return;
        }
        let Some(inner) = view::decoded(word) else {
            self.find_encoded_parts(word, stands, depth, out);
            return;
        };
        let mut found = Vec::new();
        self.find_in(&inner, depth - 1, &mut found);
        self.settle(&mut found);
        if let Some(surest) = found
            .into_iter()
            .max_by_key(|found| (found.weight, found.score))
        {
            out.push(Found {
                start: stands.start,
                end: stands.end,
                weight: Weight::Checked,
                ..surest
            });
        }
    }

    /// The parts of a word that is no encoding as a whole: `x/NDExMT…`, `header.claims`.
    fn find_encoded_parts(
        &self,
        word: &str,
        stands: Range<usize>,
        depth: u8,
        out: &mut Vec<Found>,
    ) {
        let Some(sign) = [['.', '|', '~'].as_slice(), &['/'], &['_', '-']]
            .into_iter()
            .find(|signs| word.contains(*signs))
        else {
            return;
        };
        // A reading that is not as it is written has no finer place than the whole.
        let copied = stands.len() == word.len();
        let mut at = 0;
        for part in word.split(sign) {
            let range = if copied {
                stands.start + at..stands.start + at + part.len()
            } else {
                stands.clone()
            };
            if view::long_enough(part.len()) {
                self.find_encoded(part, range, depth, out);
            }
            at += part.len() + 1;
        }
    }

    fn find_as_written(&self, text: &str, out: &mut Vec<Found>) -> walk::Seen {
        let seen = walk::walk(text, &self.on, self.rules.as_ref(), out);
        if let Some(custom) = &self.custom {
            custom.find(text, out);
        }
        seen
    }
}

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod tests;
