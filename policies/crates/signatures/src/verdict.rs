//! What goes in beside a text, and what comes out.

use crate::table::TABLE;

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A person who talks to the model: patterns for documents are left out.
    User,
    /// A document, page, mail or the answer of a tool: commands in it are suspicious in themselves.
    Document,
    /// Not known: the text counts as a document if it looks like one or speaks of one that it holds.
    Auto,
}

/// How little is enough to flag a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// Several signatures together: next to no false alarms.
    Low,
    /// One strong signature.
    Medium,
    /// A weaker one, or two weak ones.
    High,
}

impl Sensitivity {
    /// The score from which a text is flagged.
    pub fn threshold(self) -> u16 {
        let [low, medium, high] = TABLE.thresholds;
        match self {
            Sensitivity::Low => low,
            Sensitivity::Medium => medium,
            Sensitivity::High => high,
        }
    }
}

/// What a scan found. Names families only and holds nothing of the text, so it may be logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The sum over the families.
    pub score: u16,
    /// The families that matched, with what each adds, the weightiest first.
    pub families: Vec<(&'static str, u16)>,
}

impl Verdict {
    /// The score reaches the threshold of `sensitivity`.
    pub fn is_flagged(&self, sensitivity: Sensitivity) -> bool {
        self.score >= sensitivity.threshold()
    }
}
