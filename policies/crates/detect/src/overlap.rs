//! Where finds overlap, one stays: checked before specific before form, of equals the longer, then the surer, then the earlier.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Found;

/// Keeps one of those that overlap, in the order of the text.
pub fn resolve(found: &mut Vec<Found>) {
    found.sort_by_key(|found| {
        (
            Reverse(found.weight),
            Reverse(found.end - found.start),
            Reverse(found.score),
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

/// Drops what stands within a credential that is more: the rest of it would go through.
pub(super) fn drop_within(found: &mut Vec<Found>, is_credential: impl Fn(u16) -> bool) {
    let credentials = found.iter().filter(|found| is_credential(found.entity));
    let mut whole: Vec<(usize, usize)> =
        credentials.map(|found| (found.start, found.end)).collect();
    if whole.is_empty() {
        return;
    }
    whole.sort_unstable();
    // The furthest end of all that begin no later.
    for index in 1..whole.len() {
        whole[index].1 = whole[index].1.max(whole[index - 1].1);
    }
    found.retain(|found| {
        let before = whole.partition_point(|(start, _)| *start < found.start);
        let within = before > 0 && whole[before - 1].1 >= found.end;
        is_credential(found.entity) || !within
    });
}
