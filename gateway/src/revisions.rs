//! Every bundle that was in force is kept, by its digest: records name the digest of the bundle that decided.

use std::path::{Path, PathBuf};

use marshal_policies::Bundle;
use marshal_state::write_atomic;

use crate::assemble::chain;

/// Where bundles are kept: one JSON file each, the text of every file by its name.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("revisions")
}

/// Keeps a bundle, unless it is kept already.
///
/// # Errors
/// A sentence if it cannot be written.
pub(crate) fn keep(data: &Path, bundle: &Bundle) -> Result<(), String> {
    let name = format!("{}.json", bundle.digest());
    let folder = folder(data);
    if folder.join(&name).exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let files = serde_json::to_vec(bundle.files()).map_err(|error| error.to_string())?;
    write_atomic(&folder, &name, &files).map_err(|error| chain(&error))
}
