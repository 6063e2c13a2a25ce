//! Reads a chain's records one after another: what counts of them, and nothing else. What is wrong is for `verify` to say.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::layout::{segment_file, segments};
use crate::scan::{Spot, resumed};

/// Calls `each` with the place and the line, without its newline, of every record of the chain in `trail/instance`, and goes
/// on as long as it says so.
///
/// # Errors
/// If the folder or a file cannot be read.
pub fn each_record(
    trail: &Path,
    instance: &str,
    each: &mut dyn FnMut(Spot, &[u8]) -> bool,
) -> io::Result<()> {
    for number in segments(&trail.join(instance))?.0 {
        if !segment_records(trail, instance, number, each)? {
            break;
        }
    }
    Ok(())
}

/// As [`each_record`], of one segment, by its number from 1; false if `each` wanted no more.
///
/// # Errors
/// If a file cannot be read.
pub fn segment_records(
    trail: &Path,
    instance: &str,
    number: u32,
    each: &mut dyn FnMut(Spot, &[u8]) -> bool,
) -> io::Result<bool> {
    let folder = trail.join(instance);
    let bytes = std::fs::read(folder.join(segment_file(number)))?;
    let mut follows = Vec::new();
    match File::open(folder.join(segment_file(number + 1))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        next => drop(BufReader::new(next?).read_until(b'\n', &mut follows)?),
    }
    let good = resumed(follows.trim_ascii_end(), number);
    let good = good.and_then(|good| usize::try_from(good).ok());
    let counts = &bytes[..good.map_or(bytes.len(), |good| good.min(bytes.len()))];
    let mut spot = Spot {
        segment: number,
        line: 1,
    };
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', counts) {
        let line = &counts[from..end];
        // After a power loss the end may be NUL bytes.
        if line.starts_with(b"{") && !each(spot, line) {
            return Ok(false);
        }
        spot.line += 1;
        from = end + 1;
    }
    Ok(true)
}

/// The numbers of a chain's segments, sorted.
///
/// # Errors
/// If the folder cannot be listed.
pub fn segment_numbers(trail: &Path, instance: &str) -> io::Result<Vec<u32>> {
    Ok(segments(&trail.join(instance))?.0)
}
