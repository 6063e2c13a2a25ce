//! Reads a chain's records one after another: what counts of them, and nothing else. What is wrong is for `verify` to say.

use std::io;
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
    let folder = trail.join(instance);
    let numbers = segments(&folder)?.0;
    let read = |number: &u32| std::fs::read(folder.join(segment_file(*number)));
    let mut next = numbers.first().map(read).transpose()?;
    for (index, number) in numbers.iter().enumerate() {
        let bytes = next.take().unwrap_or_default();
        next = numbers.get(index + 1).map(read).transpose()?;
        let good = next
            .as_deref()
            .and_then(|next| resumed(next.split(|byte| *byte == b'\n').next()?, *number))
            .and_then(|good| usize::try_from(good).ok());
        let counts = &bytes[..good.map_or(bytes.len(), |good| good.min(bytes.len()))];
        let mut spot = Spot {
            segment: *number,
            line: 1,
        };
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', counts) {
            let line = &counts[from..end];
            // After a power loss the end may be NUL bytes.
            if line.starts_with(b"{") && !each(spot, line) {
                return Ok(());
            }
            spot.line += 1;
            from = end + 1;
        }
    }
    Ok(())
}
