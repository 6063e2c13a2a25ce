//! How far each chain was acknowledged, on disk: the old state or the new one, whole, whatever happens in between.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::record::Record;

const VERSION: u32 = 1;

/// How far each chain was acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Positions {
    version: u32,
    pub(crate) chains: BTreeMap<Arc<str>, Position>,
}

/// How far one chain was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// In which segment the next record is looked for.
    pub(crate) segment: u32,
    /// From which byte on.
    pub(crate) offset: u64,
    /// The number of the last record that was acknowledged.
    pub(crate) seq: u64,
    /// Whether it was the chain's last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) done: bool,
}

impl Positions {
    pub(crate) fn acknowledge(&mut self, record: &Record) {
        let position = Position {
            segment: record.place.segment,
            offset: record.end(),
            seq: record.seq,
            done: false,
        };
        self.chains.insert(record.place.chain.clone(), position);
    }

    pub(crate) fn finish(&mut self, chain: &str) {
        if let Some(position) = self.chains.get_mut(chain) {
            position.done = true;
        }
    }
}

/// Why an export does not know where to go on.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// Another process exports by this name, as the old one does during a hand-over.
    #[error("another process holds {}; this one goes on when it ends", file.display())]
    Held {
        /// The file that is locked.
        file: PathBuf,
    },
    /// The file is not one of ours.
    #[error("{} does not say how far the export came; remove it to export the whole trail again", file.display())]
    Unknown {
        /// The file.
        file: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The file of one export. One process at a time has it.
#[derive(Debug)]
pub(crate) struct CursorFile {
    folder: PathBuf,
    name: String,
    _lock: File,
}

impl CursorFile {
    /// Opens the file of the export `name` in `folder`, which is made if it is not there.
    pub(crate) fn open(folder: &Path, name: &str) -> Result<(Self, Positions), CursorError> {
        let io = |file: &Path| {
            let file = file.to_owned();
            move |source| CursorError::Io { file, source }
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(io(folder))?;
        let path = folder.join(format!("{name}.lock"));
        let lock = private().truncate(false).open(&path).map_err(io(&path))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(CursorError::Held { file: path }),
            Err(error) => return Err(io(&path)(error.into())),
        }
        let cursor = Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            _lock: lock,
        };
        let file = cursor.file();
        let positions = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)
                .ok()
                .filter(|positions: &Positions| positions.version == VERSION)
                .ok_or(CursorError::Unknown { file })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Positions::default(),
            Err(error) => return Err(io(&file)(error)),
        };
        Ok((cursor, positions))
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    /// Durable once it returns.
    pub(crate) fn save(&self, positions: &Positions) -> Result<(), CursorError> {
        let file = self.file();
        let draft = self.folder.join(format!("{}.json.new", self.name));
        let write = || -> io::Result<()> {
            let mut positions = positions.clone();
            positions.version = VERSION;
            let mut new = private().truncate(true).open(&draft)?;
            new.write_all(&serde_json::to_vec(&positions)?)?;
            new.sync_all()?;
            std::fs::rename(&draft, &file)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|source| CursorError::Io { file, source })
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::Folder;

    #[test]
    fn positions_are_read_as_they_were_saved_and_one_process_has_them() {
        let folder = Folder::new();
        let path = folder.0.join("exports");
        let (file, mut positions) = CursorFile::open(&path, "siem").unwrap();
        assert_eq!(positions, Positions::default());
        let held = CursorFile::open(&path, "siem").unwrap_err();
        assert!(matches!(held, CursorError::Held { .. }), "{held}");
        let at = Position {
            segment: 3,
            offset: 17,
            seq: 9,
            done: true,
        };
        positions.chains.insert("a".into(), at);
        file.save(&positions).unwrap();
        drop(file);
        let (_file, read) = CursorFile::open(&path, "siem").unwrap();
        assert_eq!(read.chains["a"], at);
        CursorFile::open(&path, "other").unwrap();
    }

    #[test]
    fn a_file_that_is_none_is_not_taken_for_a_beginning() {
        let folder = Folder::new();
        for text in ["", "{\"version\":9,\"chains\":{}}", "{\"chains\":{}}"] {
            std::fs::write(folder.0.join("siem.json"), text).unwrap();
            let error = CursorFile::open(&folder.0, "siem").unwrap_err();
            assert!(matches!(error, CursorError::Unknown { .. }), "{error}");
        }
    }
}
