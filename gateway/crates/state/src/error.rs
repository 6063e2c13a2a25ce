//! What can go wrong with the state folder, in sentences that say what to do.

use std::path::PathBuf;

use marshal_types::KeyId;

/// A change or a look at the state folder that failed.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The operating system refused.
    #[error("{} cannot be {doing}; check that the folder exists, has space and belongs to this user", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a past participle: `read`, `written`.
        doing: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// A file is there but does not hold what Marshal wrote.
    #[error("{} is damaged: {why}; restore it from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it. Never the content.
        why: String,
    },
    /// A field of a new key is not acceptable.
    #[error("the key's {field} {why}")]
    Invalid {
        /// The field's name.
        field: &'static str,
        /// What is wrong and what to write instead.
        why: &'static str,
    },
    /// No key has that id.
    #[error("there is no key {id}; `marshal key list` shows those there are")]
    NoSuchKey {
        /// The id that was asked for.
        id: KeyId,
    },
}

impl StateError {
    /// For `map_err`: what was tried with which file.
    pub fn io(
        path: impl Into<PathBuf>,
        doing: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            path,
            doing,
            source,
        }
    }
}
