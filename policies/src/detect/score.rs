//! How well the detectors do on labelled texts: what is right, missed and wrong, by type.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::canonical;
use super::entity::Builtin;
use super::{Detector, Hit};

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
    /// Values of which nothing stayed outside of a find.
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
}

impl Detector {
    /// Every built-in detector at once, whether or not a bundle lists it.
    ///
    /// # Panics
    /// Never: without patterns of a user's own there is nothing to compile.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "built-in detectors have no patterns to compile"
    )]
    pub fn all_built_in() -> Self {
        let names = Builtin::ALL
            .iter()
            .map(|builtin| Arc::from(builtin.name()))
            .collect();
        let numbers: Vec<_> = Builtin::ALL.iter().copied().zip(0..).collect();
        Self::new(names, &numbers, Vec::new()).expect("nothing to compile")
    }
}

/// The types that some built-in detector finds, by canonical name.
#[must_use]
pub fn supported(kind: &str) -> bool {
    Builtin::ALL
        .iter()
        .any(|builtin| canonical(builtin.name()) == kind)
}

impl Scores {
    /// Judges what was found in a text. Labelled types that no built-in detector finds are passed over.
    pub fn judge(&mut self, labelled: &Labelled<'_>, hits: &[Hit]) {
        let mut expected: Vec<&Span> = labelled
            .spans
            .iter()
            .filter(|span| !span.weak && supported(&span.kind))
            .collect();
        for hit in hits {
            let kind = canonical(&hit.entity);
            let covers = |span: &&Span| {
                span.kind == kind
                    && hit.range.start <= span.range.start
                    && span.range.end <= hit.range.end
            };
            // One find may cover several values of its type: a list of cards, a secret within an address.
            let before = expected.len();
            let score = self.types.entry(kind.to_owned()).or_default();
            expected.retain(|span| !covers(span));
            let covered = before - expected.len();
            if covered > 0 {
                score.right += covered as u64;
                continue;
            }
            let stands = |span: &Span| {
                span.kind == kind
                    && span.range.start < hit.range.end
                    && hit.range.start < span.range.end
            };
            let judged = labelled.about.is_none_or(|about| about == kind);
            if judged && !labelled.spans.iter().any(stands) {
                score.wrong += 1;
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
