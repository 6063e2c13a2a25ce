//! Who may write: one gateway on a data folder, and one process on a chain.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

/// Why the data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another gateway works on it.
    #[error("another Marshal{} works on {}; stop it first, or give this one a data folder of its own", process.map(|id| format!(" (process {id})")).unwrap_or_default(), data.display())]
    Held {
        /// The data folder.
        data: PathBuf,
        /// The other's process id, if it could be read.
        process: Option<u32>,
    },
    /// The lock file cannot be used.
    #[error("the data folder {} cannot be locked; check its owner and rights", data.display())]
    Io {
        /// The data folder.
        data: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A gateway's claim to a data folder; given up when it is dropped, and by the kernel when the process ends.
///
/// Claims are shared locks on `<data>/lock`, so that two can stand side by side during a hand-over. Without a
/// hand-over a claim begins as an exclusive lock, which no other claim survives.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Claims `data`; makes the folder if need be. With `handover` another gateway may hold it too.
    ///
    /// # Errors
    /// [`LockError::Held`] if another gateway holds it and this is no hand-over.
    pub fn acquire(data: &Path, handover: bool) -> Result<Self, LockError> {
        let failed = |source| LockError::Io {
            data: data.to_path_buf(),
            source,
        };
        std::fs::create_dir_all(data).map_err(failed)?;
        let mut file = open(&data.join(marshal_audit::LOCK_FILE)).map_err(failed)?;
        let mut steps = vec![
            FlockOperation::NonBlockingLockExclusive,
            FlockOperation::NonBlockingLockShared,
        ];
        if handover {
            steps.remove(0);
        }
        for step in steps {
            match rustix::fs::flock(&file, step) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => {
                    let process = holder(&mut file);
                    return Err(LockError::Held {
                        data: data.to_path_buf(),
                        process,
                    });
                }
                Err(error) => return Err(failed(error.into())),
            }
        }
        // Only so that a refused process can say who holds the folder.
        let _ = sign(&mut file);
        Ok(Self { _file: file })
    }
}

impl DataLock {
    /// Whether a gateway holds `data` now.
    #[must_use]
    pub fn is_held(data: &Path) -> bool {
        let Ok(file) = File::open(data.join(marshal_audit::LOCK_FILE)) else {
            return false;
        };
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
    }
}

/// A lock on one chain: `None` if its process lives.
pub(crate) fn lock_chain(folder: &Path) -> io::Result<Option<File>> {
    let file = open(&folder.join(marshal_audit::LOCK_FILE))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn sign(file: &mut File) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}
