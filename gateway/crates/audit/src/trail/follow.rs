//! Reads a trail as it grows: each record once, in its chain's order, from where the last read ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{SHA256, digest};

use crate::layout::{chain_folders, segment_file};
use crate::order::names_in_order;
use crate::scan::resumed;

/// So much of a segment is read at a time; more only where a line is longer.
const PIECE: u64 = 4 * 1024 * 1024;

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chain.
    pub chain: Arc<str>,
    /// The segment's number.
    pub segment: u32,
    /// Where its line begins in the segment, in bytes.
    pub offset: u64,
    /// The line's length without its newline.
    pub bytes: u32,
}

/// How far a chain has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The segment that is being read.
    pub segment: u32,
    /// How much of it was read.
    pub offset: u64,
    /// What its first line is known by again; `None` if nothing of it was read, or it is not known.
    pub first: Option<u64>,
    /// Whether nothing more will come.
    pub done: bool,
}

/// What a read found.
pub trait Reader {
    /// A record, its line without the newline.
    ///
    /// # Errors
    /// Ends the read; the record counts as not read.
    fn record(&mut self, place: &Place, line: &[u8]) -> io::Result<()>;

    /// Of a segment that was read further, only so much counts: after a failed write the rest was declared void.
    ///
    /// # Errors
    /// Ends the read.
    fn void(&mut self, chain: &str, segment: u32, good_bytes: u64) -> io::Result<()>;
}

/// A trail that is followed.
#[derive(Clone, Debug)]
pub struct Follower {
    trail: PathBuf,
    chains: BTreeMap<String, Cursor>,
}

impl Follower {
    /// Of a trail's folder, from the places where an earlier one ended.
    #[must_use]
    pub const fn new(trail: PathBuf, chains: BTreeMap<String, Cursor>) -> Self {
        Self { trail, chains }
    }

    /// How far each chain has been read.
    #[must_use]
    pub const fn chains(&self) -> &BTreeMap<String, Cursor> {
        &self.chains
    }

    /// Reads on, at most about `limit` bytes. True if there is more.
    ///
    /// # Errors
    /// If the trail cannot be read, or the reader says so.
    pub fn read(&mut self, limit: u64, reader: &mut dyn Reader) -> io::Result<bool> {
        let mut names = chain_folders(&self.trail)?;
        names.retain(|name| !self.chains.get(name).is_some_and(|cursor| cursor.done));
        // `interrupted` comes after its intent.
        let names = names_in_order(&self.trail, &names)?;
        let mut left = limit;
        for name in names {
            let mut cursor = self.chains.get(&name).cloned().unwrap_or(Cursor {
                segment: 1,
                offset: 0,
                first: None,
                done: false,
            });
            let more = self.chain(&name, &mut cursor, &mut left, reader);
            self.chains.insert(name, cursor);
            if more? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The chain ended in good order, or another took it over: once it is read to its end, it is not looked at again.
    ///
    /// Its last records may have been written after it was read and before that was known.
    pub fn finish(&mut self, chain: &str) {
        let folder = self.trail.join(chain);
        if let Some(cursor) = self.chains.get_mut(chain) {
            // What cannot be told is looked at again.
            cursor.done = nothing_follows(&folder, cursor).unwrap_or(false);
        }
    }

    fn chain(
        &self,
        name: &str,
        cursor: &mut Cursor,
        left: &mut u64,
        reader: &mut dyn Reader,
    ) -> io::Result<bool> {
        let folder = self.trail.join(name);
        let chain: Arc<str> = name.into();
        loop {
            // Asked before reading, so that a segment with a successor is read to its end.
            let next = Next::of(&folder, cursor.segment)?;
            let mut file = match File::open(folder.join(segment_file(cursor.segment))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if cursor.offset > 0 {
                        // It failed in its first write and was removed.
                        reader.void(name, cursor.segment, 0)?;
                        (cursor.offset, cursor.first) = (0, None);
                    }
                    return Ok(false);
                }
                file => file?,
            };
            let counts = match next {
                Next::Resumes { good_bytes } => good_bytes,
                Next::None | Next::Records => file.metadata()?.len(),
            };
            if counts < cursor.offset {
                reader.void(name, cursor.segment, counts)?;
                cursor.offset = counts;
                if counts == 0 {
                    cursor.first = None;
                }
            }
            if cursor.offset > 0 && cursor.first.is_some() && cursor.first != first(&file)? {
                // A segment that failed in its first write was removed, and its name used again.
                reader.void(name, cursor.segment, 0)?;
                (cursor.offset, cursor.first) = (0, None);
            }
            let mut most = PIECE;
            while cursor.offset < counts {
                if *left == 0 {
                    return Ok(true);
                }
                let piece = (counts - cursor.offset).min(most);
                file.seek(SeekFrom::Start(cursor.offset))?;
                let mut bytes = Vec::new();
                Read::by_ref(&mut file)
                    .take(piece)
                    .read_to_end(&mut bytes)?;
                let whole = lines(&bytes, &chain, cursor, reader)?;
                *left = left.saturating_sub(whole);
                if whole > 0 {
                    most = PIECE;
                    if cursor.first.is_none() {
                        cursor.first = first(&file)?;
                    }
                } else if piece == most {
                    most = most.saturating_mul(2);
                } else {
                    // To the end, and the last line is not whole yet.
                    break;
                }
            }
            if matches!(next, Next::None) {
                return Ok(false);
            }
            cursor.segment += 1;
            (cursor.offset, cursor.first) = (0, None);
        }
    }
}

/// Whether no whole line stands behind what was read of a chain that does not grow.
fn nothing_follows(folder: &Path, cursor: &Cursor) -> io::Result<bool> {
    if folder.join(segment_file(cursor.segment + 1)).exists() {
        return Ok(false);
    }
    let mut file = File::open(folder.join(segment_file(cursor.segment)))?;
    file.seek(SeekFrom::Start(cursor.offset))?;
    let mut rest = Vec::new();
    Read::by_ref(&mut file).take(PIECE).read_to_end(&mut rest)?;
    Ok(memchr::memchr(b'\n', &rest).is_none())
}

/// What a segment's first line is known by again. Each begins with a record that says when it was written or which call it
/// is of, so no two are alike. An inode's number would not do: file systems give it to the next file at once.
fn first(file: &File) -> io::Result<Option<u64>> {
    let mut bytes = [0; 4_096];
    let read = file.read_at(&mut bytes, 0)?;
    let line = &bytes[..read];
    let line = memchr::memchr(b'\n', line).map_or(line, |end| &line[..end]);
    let known_by = digest(&SHA256, line);
    Ok(known_by
        .as_ref()
        .first_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes)))
}

/// Hands whole lines on; gives how many bytes they have.
fn lines(
    bytes: &[u8],
    chain: &Arc<str>,
    cursor: &mut Cursor,
    reader: &mut dyn Reader,
) -> io::Result<u64> {
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        let line = &bytes[from..end];
        let place = Place {
            chain: chain.clone(),
            segment: cursor.segment,
            offset: cursor.offset,
            bytes: u32::try_from(line.len()).unwrap_or(u32::MAX),
        };
        reader.record(&place, line)?;
        cursor.offset += (line.len() + 1) as u64;
        from = end + 1;
    }
    Ok(from as u64)
}

/// What follows a segment.
enum Next {
    None,
    Records,
    Resumes { good_bytes: u64 },
}

impl Next {
    fn of(folder: &Path, segment: u32) -> io::Result<Self> {
        let mut line = Vec::new();
        match File::open(folder.join(segment_file(segment + 1))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::None),
            file => io::BufReader::new(file?).read_until(b'\n', &mut line)?,
        };
        // Not a whole line yet: whether it resumes is not known, so this segment is not finished. If another one
        // follows, the line will never be whole and this segment is.
        if !line.ends_with(b"\n") && !folder.join(segment_file(segment + 2)).exists() {
            return Ok(Self::None);
        }
        Ok(match resumed(line.trim_ascii_end(), segment) {
            Some(good_bytes) => Self::Resumes { good_bytes },
            None => Self::Records,
        })
    }
}
