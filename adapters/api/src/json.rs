//! A JSON value kept as its own text.

use marshal_wire::json::{Doc, NodeId, write_str};

/// JSON source text, so that numbers, key order and spacing stay as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Json(Box<str>);

impl Json {
    /// From text that is known to be JSON.
    #[must_use]
    pub fn from_source(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The value at `node`, verbatim.
    #[must_use]
    pub fn of(doc: Doc<'_>, node: NodeId) -> Self {
        // An index holds validated UTF-8 and nodes end at ASCII bytes, so the lossy copy loses nothing.
        Self(
            String::from_utf8_lossy(doc.raw(node))
                .into_owned()
                .into_boxed_str(),
        )
    }

    /// A JSON string that says `text`.
    #[must_use]
    pub fn string(text: &str) -> Self {
        let mut out = Vec::with_capacity(text.len() + 2);
        write_str(&mut out, text);
        Self(String::from_utf8_lossy(&out).into_owned().into_boxed_str())
    }

    /// The source text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for `null`, `[]`, `{}` and `""`: what is dropped without anyone missing it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let text = self.0.trim();
        if matches!(text, "null" | "\"\"") {
            return true;
        }
        let inner = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .or_else(|| {
                text.strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'))
            });
        inner.is_some_and(|inner| inner.trim().is_empty())
    }
}
