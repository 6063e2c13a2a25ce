//! A chain as static files that any client of C2SP's tlog-tiles reads: a checkpoint, tiles of hashes, bundles of records.

use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::Checkpoint;
use super::merkle::{Hash, Tree, leaf_hash};
use crate::read::each_record;

/// Hashes in a whole tile.
const WIDTH: usize = 256;

/// Why there are no tiles.
#[derive(Debug, thiserror::Error)]
pub enum TilesError {
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Tiles have 16 bits for a record's length.
    #[error(
        "record {index} of the chain has {bytes} bytes; the format of tiles has room for 65,535"
    )]
    TooLong {
        /// Which, from 0.
        index: u64,
        /// How many.
        bytes: usize,
    },
    /// Nothing is signed yet.
    #[error("the chain {0} has no checkpoint to make tiles of")]
    NoCheckpoint(String),
}

/// Writes the chain up to its newest checkpoint into `to`.
///
/// # Errors
/// [`TilesError`].
pub fn write_tiles(trail: &Path, instance: &str, to: &Path) -> Result<Checkpoint, TilesError> {
    let (checkpoint, note) = newest(trail, instance)?;
    let mut tiles = Tiles {
        to,
        size: checkpoint.size,
        levels: Vec::new(),
        entries: Vec::new(),
        count: 0,
    };
    let mut failed = None;
    each_record(trail, instance, &mut |_, line| {
        if tiles.count < checkpoint.size
            && let Err(error) = tiles.record(line)
        {
            failed = Some(error);
        }
        failed.is_none() && tiles.count < checkpoint.size
    })
    .map_err(|source| TilesError::Io {
        path: trail.join(instance),
        source,
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    tiles.finish()?;
    write(&to.join("checkpoint"), note.as_bytes())?;
    Ok(checkpoint)
}

fn newest(trail: &Path, instance: &str) -> Result<(Checkpoint, String), TilesError> {
    #[derive(serde::Deserialize)]
    struct Noted {
        note: String,
    }
    let mut last = None;
    each_record(trail, instance, &mut |_, line| {
        if memchr::memmem::find(line, b"\"kind\":\"checkpoint\"").is_some()
            && let Ok(noted) = serde_json::from_slice::<Noted>(line)
            && let Ok((checkpoint, _)) = Checkpoint::read(&noted.note)
        {
            last = Some((checkpoint, noted.note));
        }
        true
    })
    .map_err(|source| TilesError::Io {
        path: trail.join(instance),
        source,
    })?;
    last.ok_or_else(|| TilesError::NoCheckpoint(instance.to_owned()))
}

struct Tiles<'a> {
    to: &'a Path,
    size: u64,
    /// By level: the number of the tile in work, and its hashes so far.
    levels: Vec<(u64, Vec<Hash>)>,
    entries: Vec<u8>,
    count: u64,
}

impl Tiles<'_> {
    fn record(&mut self, line: &[u8]) -> Result<(), TilesError> {
        let length = u16::try_from(line.len()).map_err(|_| TilesError::TooLong {
            index: self.count,
            bytes: line.len(),
        })?;
        self.entries.extend_from_slice(&length.to_be_bytes());
        self.entries.extend_from_slice(line);
        self.count += 1;
        if self.count.is_multiple_of(WIDTH as u64) {
            let entries = std::mem::take(&mut self.entries);
            write(
                &self.path("entries", self.count / WIDTH as u64 - 1, 0),
                &entries,
            )?;
        }
        self.hash(0, leaf_hash(line))
    }

    fn hash(&mut self, level: usize, hash: Hash) -> Result<(), TilesError> {
        if self.levels.len() == level {
            self.levels.push((0, Vec::with_capacity(WIDTH)));
        }
        let (number, hashes) = &mut self.levels[level];
        hashes.push(hash);
        if hashes.len() < WIDTH {
            return Ok(());
        }
        let (number, whole) = (*number, std::mem::take(hashes));
        self.levels[level].0 += 1;
        write(&self.path(&level.to_string(), number, 0), &whole.concat())?;
        let mut tree = Tree::default();
        whole.into_iter().for_each(|hash| tree.push(hash));
        self.hash(level + 1, tree.root())
    }

    /// What did not fill a tile.
    fn finish(mut self) -> Result<(), TilesError> {
        let width = usize::try_from(self.size % WIDTH as u64).unwrap_or(0);
        if width > 0 {
            let path = self.path("entries", self.size / WIDTH as u64, width);
            write(&path, &self.entries)?;
        }
        for (level, (number, hashes)) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            if !hashes.is_empty() {
                let path = self.path(&level.to_string(), number, hashes.len());
                write(&path, &hashes.concat())?;
            }
        }
        Ok(())
    }

    /// `tile/0/x001/x234/067`, of an unfinished one `tile/0/x001/x234/067.p/8`.
    fn path(&self, level: &str, number: u64, width: usize) -> PathBuf {
        let mut name = format!("{:03}", number % 1_000);
        let mut rest = number / 1_000;
        while rest > 0 {
            name = format!("x{:03}/{name}", rest % 1_000);
            rest /= 1_000;
        }
        if width > 0 {
            name = format!("{name}.p/{width}");
        }
        self.to.join("tile").join(level).join(name)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TilesError> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|source| TilesError::Io {
            path: path.to_path_buf(),
            source,
        })
}
