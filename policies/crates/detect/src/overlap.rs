//! Where finds overlap, one stays: checked before specific before form, and of equals the longer, then the earlier.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Found;

/// Keeps one of those that overlap, in the order of the text.
pub fn resolve(found: &mut Vec<Found>) {
    found.sort_by_key(|found| {
        (
            Reverse(found.weight),
            Reverse(found.end - found.start),
            found.start,
            found.entity,
        )
    });
    let mut kept: BTreeMap<usize, usize> = BTreeMap::new();
    found.retain(|found| {
        let before = kept.range(..found.end).next_back();
        let free = before.is_none_or(|(_, end)| *end <= found.start) && found.start < found.end;
        if free {
            kept.insert(found.start, found.end);
        }
        free
    });
    found.sort_by_key(|found| found.start);
}
