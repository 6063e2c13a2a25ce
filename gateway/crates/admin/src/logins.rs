//! One-time logins: a link that works once, within a day, even if another process printed it.
//!
//! Each is a file named by the SHA-256 of its token, so the folder gives no one a login. To use one is to remove its
//! file, which only one can do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use marshal_state::{StateError, private_dir, write_atomic};
use marshal_types::{Clock, Digest, Secret, Timestamp, random_bytes};
use ring::digest::{SHA256, digest};

const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// 32 bytes in base64 without padding.
const LENGTH: usize = 43;

/// Why a token does not sign anyone in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// It was used, is older than a day, or never was a login.
    #[error("this login was used already, has expired, or is not one")]
    Invalid,
    /// The folder failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The logins of one folder.
#[derive(Debug)]
pub struct Logins {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Logins {
    /// Opens the folder, making it if needed.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StateError> {
        private_dir(dir)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            clock,
        })
    }

    /// Makes a login that works once within 24 hours, and removes those that are too old. The address to print is
    /// `http://HOST:PORT/login?token=TOKEN`.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn issue(&self) -> Result<Secret, StateError> {
        self.remove_expired();
        let token = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let until = self.clock.now().plus(LIFE).as_micros().to_string();
        write_atomic(&self.dir, &name(&token), until.as_bytes())?;
        Ok(Secret::new(token))
    }

    /// Uses a login up. Of any number that try, one succeeds.
    ///
    /// # Errors
    /// [`LoginError::Invalid`], or the folder's failure.
    pub fn consume(&self, token: &str) -> Result<(), LoginError> {
        if !is_well_formed(token) {
            return Err(LoginError::Invalid);
        }
        let path = self.dir.join(name(token));
        let until = until(&path);
        match fs::remove_file(&path) {
            Ok(()) if until.is_some_and(|until| until > self.clock.now()) => Ok(()),
            Ok(()) => Err(LoginError::Invalid),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(LoginError::Invalid),
            Err(error) => Err(LoginError::State(StateError::io(path, "removed")(error))),
        }
    }

    fn remove_expired(&self) {
        let now = self.clock.now();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if until(&path).is_some_and(|until| until <= now) {
                // Another process may have been quicker; then it is gone all the same.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Whether a text could be a token: what may stand in a page.
pub(crate) fn is_well_formed(token: &str) -> bool {
    token.len() == LENGTH
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

pub(crate) fn sha256(text: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    Digest(bytes)
}

fn name(token: &str) -> String {
    sha256(token).to_string()
}

fn until(path: &Path) -> Option<Timestamp> {
    let text = fs::read_to_string(path).ok()?;
    text.parse().ok().map(Timestamp::from_micros)
}
