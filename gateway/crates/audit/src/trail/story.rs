//! One call's records, word for word.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use marshal_types::CallId;

use super::CallStory;
use super::follow::Place;
use super::summary::{CallSummary, Names, Row};
use crate::layout::segment_file;

/// A call with its records, which stand in these places.
///
/// # Errors
/// If a file cannot be read.
pub fn call_story(trail: &Path, call: CallId, places: &[Place]) -> io::Result<Option<CallStory>> {
    let mut lines = Vec::new();
    for place in places {
        let mut file = File::open(trail.join(&*place.chain).join(segment_file(place.segment)))?;
        file.seek(SeekFrom::Start(place.offset))?;
        let mut line = vec![0; place.bytes as usize];
        file.read_exact(&mut line)?;
        lines.push(line);
    }
    Ok(story_of(call, lines))
}

/// A call of these lines, in order; `None` if they are none of a call.
#[must_use]
pub fn story_of(call: CallId, lines: Vec<Vec<u8>>) -> Option<CallStory> {
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
