//! Where chains and segments lie.

use std::io;
use std::path::{Path, PathBuf};

/// The file in a chain's folder that the process writing it holds locked.
pub const LOCK_FILE: &str = "lock";

/// The trail of a data folder: `<data>/audit`.
#[must_use]
pub fn trail_folder(data: &Path) -> PathBuf {
    data.join("audit")
}

/// The name of the segment with this number, from 1: `000001.jsonl`.
#[must_use]
pub fn segment_file(number: u32) -> String {
    format!("{number:06}.jsonl")
}

/// The names of the chains in a trail, sorted. No folder is no chain.
///
/// # Errors
/// If the folder cannot be listed.
pub fn chain_folders(trail: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(trail) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() && is_chain(&entry.path())? {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn is_chain(folder: &Path) -> io::Result<bool> {
    let (numbers, strange) = segments(folder)?;
    Ok(!numbers.is_empty() || !strange.is_empty() || folder.join(LOCK_FILE).exists())
}

/// The segments in a chain's folder, by number, and any other `.jsonl` file, which has no business there.
pub(crate) fn segments(chain: &Path) -> io::Result<(Vec<u32>, Vec<String>)> {
    let (mut numbers, mut strange) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(chain)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".jsonl") else {
            continue;
        };
        match stem.parse::<u32>() {
            Ok(number) if number > 0 && segment_file(number) == name => numbers.push(number),
            _ => strange.push(name),
        }
    }
    numbers.sort_unstable();
    strange.sort_unstable();
    Ok((numbers, strange))
}
