//! What can go wrong, in sentences that say what to do.

use std::path::PathBuf;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one this generator may load.
    #[error(
        "{url} is not a loopback address; the load generator only loads this machine: use 127.0.0.1, [::1] or localhost"
    )]
    NotLoopback {
        /// As the user wrote it.
        url: String,
    },
    /// The address cannot be understood.
    #[error("{url} is not a usable address: {why}")]
    BadUrl {
        /// As the user wrote it.
        url: String,
        /// What is missing or wrong.
        why: &'static str,
    },
    /// An option is outside of its bounds.
    #[error("{option} is {value}, but must be {must}")]
    OutOfBounds {
        /// The option's name, with its dashes.
        option: &'static str,
        /// What was given.
        value: String,
        /// The bounds, in words.
        must: String,
    },
    /// A file or a socket failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A recording cannot be read.
    #[error("{}:{line}: {why}", file.display())]
    Cassette {
        /// The cassette file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing to replay.
    #[error("no recordings found under {} for {wanted}; set --shared to the folder that holds cassettes/", dir.display())]
    NoCassettes {
        /// Where was looked.
        dir: PathBuf,
        /// Which providers and APIs were asked for.
        wanted: String,
    },
    /// A side-by-side run cannot go on.
    #[error("{0}")]
    Bench(String),
}

impl Error {
    /// An I/O failure with what was being done when it happened.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
