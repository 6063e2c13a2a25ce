//! How well the detectors do on labelled texts: what is right, missed and wrong, by type.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::kind::{Builtin, canonical};
use super::{Hit, parent};

/// A labelled text.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// The text.
    pub text: &'a str,
    /// Where values stand, in bytes, with their types by canonical name.
    pub spans: &'a [Span],
    /// The one type that the text is about: finds of others are not judged.
    pub about: Option<&'a str>,
}

/// A labelled value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// Its type.
    pub kind: String,
    /// Whether it speaks for itself. A weak one need not be found, and may be.
    pub weak: bool,
}

/// Counts of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Values of which nothing stayed outside of a find, blanks and quotes at their ends aside.
    pub right: u64,
    /// Values that were not found whole.
    pub missed: u64,
    /// Finds where no value of any type stands.
    pub wrong: u64,
}

/// Counts by type, with what was missed and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// By canonical name.
    pub types: BTreeMap<String, Score>,
    /// For whoever improves a detector: `missed` or `wrong`, the type, and where. Empty unless asked for.
    pub examples: Vec<(&'static str, String, Range<usize>)>,
    /// Types that are found by something else than a built-in detector, and judged as well.
    pub also: BTreeSet<&'static str>,
}

/// The types that some built-in detector finds, by canonical name.
#[must_use]
pub fn supported(kind: &str) -> bool {
    Builtin::ALL
        .iter()
        .any(|builtin| canonical(builtin.name()) == kind)
}

/// The place without the blanks and quotes at its ends: those are nobody's secret.
fn inner(text: &str, range: &Range<usize>) -> Range<usize> {
    let quote = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let value = &text[range.clone()];
    let start = range.start + (value.len() - value.trim_start_matches(quote).len());
    start..(start + value.trim_matches(quote).len()).max(start)
}

/// Whether a find of one kind is one of another: of itself, or of the more general one.
fn is_of(found: &str, labelled: &str) -> bool {
    found == labelled || parent(found) == Some(labelled)
}

impl Scores {
    /// Judges what was found in a text. Labelled types that no built-in detector finds are passed over.
    pub fn judge(&mut self, labelled: &Labelled<'_>, hits: &[Hit]) {
        let mut expected: Vec<&Span> = labelled
            .spans
            .iter()
            .filter(|span| !span.weak && (supported(&span.kind) || self.also.contains(&*span.kind)))
            .collect();
        for hit in hits {
            let kind = canonical(&hit.entity);
            let covers = |span: &&Span| {
                let inner = inner(labelled.text, &span.range);
                is_of(kind, &span.kind)
                    && hit.range.start <= inner.start
                    && inner.end <= hit.range.end
            };
            // One find may cover several values of its type: a list of cards, a secret within an address.
            let mut covered = 0;
            expected.retain(|span| {
                let is_covered = covers(span);
                if is_covered {
                    covered += 1;
                    self.types.entry(span.kind.clone()).or_default().right += 1;
                }
                !is_covered
            });
            if covered > 0 {
                continue;
            }
            let stands = |span: &Span| {
                is_of(kind, &span.kind)
                    && span.range.start < hit.range.end
                    && hit.range.start < span.range.end
            };
            let judged = labelled.about.is_none_or(|about| about == kind);
            if judged && !labelled.spans.iter().any(stands) {
                self.types.entry(kind.to_owned()).or_default().wrong += 1;
                self.examples
                    .push(("wrong", kind.to_owned(), hit.range.clone()));
            }
        }
        for span in expected {
            self.types.entry(span.kind.clone()).or_default().missed += 1;
            self.examples
                .push(("missed", span.kind.clone(), span.range.clone()));
        }
    }

    /// All types together.
    #[must_use]
    pub fn overall(&self) -> Score {
        self.types
            .values()
            .fold(Score::default(), |sum, one| Score {
                right: sum.right + one.right,
                missed: sum.missed + one.missed,
                wrong: sum.wrong + one.wrong,
            })
    }
}
