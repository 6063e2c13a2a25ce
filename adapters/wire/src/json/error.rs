//! Why a body is not accepted as JSON, in sentences that a client may read.

use marshal_types::{Code, Refusal};

/// What is wrong with a body, and where. Offsets are in bytes from the body's start.
///
/// No message repeats what the body says, except the name of a key that stands twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The bytes are not UTF-8.
    #[error(
        "The body is not UTF-8: the byte at offset {offset} begins no valid character. Send JSON encoded as UTF-8."
    )]
    InvalidUtf8 {
        /// Where the first wrong byte stands.
        offset: usize,
    },
    /// The text is not JSON.
    #[error("The body is not valid JSON: {what} (at byte {offset}).")]
    Syntax {
        /// Where reading stopped.
        offset: usize,
        /// What was expected or is not allowed there.
        what: &'static str,
    },
    /// An object names a key twice, so two readers could see two different requests.
    #[error(
        "The body names `{path}` twice (again at byte {offset}). Send each key of an object once."
    )]
    DuplicateKey {
        /// Where the key stands the second time.
        offset: usize,
        /// The key, with the way to it; shortened if it is long.
        path: String,
    },
    /// Containers within containers beyond the limit.
    #[error("The body nests deeper than {limit} levels (at byte {offset}). Flatten it.")]
    TooDeep {
        /// Where the first container too many opens.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// More values than the limit.
    #[error("The body holds more than {limit} JSON values (at byte {offset}). Send less at once.")]
    TooManyNodes {
        /// Where the first value too many starts.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// More bytes than an index can address.
    #[error("The body is larger than 4 GiB. Send less at once.")]
    TooLong,
}

impl JsonError {
    /// The stable code of this failure.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::InvalidUtf8 { .. } => Code::InvalidUtf8,
            Self::Syntax { .. } => Code::InvalidJson,
            Self::DuplicateKey { .. } => Code::DuplicateKey,
            Self::TooDeep { .. } => Code::NestingTooDeep,
            Self::TooManyNodes { .. } | Self::TooLong => Code::BodyTooLarge,
        }
    }

    /// The same as a refusal of the call.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let refusal = Refusal::new(self.code(), self.to_string());
        match self {
            Self::DuplicateKey { path, .. } => refusal.param(path.clone()),
            _ => refusal,
        }
    }
}
