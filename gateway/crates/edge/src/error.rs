//! What can keep the edge from starting.

use std::path::PathBuf;

/// Why the gateway cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// Someone else has the port.
    #[error(
        "{address} is taken by another process: stop it, or choose another address with {setting}"
    )]
    AddressTaken {
        /// The address that was asked for.
        address: String,
        /// The setting that changes it.
        setting: &'static str,
    },
    /// The address cannot be bound for another reason.
    #[error("cannot listen on {address}; check {setting}")]
    CannotBind {
        /// The address that was asked for.
        address: String,
        /// The setting that changes it.
        setting: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A TLS file is missing or not what it should be.
    #[error("tls: {file}: {problem}")]
    Tls {
        /// The file.
        file: PathBuf,
        /// What is wrong with it and what to write instead.
        problem: String,
    },
}
