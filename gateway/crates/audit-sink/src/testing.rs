//! A disk that fails on demand, for tests of whatever stands on the trail.
//!
//! [`FaultFs`] writes real files and keeps book of what was synced. It never really syncs, so it is fast; a
//! [`FaultFs::crash`] takes away what was not.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

use crate::fs::{Fs, SegmentFile};

/// What goes wrong from now on.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Free bytes on the disk; `None` for plenty. Writes beyond it are cut short, then fail.
    pub space: Option<u64>,
    /// Every write fails after half of its bytes.
    pub write_error: bool,
    /// Every sync of a file fails.
    pub sync_error: bool,
    /// Every creation of a file fails.
    pub create_error: bool,
    /// Cutting a file fails.
    pub truncate_error: bool,
    /// A write takes at most so many bytes at once.
    pub short_writes: Option<usize>,
}

#[derive(Default)]
struct Disk {
    faults: Faults,
    files: BTreeMap<PathBuf, Book>,
    /// Whoever opened the disk before the last crash is dead.
    boot: u64,
}

#[derive(Clone, Copy, Default)]
struct Book {
    length: u64,
    synced: u64,
    /// Whether the folder that names it was synced.
    named: bool,
}

/// See the module.
#[derive(Clone, Default)]
pub struct FaultFs {
    disk: Arc<Mutex<Disk>>,
    syncs: Arc<AtomicU64>,
    boot: u64,
}

impl std::fmt::Debug for FaultFs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultFs").finish_non_exhaustive()
    }
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn fail<T>(code: i32) -> io::Result<T> {
    Err(io::Error::from_raw_os_error(code))
}

impl FaultFs {
    /// A disk on which all goes well.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    fn alive(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let disk = self.disk.lock();
        if disk.boot == self.boot {
            Ok(disk)
        } else {
            fail(EIO)
        }
    }

    /// Changes what goes wrong.
    pub fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.disk.lock().faults);
    }

    /// How often a file was synced.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::SeqCst)
    }

    /// The process dies and the power stays: nothing is lost, but what was not synced still can be.
    #[must_use]
    pub fn kill(&self) -> Arc<Self> {
        let mut disk = self.disk.lock();
        disk.boot += 1;
        disk.faults = Faults::default();
        let boot = disk.boot;
        drop(disk);
        Arc::new(Self {
            boot,
            ..self.clone()
        })
    }

    /// The power fails: of what was not synced an arbitrary part is gone, and whoever still uses this handle gets
    /// errors. `chance(n)` gives a number below `n`. The disk after the power is back, all well with it.
    ///
    /// # Errors
    /// If the real disk fails.
    pub fn crash(&self, chance: &mut dyn FnMut(u64) -> u64) -> io::Result<Arc<Self>> {
        let mut disk = self.disk.lock();
        let mut files = std::mem::take(&mut disk.files);
        for (path, book) in &mut files {
            if !book.named && chance(2) == 0 {
                std::fs::remove_file(path)?;
                book.length = u64::MAX;
                continue;
            }
            let kept = book.synced + chance(book.length - book.synced + 1);
            let file = OpenOptions::new().write(true).open(path)?;
            file.set_len(kept)?;
            *book = Book {
                length: kept,
                synced: kept,
                named: true,
            };
        }
        files.retain(|_, book| book.length != u64::MAX);
        disk.files = files;
        drop(disk);
        Ok(self.kill())
    }
}

impl Disk {
    fn spend(&mut self, bytes: u64) -> u64 {
        let Some(space) = &mut self.faults.space else {
            return bytes;
        };
        let spent = bytes.min(*space);
        *space -= spent;
        spent
    }

    fn regain(&mut self, bytes: u64) {
        if let Some(space) = &mut self.faults.space {
            *space += bytes;
        }
    }
}

struct FaultFile {
    fs: FaultFs,
    path: PathBuf,
    file: File,
}

impl Fs for FaultFs {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        drop(self.alive()?);
        std::fs::create_dir_all(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let mut disk = self.alive()?;
        if disk.faults.create_error {
            return fail(EIO);
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        let before = disk.files.insert(path.to_path_buf(), Book::default());
        disk.regain(before.map_or(0, |book| book.length));
        Ok(Box::new(FaultFile {
            fs: self.clone(),
            path: path.to_path_buf(),
            file,
        }))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        for (file, book) in &mut self.alive()?.files {
            book.named |= file.parent() == Some(path);
        }
        Ok(())
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        if let Some(book) = self.alive()?.files.get_mut(path) {
            book.synced = book.length;
        }
        Ok(())
    }

    fn allocate(&self, path: &Path, bytes: u64) -> io::Result<()> {
        let mut disk = self.alive()?;
        let spent = disk.spend(bytes);
        File::create(path)?.set_len(spent)?;
        disk.files.insert(
            path.to_path_buf(),
            Book {
                length: spent,
                synced: spent,
                named: true,
            },
        );
        if spent < bytes { fail(ENOSPC) } else { Ok(()) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.alive()?;
        std::fs::remove_file(path)?;
        let book = disk.files.remove(path);
        disk.regain(book.map_or(0, |book| book.length));
        Ok(())
    }
}

impl SegmentFile for FaultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fs = self.fs.clone();
        let mut disk = fs.alive()?;
        let broken = disk.faults.write_error;
        let most = disk.faults.short_writes.unwrap_or(usize::MAX);
        let want = if broken {
            bytes.len() / 2
        } else {
            bytes.len().min(most)
        };
        let got = usize::try_from(disk.spend(want as u64)).unwrap_or(usize::MAX);
        self.file.write_all(&bytes[..got])?;
        if let Some(book) = disk.files.get_mut(&self.path) {
            book.length += got as u64;
        }
        match (broken, got) {
            (true, _) => fail(EIO),
            (false, 0) => fail(ENOSPC),
            _ => Ok(got),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let fs = self.fs.clone();
        let mut disk = fs.alive()?;
        if disk.faults.sync_error {
            return fail(EIO);
        }
        fs.syncs.fetch_add(1, Ordering::SeqCst);
        if let Some(book) = disk.files.get_mut(&self.path) {
            book.synced = book.length;
        }
        Ok(())
    }

    fn make_room(&mut self, _from: u64, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        let fs = self.fs.clone();
        let mut disk = fs.alive()?;
        if disk.faults.truncate_error {
            return fail(EIO);
        }
        self.file.set_len(bytes)?;
        if let Some(book) = disk.files.get_mut(&self.path) {
            let freed = book.length - bytes;
            book.length = bytes;
            book.synced = book.synced.min(bytes);
            disk.regain(freed);
        }
        Ok(())
    }
}
