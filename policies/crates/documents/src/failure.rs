//! Why no text was taken out of a document.

/// Why no text was taken out of a document. Never holds anything of the document itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The document is broken, or built to be read in two ways.
    #[error("the document cannot be read: {why}")]
    Unreadable {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The document is over a limit.
    #[error("the document is over the limit of {limit}")]
    TooLarge {
        /// Which limit, in words.
        limit: &'static str,
    },
    /// The document is encrypted.
    #[error("the document is encrypted")]
    Encrypted,
    /// The document holds pictures alone.
    #[error("the document holds pictures and no text")]
    NoText,
    /// No reader for documents of this type.
    #[error("no reader for documents of this type")]
    Unsupported,
}

impl Failure {
    /// A broken document.
    pub(crate) const fn unreadable(why: &'static str) -> Self {
        Self::Unreadable { why }
    }
}
