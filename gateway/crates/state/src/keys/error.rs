//! Why a key lets nobody in.

use std::borrow::Cow;

use marshal_types::{Code, Failure, Fault};

/// Why a presented key does not let its bearer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not of the form of a Marshal key, or its checksum is wrong.
    #[error("the text is not a Marshal key")]
    Malformed,
    /// No such key, or not its secret.
    #[error("no such key is known")]
    Unknown,
    /// The key was good until it was revoked.
    #[error("the key was revoked")]
    Revoked,
    /// The key was good until its time was over.
    #[error("the key has expired")]
    Expired,
}

impl Failure for KeyError {
    fn code(&self) -> Code {
        match self {
            Self::Malformed | Self::Unknown | Self::Expired => Code::InvalidCredential,
            Self::Revoked => Code::RevokedCredential,
        }
    }

    fn public(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Malformed => {
                "The API key is not a Marshal key (mk_...), or a character of it is wrong or missing. Copy it again, or ask for a new one."
            }
            Self::Unknown => "The API key is not known here. Ask for a new one.",
            Self::Revoked => "The API key was revoked. Ask for a new one.",
            Self::Expired => "The API key has expired. Ask for a new one.",
        })
    }

    fn fault(&self) -> Fault {
        self.code().fault()
    }
}
