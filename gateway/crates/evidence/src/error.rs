//! Why there is no report.

use std::io;
use std::path::PathBuf;

use marshal_types::Timestamp;

/// What keeps a report from being made. What is wrong *in* a trail is no error: the report says it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The period holds nothing.
    #[error("the period ends at {to}, which is not after {from}, where it begins")]
    Period {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// The folder holds no chain.
    #[error("no audit trail is in {}", folder.display())]
    NoTrail {
        /// The folder that was given.
        folder: PathBuf,
    },
    /// A folder or file of the trail cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
