//! The few things that the trail asks of a disk, behind a trait so that tests can make each of them fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::FallocateFlags;

/// A disk, as far as writing goes.
pub trait Fs: Send + Sync {
    /// Makes a folder with its parents, durably.
    ///
    /// # Errors
    /// As the disk says.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes an empty file, or empties the one that is there.
    ///
    /// # Errors
    /// As the disk says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;

    /// Makes the entries of a folder durable.
    ///
    /// # Errors
    /// As the disk says.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes the content of a file that somebody else wrote durable.
    ///
    /// # Errors
    /// As the disk says.
    fn sync_file(&self, path: &Path) -> io::Result<()>;

    /// Makes a file that occupies so many bytes on the disk, durably.
    ///
    /// # Errors
    /// As the disk says.
    fn allocate(&self, path: &Path, bytes: u64) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As the disk says.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// A segment being written.
pub trait SegmentFile: Send {
    /// Writes some of `bytes` at the end; says how many.
    ///
    /// # Errors
    /// As the disk says.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Makes all that was written durable (`fdatasync`).
    ///
    /// # Errors
    /// As the disk says.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes room on the disk for so many bytes from `from` on. The file is as long as before.
    ///
    /// # Errors
    /// As the disk says, also if it knows no such thing.
    fn make_room(&mut self, from: u64, bytes: u64) -> io::Result<()>;

    /// Cuts the file to this length, and gives back what room there is behind it.
    ///
    /// # Errors
    /// As the disk says.
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;
}

/// The machine's own disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

impl Fs for RealFs {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            self.create_folder(parent)?;
        }
        match std::fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        path.parent()
            .map_or(Ok(()), |parent| self.sync_folder(parent))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        // Not O_APPEND: after a cut the position is set by hand, and nobody else writes here.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        Ok(Box::new(file))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        File::open(path)?.sync_all()
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_data()
    }

    fn allocate(&self, path: &Path, bytes: u64) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP) => {
                let block = [0; 65_536];
                let mut left = bytes;
                while left > 0 {
                    let part = left.min(block.len() as u64);
                    file.write_all(&block[..usize::try_from(part).unwrap_or(0)])?;
                    left -= part;
                }
            }
            allocated => allocated?,
        }
        file.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}

impl SegmentFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn make_room(&mut self, from: u64, bytes: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(
            &*self,
            FallocateFlags::KEEP_SIZE,
            from,
            bytes,
        )?)
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }
}
