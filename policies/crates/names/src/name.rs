//! What is found: a stretch of the text and its kind.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The kind of a name, as the model calls it: `PERSON`, `ORG`, `GPE`, `DATE`, ...
///
/// All names of one kind share one string; a clone copies no text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(Arc<str>);

impl Label {
    pub(crate) fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The label's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One named entity: `text[start..end]`, never empty, always on character boundaries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What the name stands for.
    pub label: Label,
}
