//! One call's records, word for word.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use marshal_types::CallId;

use super::CallStory;
use super::index::Place;
use super::summary::{CallSummary, Names, Row};
use crate::layout::{chain_folders, segment_file, segments};
use crate::verify::chain_began;

/// Reads the records that the index knows.
pub(super) fn at(trail: &Path, call: CallId, places: &[Place]) -> io::Result<Option<CallStory>> {
    let mut lines = Vec::new();
    for place in places {
        let mut file = File::open(trail.join(&*place.chain).join(segment_file(place.segment)))?;
        file.seek(SeekFrom::Start(place.offset))?;
        let mut line = vec![0; place.bytes as usize];
        file.read_exact(&mut line)?;
        lines.push(line);
    }
    Ok(tell(call, lines))
}

/// Reads the whole trail for a call that is too old for the index.
pub(super) fn search(trail: &Path, call: CallId) -> io::Result<Option<CallStory>> {
    let needle = format!("\"call\":\"{call}\"");
    let finder = memchr::memmem::Finder::new(&needle);
    let mut names = chain_folders(trail)?;
    names.sort_by_cached_key(|name| (chain_began(trail, name), name.clone()));
    let mut lines = Vec::new();
    for name in names {
        let folder = trail.join(name);
        for number in segments(&folder)?.0 {
            let bytes = std::fs::read(folder.join(segment_file(number)))?;
            lines.extend(finder.find_iter(&bytes).filter_map(|at| {
                let from = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
                let end = at + memchr::memchr(b'\n', &bytes[at..])?;
                Some(bytes[from..end].to_vec())
            }));
        }
    }
    Ok(tell(call, lines))
}

fn tell(call: CallId, lines: Vec<Vec<u8>>) -> Option<CallStory> {
    let mut names = Names::default();
    let mut summary = None;
    let mut records = Vec::new();
    for line in lines {
        let row: Row = serde_json::from_slice(&line).ok()?;
        summary
            .get_or_insert_with(|| CallSummary::new(call, &row, &mut names))
            .add(&row, &mut names);
        records.push(String::from_utf8(line).ok()?);
    }
    summary.map(|summary| CallStory { summary, records })
}
