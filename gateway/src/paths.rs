//! Where things lie in the data folder.

use std::path::{Path, PathBuf};

/// Keys, budgets, logins: what survives a restart.
pub(crate) fn state(data: &Path) -> PathBuf {
    data.join("state")
}

/// The process that serves now.
pub(crate) fn pid_file(data: &Path) -> PathBuf {
    data.join("marshal.pid")
}

/// By which listeners are handed over to a new process.
pub(crate) fn handover_socket(data: &Path) -> PathBuf {
    data.join("handover.sock")
}

/// The key that signs the audit trail's checkpoints, in the state folder.
pub(crate) const SIGNING_KEY: &str = "audit-signing-key";

/// Root of the keys from which surrogates are made, in the state folder.
pub(crate) const SURROGATE_ROOT: &str = "surrogate-root";
