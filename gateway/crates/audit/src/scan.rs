//! Reads one chain from its first byte to its last and checks all that the chain itself can show.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::time::Duration;

use marshal_types::{CallId, Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::canonical::{members, text};
use crate::chain::{Chain, Line, Seq, holds_more_than_a_record, parse_time};
use crate::event::{Link, Start};
use crate::layout::{segment_file, segments};
use crate::proof::{Checkpoint, Hash, Tree, Vkey, leaf_hash};

/// Where a record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The segment's number.
    pub segment: u32,
    /// The line in it, from 1.
    pub line: u64,
}

/// Something in a trail that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// The file, relative to the trail's folder.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, in a sentence.
    pub why: String,
}

/// The end of a chain that was cut off while it was being written. No failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Torn {
    /// The file, relative to the trail's folder.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// How many bytes do not count.
    pub bytes: u64,
}

/// An `interrupted` record.
#[derive(Clone, Debug)]
pub(crate) struct Interruption {
    pub(crate) instance: String,
    pub(crate) attempt: (CallId, u32),
    pub(crate) spot: Spot,
}

/// What one chain holds.
#[derive(Clone, Debug, Default)]
pub struct ChainScan {
    /// Its folder's name.
    pub instance: String,
    /// How many records count.
    pub records: u64,
    /// How many of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// How many segments it has.
    pub segments: u32,
    /// Its last record that counts, if it has one.
    pub tail: Option<Chain>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// The chains that its `start` links.
    pub previous: Vec<Link<'static>>,
    /// Whether it ended in good order.
    pub stopped: bool,
    /// Whether its process got as far as taking calls, so that what it had to recover is recovered.
    pub past_recovery: bool,
    /// Intents without an ending in this chain, and where they stand.
    pub open: HashMap<(CallId, u32), Spot>,
    /// The end that was cut off, if one was.
    pub torn: Option<Torn>,
    /// Bytes that a `resume` declared void.
    pub void_bytes: u64,
    /// The first thing wrong.
    pub bad: Option<Bad>,
    /// How many checkpoints it has.
    pub checkpoints: u64,
    /// The key that signs them.
    pub vkey: Option<Vkey>,
    /// Over its records.
    pub tree: Tree,
    /// How many records of a chain that is signed no checkpoint covers.
    pub unsigned: u64,
    pub(crate) interruptions: Vec<Interruption>,
    pub(crate) wanted: HashMap<u64, (Digest, Spot)>,
    /// The tree's root when it had so many records, where that is wanted.
    pub(crate) roots: HashMap<u64, Hash>,
    pub(crate) end: Spot,
    time: String,
    /// The first record that no checkpoint covers, and when it was written.
    first_unsigned: Option<(Spot, Timestamp)>,
}

/// As many records may wait for a checkpoint: a full queue of the writer, and what brings one.
const MOST_UNSIGNED: u64 = 70_000;
/// So long the newest of them may be after the first: a checkpoint comes within a second, or the disk stands still.
const LONGEST_UNSIGNED: Duration = Duration::from_secs(60);

impl ChainScan {
    /// Nothing was ever written to it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.records == 0 && self.bad.is_none()
    }

    /// Attempts of other chains that this chain ended, with the name of the chain that holds the intent.
    pub fn interrupted(&self) -> impl Iterator<Item = (&str, CallId, u32)> {
        self.interruptions
            .iter()
            .map(|one| (&*one.instance, one.attempt.0, one.attempt.1))
    }

    pub(crate) fn file(&self, segment: u32) -> String {
        format!("{}/{}", self.instance, segment_file(segment))
    }

    pub(crate) fn bad_at(&mut self, spot: Spot, why: impl Into<String>) {
        let file = self.file(spot.segment);
        self.bad.get_or_insert(Bad {
            file,
            line: spot.line,
            why: why.into(),
        });
    }
}

/// Reads the chain in `trail/instance`. What is wrong with its content is in the result; reading stops there.
///
/// # Errors
/// If the folder or a file cannot be read.
pub fn scan_chain(trail: &Path, instance: &str) -> io::Result<ChainScan> {
    scan(trail, instance, &Wanted::default())
}

/// What a scan is to remember.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Hash and place of the records with these numbers.
    pub(crate) records: Vec<u64>,
    /// The tree's root at these sizes.
    pub(crate) sizes: Vec<u64>,
}

/// As [`scan_chain`]; remembers what is wanted.
pub(crate) fn scan(trail: &Path, instance: &str, wanted: &Wanted) -> io::Result<ChainScan> {
    let folder = trail.join(instance);
    let (numbers, strange) = segments(&folder)?;
    let mut scan = ChainScan {
        instance: instance.to_owned(),
        segments: u32::try_from(numbers.len()).unwrap_or(u32::MAX),
        ..ChainScan::default()
    };
    scan.end = Spot {
        segment: 1,
        line: 1,
    };
    let mut next = numbers.first().map(|n| read(&folder, *n)).transpose()?;
    for (index, number) in numbers.iter().copied().enumerate() {
        let due = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        if number != due {
            scan.bad_at(
                Spot {
                    segment: due,
                    line: 1,
                },
                "the segment is missing",
            );
            break;
        }
        let bytes = next.take().unwrap_or_default();
        next = numbers
            .get(index + 1)
            .map(|n| read(&folder, *n))
            .transpose()?;
        let follow = match numbers.get(index + 1) {
            Some(after) if *after != number + 1 => Follow::Broken,
            _ => Follow::of(next.as_deref(), index + 2 == numbers.len(), number),
        };
        scan.segment(number, &bytes, &follow, wanted);
        if scan.bad.is_some() {
            break;
        }
    }
    scan.signed_to_the_end();
    if let Some(name) = strange.first() {
        scan.bad.get_or_insert(Bad {
            file: format!("{instance}/{name}"),
            line: 1,
            why: "not a segment's name: segments are 000001.jsonl, 000002.jsonl and so on".into(),
        });
    }
    Ok(scan)
}

fn read(folder: &Path, number: u32) -> io::Result<Vec<u8>> {
    std::fs::read(folder.join(segment_file(number)))
}

/// What the segment after this one says about where this one ends.
enum Follow {
    /// Nothing follows, or nothing that counts: this end may be torn.
    Nothing,
    /// Records follow.
    Records,
    /// What follows is missing or begins with a line that was changed: what it said of this segment is not known.
    Broken,
    /// Only so many bytes of this segment count.
    Resumed { good_bytes: u64 },
}

impl Follow {
    fn of(next: Option<&[u8]>, next_is_last: bool, number: u32) -> Self {
        let Some(next) = next else {
            return Self::Nothing;
        };
        let Some(end) = memchr::memchr(b'\n', next) else {
            return if next_is_last {
                Self::Nothing
            } else {
                Self::Records
            };
        };
        if Line::check(&next[..end]).is_err() {
            return Self::Broken;
        }
        match resumed(&next[..end], number) {
            Some(good_bytes) => Self::Resumed { good_bytes },
            None => Self::Records,
        }
    }
}

/// If `line`, the first of a segment, is a `resume` of the segment `number`: how many bytes of that one count.
pub(crate) fn resumed(line: &[u8], number: u32) -> Option<u64> {
    #[derive(Deserialize)]
    struct Peek<'a> {
        kind: &'a str,
        poisoned: Option<&'a str>,
        good_bytes: Option<u64>,
    }
    let peek: Peek<'_> = serde_json::from_slice(line).ok()?;
    let this = peek.kind == "resume" && peek.poisoned? == segment_file(number);
    peek.good_bytes.filter(|_| this)
}

/// The members that the chain's own rules speak of.
#[derive(Default)]
struct Head<'a> {
    kind: &'a str,
    prev: &'a str,
    seq: u64,
    time: &'a str,
    v: u64,
    call: Option<&'a str>,
    attempt: Option<u32>,
    note: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    fn of(line: &Line<'a>) -> Result<Self, &'static str> {
        let (mut head, mut strange) = (Self::default(), false);
        members(line.body, |name, value| {
            let mut told = |to: &mut &'a str| match text(value) {
                Some(text) => *to = text,
                None => strange = true,
            };
            match name {
                b"kind" => told(&mut head.kind),
                b"prev" => told(&mut head.prev),
                b"time" => told(&mut head.time),
                b"seq" => head.seq = number(value).unwrap_or(0),
                b"v" => head.v = number(value).unwrap_or(0),
                b"call" => head.call = text(value),
                b"attempt" => head.attempt = number(value),
                b"note" => head.note = serde_json::from_slice(value).ok(),
                _ => {}
            }
        })
        .ok_or("the record is not canonical JSON")?;
        if strange || head.kind.is_empty() {
            return Err("the line is not a record of this format");
        }
        Ok(head)
    }
}

fn number<T: std::str::FromStr>(value: &[u8]) -> Option<T> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

impl ChainScan {
    fn segment(&mut self, number: u32, bytes: &[u8], follow: &Follow, wanted: &Wanted) {
        let mut bytes = bytes;
        let mut spot = Spot {
            segment: number,
            line: 1,
        };
        self.end = spot;
        if let Follow::Resumed { good_bytes } = follow {
            let good = usize::try_from(*good_bytes).unwrap_or(usize::MAX);
            if bytes.len() < good {
                let line = 1 + memchr::memchr_iter(b'\n', bytes).count() as u64;
                return self.bad_at(
                    Spot { line, ..spot },
                    format!(
                        "the segment ends early: {good_bytes} bytes of it count, {} are here",
                        bytes.len()
                    ),
                );
            }
            self.void_bytes += (bytes.len() - good) as u64;
            bytes = &bytes[..good];
        }
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            if let Err(why) = self.record(&bytes[..end], spot, wanted) {
                return self.rest(bytes, spot, follow, &why);
            }
            bytes = &bytes[end + 1..];
            spot.line += 1;
            self.end = spot;
        }
        if !bytes.is_empty() {
            self.rest(
                bytes,
                spot,
                follow,
                "the last line is not a record and was not cut off in writing",
            );
        }
    }

    /// The first bytes that are no record: torn, or changed.
    fn rest(&mut self, rest: &[u8], spot: Spot, follow: &Follow, why: &str) {
        let whole_lines = memchr::memchr(b'\n', rest).is_some();
        match follow {
            Follow::Nothing if !whole_lines && !holds_more_than_a_record(rest) => {}
            Follow::Nothing if whole_lines && memchr::memmem::find(rest, &[0; HOLE]).is_some() => {}
            // What was changed is the next segment's first line; it is met next.
            Follow::Broken if !whole_lines => return,
            Follow::Records | Follow::Resumed { .. } if !whole_lines => {
                return self.bad_at(spot, "the segment was cut short");
            }
            _ => return self.bad_at(spot, why),
        }
        self.torn = Some(Torn {
            file: self.file(spot.segment),
            line: spot.line,
            bytes: rest.len() as u64,
        });
    }

    fn record(&mut self, bytes: &[u8], spot: Spot, wanted: &Wanted) -> Result<(), String> {
        let line = Line::check(bytes)?;
        let head = Head::of(&line)?;
        self.follows(&head)?;
        if head.seq == 1 {
            self.begin(&head, &line)?;
        }
        if head.kind == "checkpoint" {
            self.signed(&head)?;
        }
        self.pair(&head, &line, spot)?;
        self.tree.push(leaf_hash(line.json));
        if self.vkey.is_some() && head.kind != "checkpoint" {
            self.unsigned += 1;
            let time = parse_time(head.time).unwrap_or_default();
            self.first_unsigned.get_or_insert((spot, time));
        }
        self.time.replace_range(.., head.time);
        self.tail = Some(Chain {
            seq: Seq(head.seq),
            hash: line.hash,
        });
        if wanted.sizes.contains(&head.seq) {
            self.roots.insert(head.seq, self.tree.root());
        }
        if wanted.records.contains(&head.seq) {
            self.wanted.insert(head.seq, (line.hash, spot));
        }
        self.records += 1;
        self.stopped = head.kind == "stop" || self.stopped;
        self.past_recovery |=
            !matches!(head.kind, "start" | "interrupted" | "resume" | "checkpoint");
        match self.kinds.get_mut(head.kind) {
            Some(count) => *count += 1,
            None => drop(self.kinds.insert(head.kind.to_owned(), 1)),
        }
        Ok(())
    }

    fn follows(&self, head: &Head<'_>) -> Result<(), String> {
        let tail = self.tail.unwrap_or_default();
        let due = tail.seq.0 + 1;
        if head.v != 1 {
            return Err(format!(
                "format version {} is not known to this reader",
                head.v
            ));
        }
        if head.seq != due {
            return Err(format!(
                "record {} stands where record {due} is due: lines are missing, added or out of order",
                head.seq
            ));
        }
        if head.prev.as_bytes() != crate::chain::hex(&tail.hash.0) {
            return Err(
                "the record does not follow the one before it: `prev` is another hash".into(),
            );
        }
        if parse_time(head.time).is_none() || head.time < &*self.time {
            return Err(
                "the record's time is not a time, or is before that of the record before it".into(),
            );
        }
        // The last checkpoint covers the stop as well.
        if self.stopped && head.kind != "checkpoint" {
            return Err("a record follows the chain's `stop`".into());
        }
        if (head.kind == "start") != (head.seq == 1) {
            return Err("`start` is the first record of a chain, and only the first".into());
        }
        Ok(())
    }

    fn begin(&mut self, head: &Head<'_>, line: &Line<'_>) -> Result<(), String> {
        let start: Start<'static> =
            serde_json::from_slice(line.json).map_err(|_| "the `start` record lacks a member")?;
        if start.instance != self.instance {
            return Err(format!(
                "the chain of {} lies in this folder",
                start.instance
            ));
        }
        if let Some(text) = &start.vkey {
            let vkey = Vkey::parse(text).ok_or("the chain's key is none that signs checkpoints")?;
            if vkey.name.rsplit('/').next() != Some(&*self.instance) {
                return Err("the chain's key goes by another chain's name".into());
            }
            self.vkey = Some(vkey);
        }
        self.started = parse_time(head.time);
        self.previous = start.previous;
        Ok(())
    }

    /// Records without a checkpoint are few and new: whoever has no key cannot have written more.
    fn signed_to_the_end(&mut self) {
        let Some((spot, since)) = self.first_unsigned else {
            return;
        };
        let newest = parse_time(&self.time).unwrap_or_default();
        // A chain is signed before it goes on, so one that did without was not written by who has the key.
        let never = self.checkpoints == 0 && self.past_recovery;
        if never || self.unsigned > MOST_UNSIGNED || newest.since(since) > LONGEST_UNSIGNED {
            let why = format!(
                "no checkpoint covers this record and {} after it, though the chain is signed",
                self.unsigned - 1
            );
            self.bad_at(spot, why);
        }
    }

    /// A checkpoint is of this tree, and signed.
    fn signed(&mut self, head: &Head<'_>) -> Result<(), String> {
        let vkey = self
            .vkey
            .as_ref()
            .ok_or("a checkpoint stands in a chain that named no key for it")?;
        let (checkpoint, note) = head
            .note
            .as_deref()
            .and_then(|note| Checkpoint::read(note).ok())
            .ok_or("the checkpoint is not written as one")?;
        if checkpoint != Checkpoint::of(&vkey.name, &self.tree) {
            return Err("the checkpoint signs other records than those before it".into());
        }
        if !note.is_signed_by(vkey) {
            return Err("the checkpoint's signature does not fit the chain's key".into());
        }
        self.checkpoints += 1;
        self.unsigned = 0;
        self.first_unsigned = None;
        Ok(())
    }

    /// Intents and endings.
    fn pair(&mut self, head: &Head<'_>, line: &Line<'_>, spot: Spot) -> Result<(), String> {
        if !matches!(head.kind, "intent" | "complete" | "abort" | "interrupted") {
            return Ok(());
        }
        let attempt = head
            .call
            .and_then(|call| call.parse::<CallId>().ok())
            .zip(head.attempt)
            .ok_or("the record lacks a call or an attempt")?;
        match head.kind {
            "intent" => match self.open.insert(attempt, spot) {
                None => Ok(()),
                Some(_) => Err(format!(
                    "attempt {} of call {} begins twice",
                    attempt.1, attempt.0
                )),
            },
            "interrupted" => {
                #[derive(Deserialize)]
                struct Of {
                    instance: String,
                }
                let of: Of = serde_json::from_slice(line.json)
                    .map_err(|_| "the `interrupted` record lacks its instance")?;
                self.interruptions.push(Interruption {
                    instance: of.instance,
                    attempt,
                    spot,
                });
                Ok(())
            }
            _ => match self.open.remove(&attempt) {
                Some(_) => Ok(()),
                None => Err(format!(
                    "attempt {} of call {} ends here, but no intent of it is open",
                    attempt.1, attempt.0
                )),
            },
        }
    }
}

/// The least that a disk loses at once: a sector.
const HOLE: usize = 512;
