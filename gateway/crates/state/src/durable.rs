//! Files that are either the old ones or the new ones, whole, whatever happens in between.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::StateError;

/// Replaces `dir/name` by `bytes`, readable by its owner alone. Durable once it returns: the file and its folder
/// entry have reached the disk.
///
/// Two writers must not do this at once to one file; [`LockedDir`] keeps them apart.
///
/// # Errors
/// [`StateError::Io`]; the old file is then still there, whole.
pub fn write_atomic(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StateError> {
    let temporary = dir.join(format!(".{name}.new"));
    let write = || -> std::io::Result<()> {
        // A leftover of a crash may stand there, with other rights: it is made anew.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, dir.join(name))?;
        File::open(dir)?.sync_all()
    };
    write().map_err(StateError::io(dir.join(name), "written"))
}

/// Makes a folder that its owner alone can enter, with its parents; one that is there stays as it is.
///
/// # Errors
/// [`StateError::Io`].
pub fn private_dir(dir: &Path) -> Result<(), StateError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(StateError::io(dir, "created"))
}

/// The right to change the files of a folder, alone among processes and threads, until it is dropped.
#[derive(Debug)]
pub struct LockedDir {
    _lock: File,
    dir: PathBuf,
}

impl LockedDir {
    /// Waits for the lock `dir/lock_name`, which must be held for milliseconds only.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn lock(dir: &Path, lock_name: &str) -> Result<Self, StateError> {
        let path = dir.join(lock_name);
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(StateError::io(&path, "opened"))?;
        loop {
            match flock(&lock, FlockOperation::LockExclusive) {
                Ok(()) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(StateError::io(&path, "locked")(error.into())),
            }
        }
        Ok(Self {
            _lock: lock,
            dir: dir.to_path_buf(),
        })
    }

    /// [`write_atomic`] into this folder.
    ///
    /// # Errors
    /// As [`write_atomic`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StateError> {
        write_atomic(&self.dir, name, bytes)
    }
}
