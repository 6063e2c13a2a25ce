//! The key that signs the audit trail's checkpoints: made at the first start, kept in one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_audit::proof::Signer;
use marshal_config::Config;
use marshal_state::write_atomic;
use marshal_types::random_bytes;
use zeroize::Zeroizing;

use crate::assemble::chain;
use crate::paths;

/// Where the key lies.
pub(crate) fn key_file(config: &Config) -> PathBuf {
    let own = paths::state(&config.data_dir).join(paths::SIGNING_KEY);
    config.audit.signing_key.clone().unwrap_or(own)
}

/// The key; made if its file is not there.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn signer(config: &Config) -> Result<Arc<Signer>, String> {
    let file = key_file(config);
    if let Some(signer) = read(&file)? {
        return Ok(Arc::new(signer));
    }
    let seed = Zeroizing::new(random_bytes::<32>());
    let (folder, name) = file
        .parent()
        .zip(file.file_name().and_then(|name| name.to_str()))
        .ok_or_else(|| format!("audit.signing_key: {} names no file", file.display()))?;
    write_atomic(folder, name, STANDARD.encode(seed.as_slice()).as_bytes())
        .map_err(|error| chain(&error))?;
    Signer::from_seed(&*seed)
        .map(Arc::new)
        .ok_or_else(|| "no key could be made".to_owned())
}

/// The key of a file; `None` if there is no file.
///
/// # Errors
/// A sentence if the file holds no key: another is not made over it.
pub(crate) fn read(file: &Path) -> Result<Option<Signer>, String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    let seed = STANDARD.decode(text.trim()).map(Zeroizing::new).ok();
    seed.and_then(|seed| Signer::from_seed(&seed))
        .map(Some)
        .ok_or_else(|| {
            format!(
                "{} holds no signing key: 32 bytes in base64; move it away to have a new one made",
                file.display()
            )
        })
}
