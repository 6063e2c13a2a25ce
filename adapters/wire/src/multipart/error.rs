//! Why a form is not accepted, in words that a client may read.

use marshal_types::{Code, Refusal};

/// What is wrong with a form, and where. Offsets are in bytes from the body's start.
///
/// No message repeats what the form says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The boundary is not one.
    #[error("the boundary is not 1 to 70 of the characters that RFC 2046 allows")]
    Boundary,
    /// The body does not begin with a part.
    #[error("it does not start with its boundary")]
    Start,
    /// The closing boundary lacks, so a part may be cut short.
    #[error("it ends without its closing boundary; send it whole")]
    Unclosed,
    /// Bytes that belong to no part.
    #[error("something follows its closing boundary (at byte {offset})")]
    Trailing {
        /// Where they start.
        offset: usize,
    },
    /// A line that some readers take for the boundary and others for content.
    #[error(
        "a line begins like the boundary and is none (at byte {offset}); choose another boundary"
    )]
    Ambiguous {
        /// Where the line starts.
        offset: usize,
    },
    /// A part's header breaks the rules.
    #[error("{what} (at byte {offset})")]
    Header {
        /// Where.
        offset: usize,
        /// What is wrong, and what to write instead.
        what: &'static str,
    },
    /// More parts than [`MAX_PARTS`](super::MAX_PARTS).
    #[error("it has more than {limit} parts; send less at once")]
    TooManyParts {
        /// The limit.
        limit: usize,
    },
    /// A part's header is longer than [`MAX_HEADER`](super::MAX_HEADER).
    #[error("a part's header is longer than {limit} bytes (at byte {offset})")]
    HeaderTooLong {
        /// Where the header starts.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// A new value that would end its part.
    #[error("a new value contains the boundary")]
    BoundaryInValue,
}

impl MultipartError {
    /// The stable code of this failure.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::TooManyParts { .. } | Self::HeaderTooLong { .. } => Code::BodyTooLarge,
            _ => Code::InvalidRequest,
        }
    }

    /// The same as a refusal of the call.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::new(self.code(), format!("The form cannot be read: {self}."))
    }
}
