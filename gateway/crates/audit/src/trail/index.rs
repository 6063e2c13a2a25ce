//! The newest calls in memory, kept up to date by reading on where the last read ended.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::ops::Bound;
use std::path::Path;

use marshal_types::CallId;

use super::summary::{CallSummary, Names, Row};
use super::{Change, Filter};
use crate::layout::{chain_folders, segment_file, segments};
use crate::scan::resumed;
use crate::verify::chain_began;

/// Calls kept in memory.
const CALLS: usize = 100_000;
/// Records of no call kept in memory.
const CHANGES: usize = 1_000;
/// At the first look at a long trail, only so much of its end is read.
const FIRST_LOOK: u64 = 256 * 1024 * 1024;

/// Where a record stands: chain, segment, byte offset, bytes.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) chain: std::sync::Arc<str>,
    pub(super) segment: u32,
    pub(super) offset: u64,
    pub(super) bytes: u32,
}

struct Entry {
    summary: CallSummary,
    places: Vec<Place>,
}

/// How far a chain has been read.
struct Cursor {
    name: std::sync::Arc<str>,
    segment: u32,
    offset: u64,
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

#[derive(Default)]
pub(super) struct Index {
    calls: BTreeMap<CallId, Entry>,
    changes: VecDeque<Change>,
    cursors: HashMap<String, Cursor>,
    /// Chains that will not grow, so that they need not be looked at again.
    done: HashSet<String>,
    names: Names,
    looked: bool,
}

impl Index {
    pub(super) fn refresh(&mut self, trail: &Path) -> io::Result<()> {
        let folders = chain_folders(trail)?;
        let known = |name: &String| self.cursors.contains_key(name) || self.done.contains(name);
        let mut fresh: Vec<_> = folders.into_iter().filter(|name| !known(name)).collect();
        fresh.sort_by_cached_key(|name| (chain_began(trail, name), name.clone()));
        self.discover(trail, &fresh)?;
        let mut cursors: Vec<_> = std::mem::take(&mut self.cursors).into_iter().collect();
        // Chains that are new go in the order in which they began: `interrupted` comes after its intent.
        cursors.sort_by_key(|(name, _)| fresh.iter().position(|new| new == name));
        let mut rewound = false;
        for (name, mut cursor) in cursors {
            rewound |= self.follow(trail, &mut cursor)?;
            self.cursors.insert(name, cursor);
        }
        let done = &self.done;
        self.cursors.retain(|name, _| !done.contains(name));
        if rewound {
            // Records already taken in were declared void after a failed write. Rare: read it all again.
            *self = Self::default();
            return self.refresh(trail);
        }
        Ok(())
    }

    /// Places a cursor in each new chain: at its beginning, or so near the end that a first look stays short.
    fn discover(&mut self, trail: &Path, fresh: &[String]) -> io::Result<()> {
        let mut left = if self.looked { u64::MAX } else { FIRST_LOOK };
        self.looked = true;
        for name in fresh.iter().rev() {
            if left == 0 {
                self.done.insert(name.clone());
                continue;
            }
            let folder = trail.join(name);
            let mut segment = 1;
            for number in segments(&folder)?.0.into_iter().rev() {
                segment = number;
                left = left
                    .saturating_sub(std::fs::metadata(folder.join(segment_file(number)))?.len());
                if left == 0 {
                    break;
                }
            }
            let cursor = Cursor {
                name: name.as_str().into(),
                segment,
                offset: 0,
            };
            self.cursors.insert(name.clone(), cursor);
        }
        Ok(())
    }

    /// Reads a chain on. True if what was read before does not count.
    fn follow(&mut self, trail: &Path, cursor: &mut Cursor) -> io::Result<bool> {
        let folder = trail.join(&*cursor.name);
        loop {
            // Asked before reading, so that a segment with a successor is read to its end.
            let next = Next::of(&folder, cursor.segment)?;
            let mut file = match File::open(folder.join(segment_file(cursor.segment))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                file => file?,
            };
            let counts = match next {
                Next::Resumes { good_bytes } => good_bytes,
                Next::None | Next::Records => file.metadata()?.len(),
            };
            if counts < cursor.offset {
                return Ok(true);
            }
            file.seek(SeekFrom::Start(cursor.offset))?;
            let mut bytes = Vec::new();
            file.take(counts - cursor.offset).read_to_end(&mut bytes)?;
            self.lines(&bytes, cursor);
            if matches!(next, Next::None) {
                return Ok(false);
            }
            cursor.segment += 1;
            cursor.offset = 0;
        }
    }

    /// Takes in whole lines.
    fn lines(&mut self, bytes: &[u8], cursor: &mut Cursor) {
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let line = &bytes[from..end];
            if let Ok(row) = serde_json::from_slice::<Row>(line) {
                self.take(&row, line, cursor);
            }
            cursor.offset += (line.len() + 1) as u64;
            from = end + 1;
        }
    }

    fn take(&mut self, row: &Row, line: &[u8], cursor: &Cursor) {
        let Some(call) = row
            .call
            .as_deref()
            .and_then(|call| call.parse::<CallId>().ok())
        else {
            return self.take_change(row, line, &cursor.name);
        };
        let names = &mut self.names;
        let entry = self.calls.entry(call).or_insert_with(|| Entry {
            summary: CallSummary::new(call, row, names),
            places: Vec::new(),
        });
        entry.summary.add(row, names);
        entry.places.push(Place {
            chain: cursor.name.clone(),
            segment: cursor.segment,
            offset: cursor.offset,
            bytes: u32::try_from(line.len()).unwrap_or(u32::MAX),
        });
        while self.calls.len() > CALLS {
            self.calls.pop_first();
        }
    }

    fn take_change(&mut self, row: &Row, line: &[u8], chain: &str) {
        // The trail's own account of itself is no change of anything.
        if row.kind == "checkpoint" {
            return;
        }
        self.done.extend(row.taken_over().map(str::to_owned));
        if row.kind == "stop" {
            self.done.insert(chain.to_owned());
        }
        self.changes.push_front(Change {
            time: row.time(),
            kind: row.kind.clone(),
            record: String::from_utf8_lossy(line).into_owned(),
        });
        self.changes.truncate(CHANGES);
    }

    pub(super) fn calls(&self, filter: &Filter) -> Vec<CallSummary> {
        let before = filter.before.map_or(Bound::Unbounded, Bound::Excluded);
        self.calls
            .range((Bound::Unbounded, before))
            .rev()
            .map(|(_, entry)| &entry.summary)
            .filter(|summary| filter.fits(summary))
            .take(filter.limit)
            .cloned()
            .collect()
    }

    pub(super) fn spots(&self, call: CallId) -> Option<Vec<Place>> {
        self.calls.get(&call).map(|entry| entry.places.clone())
    }

    pub(super) fn changes(&self, limit: usize) -> Vec<Change> {
        self.changes.iter().take(limit).cloned().collect()
    }
}

impl Filter {
    fn fits(&self, call: &CallSummary) -> bool {
        let is =
            |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
        is(&self.tenant, &call.tenant)
            && is(&self.key, &call.key)
            && is(&self.provider, &call.provider)
            && is(&self.code, call.code.as_deref().unwrap_or_default())
            && (is(&self.model, &call.model) || is(&self.model, &call.request_model))
            && self.result.is_none_or(|result| result == call.result)
            && self.since.is_none_or(|since| call.time >= since)
            && self
                .class
                .as_deref()
                .is_none_or(|class| call.classes.iter().any(|one| &**one == class))
    }
}
