//! What can go wrong, for callers and for operators.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use marshal_types::{Code, Failure, Fault};

/// Why a record is not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The disk failed; the trail tries again by itself.
    #[error("the audit trail cannot be written; see the log for the disk's error")]
    Unavailable,
    /// The disk is full; what remains is kept for refusals and endings.
    #[error(
        "the disk with the audit trail is full; free some space and calls resume by themselves"
    )]
    Full,
    /// More records wait than the trail takes.
    #[error("the audit trail is behind; the disk is too slow for the load")]
    Behind,
    /// The trail was closed.
    #[error("the audit trail is closed; the gateway is stopping")]
    Closed,
}

impl Failure for SinkError {
    fn code(&self) -> Code {
        Code::AuditUnavailable
    }

    fn public(&self) -> Cow<'static, str> {
        "The audit trail cannot be written at the moment, so no call goes out. Try again later."
            .into()
    }

    fn fault(&self) -> Fault {
        self.code().fault()
    }
}

/// Why the trail cannot be opened for writing.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The instance's name cannot be a folder's.
    #[error(
        "{instance:?} cannot name a folder of the audit trail; use letters, digits, dots, dashes and underscores"
    )]
    BadInstance {
        /// As given.
        instance: String,
    },
    /// The folder is there already.
    #[error("{} exists already; every start needs a new instance name", folder.display())]
    InstanceTaken {
        /// The chain's folder.
        folder: PathBuf,
    },
    /// Reading earlier chains failed.
    #[error("the audit trail in {} cannot be read; check the folder's owner and rights", folder.display())]
    Unreadable {
        /// The trail's folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing the first records failed.
    #[error("the audit trail in {} cannot be written; check free space, owner and rights", folder.display())]
    Unwritable {
        /// The chain's folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}
