//! Space kept back for the records that must still fit when the disk is full.

use std::path::PathBuf;
use std::sync::Arc;

use crate::fs::Fs;

pub(crate) struct Reserve {
    fs: Arc<dyn Fs>,
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    pub(crate) fn new(fs: Arc<dyn Fs>, path: PathBuf, bytes: u64) -> Self {
        Self { fs, path, bytes }
    }

    /// Makes the reserve if it is not there. Says whether it is there now.
    pub(crate) fn restore(&self) -> bool {
        let there = std::fs::metadata(&self.path).is_ok_and(|file| file.len() >= self.bytes);
        if self.bytes == 0 || there {
            return true;
        }
        let made = self.fs.allocate(&self.path, self.bytes);
        if made.is_err() {
            // Half a reserve would keep space from the records that need it.
            let _ = self.fs.remove(&self.path);
        }
        made.is_ok()
    }

    /// Gives the reserve up. Says whether there was one.
    pub(crate) fn release(&self) -> bool {
        self.bytes > 0 && self.fs.remove(&self.path).is_ok()
    }
}
