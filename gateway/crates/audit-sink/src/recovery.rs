//! What earlier processes left behind: which chains to link, which attempts to end.
//!
//! A chain that was taken over is marked by an empty file in `<data>/state/audit`, so that the next start need not read it
//! again. The marks are no evidence: without them all chains are read, with the same result.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use marshal_audit::{
    Bad, Chain, ChainScan, Line, Link, Seq, Torn, chains_in_order, scan_chain, segment_file,
};
use marshal_types::CallId;

use crate::fs::Fs;
use crate::lock::lock_chain;

/// What a start has to say about the chains before it.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) links: Vec<Link<'static>>,
    /// Chain, call, attempt.
    pub(crate) open: Vec<(String, CallId, u32)>,
    pub(crate) torn: Vec<Torn>,
    pub(crate) problems: Vec<Bad>,
    /// Chains to mark, the oldest first.
    finished: Vec<String>,
    /// Held until they are marked.
    locks: Vec<File>,
    marks: PathBuf,
}

pub(crate) fn find(data: &Path, trail: &Path, own: &str, fs: &dyn Fs) -> io::Result<Found> {
    let marks = data.join("state").join("audit");
    let mut found = Found {
        marks,
        ..Found::default()
    };
    let mut live = Vec::new();
    let mut all = chains_in_order(trail)?;
    all.retain(|name| name != own);
    for name in &all {
        if found.marks.join(name).exists() {
            continue;
        }
        match lock_chain(&trail.join(name))? {
            Some(lock) => {
                found.locks.push(lock);
                found.finished.push(name.clone());
            }
            None => live.push(name.clone()),
        }
    }
    for name in live {
        found.links.extend(live_link(trail, &name, fs)?);
    }
    found.read(trail, &all, fs)?;
    Ok(found)
}

impl Found {
    /// Reads the finished chains, and those after the oldest of them: they may have ended its attempts already.
    fn read(&mut self, trail: &Path, all: &[String], fs: &dyn Fs) -> io::Result<()> {
        let from = all
            .iter()
            .position(|name| self.finished.contains(name))
            .unwrap_or(all.len());
        let mut open: HashMap<(String, CallId, u32), ()> = HashMap::new();
        let mut ended = Vec::new();
        for name in &all[from..] {
            let finished = self.finished.contains(name);
            let chain = scan_chain(trail, name)?;
            ended.extend(
                chain
                    .interrupted()
                    .map(|(of, call, attempt)| (of.to_owned(), call, attempt)),
            );
            if finished {
                // What was read may so far only be in memory; once it is linked it must not go away.
                sync_end(trail, name, chain.segments, fs)?;
                open.extend(
                    chain
                        .open
                        .keys()
                        .map(|(call, attempt)| ((name.clone(), *call, *attempt), ())),
                );
                self.take(chain);
            }
        }
        for attempt in ended {
            open.remove(&attempt);
        }
        self.open = open.into_keys().collect();
        // UUIDv7: in the order in which they began.
        self.open.sort_by_key(|one| (one.1, one.2));
        Ok(())
    }

    fn take(&mut self, chain: ChainScan) {
        self.torn.extend(chain.torn);
        self.problems.extend(chain.bad);
        self.links
            .extend(chain.tail.map(|tail| link(&chain.instance, tail, false)));
    }

    /// Marks the finished chains as taken over. Only after all that they left open was ended durably.
    pub(crate) fn mark(self, fs: &dyn Fs) {
        // A mark that cannot be made costs the next start some time, nothing else; but none may be made after it,
        // so that no marked chain is older than one that is read again.
        let _ = fs.create_folder(&self.marks).and_then(|()| {
            self.finished
                .iter()
                .try_for_each(|name| fs.create(&self.marks.join(name)).map(drop))?;
            fs.sync_folder(&self.marks)
        });
    }
}

/// Whether a later start links a chain as ended: no byte of it changes any more.
#[must_use]
pub fn is_taken_over(data: &Path, chain: &str) -> bool {
    data.join("state").join("audit").join(chain).exists()
}

fn link(instance: &str, tail: Chain, live: bool) -> Link<'static> {
    Link {
        hash: tail.hash,
        instance: instance.to_owned().into(),
        live,
        seq: tail.seq.0,
    }
}

/// Makes a chain's end durable: its last segment, and the one before, which may be the one that failed.
fn sync_end(trail: &Path, name: &str, segments: u32, fs: &dyn Fs) -> io::Result<()> {
    let folder = trail.join(name);
    for number in segments.saturating_sub(1).max(1)..=segments {
        match fs.sync_file(&folder.join(segment_file(number))) {
            // A chain with a missing segment: that is for `verify` to say.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            synced => synced?,
        }
    }
    fs.sync_folder(&folder)
}

/// A record of a chain that is still being written, near its end, and durable.
fn live_link(trail: &Path, name: &str, fs: &dyn Fs) -> io::Result<Option<Link<'static>>> {
    let folder = trail.join(name);
    let mut number = 1;
    while folder.join(segment_file(number + 1)).exists() {
        number += 1;
    }
    while number > 0 {
        let path = folder.join(segment_file(number));
        let bytes = std::fs::read(&path)?;
        let whole = memchr::memrchr(b'\n', &bytes).unwrap_or(0);
        let from = memchr::memrchr(b'\n', &bytes[..whole]).map_or(0, |newline| newline + 1);
        if let Some(tail) = tail(&bytes[from..whole]) {
            fs.sync_file(&path)?;
            return Ok(Some(link(name, tail, true)));
        }
        number -= 1;
    }
    Ok(None)
}

fn tail(line: &[u8]) -> Option<Chain> {
    #[derive(serde::Deserialize)]
    struct Number {
        seq: u64,
    }
    let line = Line::check(line).ok()?;
    let number: Number = serde_json::from_slice(line.json).ok()?;
    Some(Chain {
        seq: Seq(number.seq),
        hash: line.hash,
    })
}
