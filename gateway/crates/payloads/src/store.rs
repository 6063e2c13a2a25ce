//! The store as its users hold it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_types::{Clock, random_bytes};
use parking_lot::Mutex;
use ring::aead::LessSafeKey;
use zeroize::Zeroizing;

use crate::holds::{self, Hold, Scope};
use crate::keys::{KeyName, Master, Stamp, Subject, SubjectId, write_new};
use crate::write::Writer;

/// Why payloads cannot be kept, read or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum PayloadsError {
    /// A file.
    #[error("{} cannot be {what}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was to be done with it.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Something is not as it was written.
    #[error("{0}")]
    Wrong(String),
    /// The disk does not keep up.
    #[error("the disk that payloads are written to does not keep up")]
    Behind,
}

impl PayloadsError {
    pub(crate) fn io(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, what, source }
    }
}

/// The payloads of a data folder.
pub struct Payloads {
    pub(crate) payloads: PathBuf,
    pub(crate) keys: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) master: Master,
    pub(crate) clock: Arc<dyn Clock>,
    /// Keys in use, each with what its file was known by; a key that is destroyed leaves it first.
    pub(crate) known: Mutex<HashMap<KeyName, (Stamp, Arc<LessSafeKey>)>>,
    /// Held while a key is made, read from its file or destroyed.
    pub(crate) making: Mutex<()>,
    pub(crate) writer: Writer,
}

impl std::fmt::Debug for Payloads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payloads")
            .field("payloads", &self.payloads)
            .finish_non_exhaustive()
    }
}

impl Payloads {
    /// As [`Payloads::open`], but only if a key was ever made: whoever only reads leaves nothing behind.
    ///
    /// # Errors
    /// [`PayloadsError`] if its key cannot be had.
    pub fn open_existing(
        data: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<Self>>, PayloadsError> {
        let made = data.join("state").join("payload-key").exists();
        made.then(|| Self::open(data, "read", clock)).transpose()
    }

    /// The payloads of a data folder. `run` names this process's files.
    ///
    /// # Errors
    /// [`PayloadsError`] if its key cannot be had.
    pub fn open(data: &Path, run: &str, clock: Arc<dyn Clock>) -> Result<Arc<Self>, PayloadsError> {
        let state = data.join("state");
        let secret = secret(&state)?;
        let master = Master::of(&secret).ok_or_else(|| {
            PayloadsError::Wrong("no key could be made of state/payload-key".into())
        })?;
        let payloads = data.join("payloads");
        Ok(Arc::new(Self {
            writer: Writer::start(payloads.clone(), run.to_owned(), clock.clone()),
            payloads,
            keys: data.join("payload-keys"),
            state,
            master,
            clock,
            known: Mutex::default(),
            making: Mutex::default(),
        }))
    }

    /// Whether payloads are written: the disk answers.
    #[must_use]
    pub fn healthy(&self) -> bool {
        !self.writer.is_stalled(&*self.clock)
    }

    /// A subject's name in files and records.
    #[must_use]
    pub fn id(&self, subject: &Subject) -> SubjectId {
        self.master.id(subject)
    }

    /// What a hold on all of a tenant is about.
    #[must_use]
    pub fn tenant(&self, tenant: &str) -> Scope {
        Scope::Tenant(self.master.tenant(tenant))
    }

    /// Holds that are in force or were and have not been released.
    ///
    /// # Errors
    /// [`PayloadsError`] if they cannot be read.
    pub fn holds(&self) -> Result<Vec<Hold>, PayloadsError> {
        holds::read(&self.state).map_err(PayloadsError::Wrong)
    }

    /// Adds a hold, or changes the one of its name.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn hold(&self, hold: Hold) -> Result<(), PayloadsError> {
        let mut all = self.holds()?;
        all.retain(|one| one.name != hold.name);
        all.push(hold);
        self.write_holds(&all)
    }

    /// Releases the hold of a name; gives it, if there is one.
    ///
    /// # Errors
    /// [`PayloadsError`].
    pub fn release(&self, name: &str) -> Result<Option<Hold>, PayloadsError> {
        let mut all = self.holds()?;
        let Some(at) = all.iter().position(|one| one.name == name) else {
            return Ok(None);
        };
        let released = all.remove(at);
        self.write_holds(&all)?;
        Ok(Some(released))
    }

    fn write_holds(&self, all: &[Hold]) -> Result<(), PayloadsError> {
        let text = serde_json::to_vec_pretty(all)
            .map_err(|error| PayloadsError::Wrong(error.to_string()))?;
        let file = holds::file(&self.state);
        let temporary = file.with_extension("new");
        std::fs::write(&temporary, text)
            .and_then(|()| std::fs::File::open(&temporary)?.sync_all())
            .and_then(|()| std::fs::rename(&temporary, &file))
            .and_then(|()| std::fs::File::open(&self.state)?.sync_all())
            .map_err(PayloadsError::io(&file, "written"))
    }
}

/// The store's own key, made if its file is not there.
fn secret(state: &Path) -> Result<Zeroizing<[u8; 32]>, PayloadsError> {
    let file = state.join("payload-key");
    if !file.exists() {
        let text = Zeroizing::new(STANDARD.encode(Zeroizing::new(random_bytes::<32>()).as_slice()));
        write_new(&file, text.as_bytes()).map_err(PayloadsError::io(&file, "made"))?;
    }
    let wrong = || {
        PayloadsError::Wrong(format!(
            "{} holds no key: 32 bytes in base64",
            file.display()
        ))
    };
    let text = std::fs::read_to_string(&file)
        .map(Zeroizing::new)
        .map_err(PayloadsError::io(&file, "read"))?;
    let bytes = STANDARD
        .decode(text.trim())
        .map(Zeroizing::new)
        .map_err(|_| wrong())?;
    bytes[..]
        .try_into()
        .map(Zeroizing::new)
        .map_err(|_| wrong())
}
