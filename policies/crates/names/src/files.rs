//! Reads the files of a model directory, none of them without a bound on its size.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use crate::error::LoadError;

/// The largest file that is read. The largest of the small English pipeline is 6 MB.
const LARGEST_FILE: u64 = 256 << 20;

/// The whole file.
///
/// # Errors
/// [`LoadError::Unreadable`] where it is missing or larger than [`LARGEST_FILE`].
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|source| LoadError::unreadable(file, source))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(LoadError::unreadable(
            file,
            Error::new(ErrorKind::FileTooLarge, "over 256 MiB"),
        ));
    }
    Ok(bytes)
}

/// The whole file as text.
///
/// # Errors
/// As [`read`], and [`LoadError::Damaged`] where it is not UTF-8.
pub(crate) fn read_text(file: &Path) -> Result<String, LoadError> {
    String::from_utf8(read(file)?).map_err(|_| LoadError::damaged(file, "not UTF-8"))
}
