//! What can be wrong with a model directory: always which file, and what about it.

use std::path::{Path, PathBuf};

/// Why a model directory was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is missing, too large or cannot be read.
    #[error("{}: cannot be read", file.display())]
    Unreadable {
        /// The file as it was opened.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The bytes are not in the format that the file should have.
    #[error("{}: damaged: {reason}", file.display())]
    Damaged {
        /// The file as it was opened.
        file: PathBuf,
        /// What is wrong, and where in the file as far as it is known.
        reason: String,
    },
    /// The file is well-formed, but describes something that this crate does not run.
    #[error("{}: not supported: {reason}", file.display())]
    Unsupported {
        /// The file as it was opened.
        file: PathBuf,
        /// What was found, and what is needed instead.
        reason: String,
    },
}

impl LoadError {
    pub(crate) fn unreadable(file: &Path, source: std::io::Error) -> Self {
        Self::Unreadable {
            file: file.to_path_buf(),
            source,
        }
    }

    pub(crate) fn damaged(file: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_path_buf(),
            reason: reason.into(),
        }
    }

    pub(crate) fn unsupported(file: &Path, reason: impl Into<String>) -> Self {
        Self::Unsupported {
            file: file.to_path_buf(),
            reason: reason.into(),
        }
    }

    /// The file that was refused.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Self::Unreadable { file, .. }
            | Self::Damaged { file, .. }
            | Self::Unsupported { file, .. } => file,
        }
    }
}
