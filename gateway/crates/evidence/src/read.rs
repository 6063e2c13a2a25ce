//! The records of a trail, straight from its folder.
//!
//! Reading does not check: [`marshal_audit::verify`] says whether the trail holds. What a `resume` declared void is left
//! out, and so is a last line that was cut off in writing.

use std::fmt;
use std::path::{Path, PathBuf};

use marshal_audit::{chains_in_order, segment_file, trail_folder};
use marshal_types::Timestamp;
use serde::Deserialize;

use crate::Error;

/// Where a record stands. Written `instance/000001.jsonl:17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The chain.
    pub instance: &'a str,
    /// The segment's file name.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.instance, self.file, self.line)
    }
}

/// A record as it stands in the trail.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Where.
    pub place: Place<'a>,
    /// The line without its newline.
    pub json: &'a str,
}

/// Hands `each` the records of the trail in `dir` that were written at or after `from` and before `to`: chain by chain
/// in the order in which they began, each chain in its own order.
///
/// `dir` is a data folder, its `audit` folder, or a copy of one. A line that is no record is left out.
///
/// # Errors
/// [`Error::NoTrail`] and [`Error::Unreadable`].
pub fn read(
    dir: &Path,
    from: Timestamp,
    to: Timestamp,
    each: &mut dyn FnMut(Seen<'_>),
) -> Result<(), Error> {
    // The one form of time that records have sorts as text.
    let (from, to) = (from.to_string(), to.to_string());
    lines(dir, &mut |place, bytes| {
        let Some((json, time)) = std::str::from_utf8(bytes)
            .ok()
            .and_then(|json| Some((json, time_of(json)?)))
        else {
            return;
        };
        if *from <= *time && *time < *to {
            each(Seen { place, json });
        }
    })
}

fn time_of(json: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Time {
        time: String,
    }
    serde_json::from_str::<Time>(json).ok().map(|row| row.time)
}

/// Every whole line that counts, record or not.
pub(crate) fn lines(dir: &Path, each: &mut dyn FnMut(Place<'_>, &[u8])) -> Result<(), Error> {
    let nested = trail_folder(dir);
    let trail = if nested.is_dir() {
        nested
    } else {
        dir.to_path_buf()
    };
    let chains = chains_in_order(&trail).map_err(|source| unreadable(&trail, source))?;
    if chains.is_empty() {
        return Err(Error::NoTrail {
            folder: dir.to_path_buf(),
        });
    }
    chains
        .iter()
        .try_for_each(|instance| chain(&trail, instance, each))
}

fn chain(
    trail: &Path,
    instance: &str,
    each: &mut dyn FnMut(Place<'_>, &[u8]),
) -> Result<(), Error> {
    let folder = trail.join(instance);
    let files = segments(&folder)?;
    let mut next = files.first().map(|file| bytes(&folder, file)).transpose()?;
    for (at, file) in files.iter().enumerate() {
        let this = next.take().unwrap_or_default();
        next = files
            .get(at + 1)
            .map(|file| bytes(&folder, file))
            .transpose()?;
        let good = next.as_deref().and_then(|next| good_bytes(next, file));
        let counts = &this[..good.unwrap_or(this.len()).min(this.len())];
        let mut start = 0;
        for (line, end) in (1..).zip(memchr::memchr_iter(b'\n', counts)) {
            let place = Place {
                instance,
                file,
                line,
            };
            each(place, &counts[start..end]);
            start = end + 1;
        }
    }
    Ok(())
}

/// The names of the segments, in order. Files of other names are for the verification to report.
fn segments(folder: &Path) -> Result<Vec<String>, Error> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let entry = entry.map_err(|source| unreadable(folder, source))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name
            .strip_suffix(".jsonl")
            .and_then(|stem| stem.parse::<u32>().ok());
        numbers.extend(number.filter(|number| segment_file(*number) == name));
    }
    numbers.sort_unstable();
    Ok(numbers.into_iter().map(segment_file).collect())
}

/// How many bytes of the segment `file` count, if the first record of the `next` one says so.
fn good_bytes(next: &[u8], file: &str) -> Option<usize> {
    #[derive(Deserialize)]
    struct Peek {
        kind: String,
        poisoned: Option<String>,
        good_bytes: Option<usize>,
    }
    let line = &next[..memchr::memchr(b'\n', next)?];
    let peek: Peek = serde_json::from_slice(line).ok()?;
    let this = peek.kind == "resume" && peek.poisoned.as_deref() == Some(file);
    peek.good_bytes.filter(|_| this)
}

fn bytes(folder: &Path, file: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(file);
    std::fs::read(&path).map_err(|source| Error::Unreadable { path, source })
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Unreadable {
        path: PathBuf::from(path),
        source,
    }
}
