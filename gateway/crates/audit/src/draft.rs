//! A record before it has its place in the chain: serialised by the caller, completed by the writer.
//!
//! The structs of [`crate::Event`] declare their fields in sorted order, so serde writes them canonically. A formatter
//! slips the envelope's members in where they sort: `kind` and `v` at once, and a gap for `prev`, `seq`
//! and `time`, which only the one writer knows.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::chain::Seq;
use crate::event::Event;

/// A record without `prev`, `seq`, `time` and `hash`.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The object without its closing brace, a NUL byte at each gap.
    bytes: Vec<u8>,
    /// Where the NUL bytes stand.
    gaps: [usize; 3],
}

impl Draft {
    /// Serialises `event`. Done on the caller's thread, so that the writer has less to do.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Start(record) => Self::new("start", record),
            Event::Stop(record) => Self::new("stop", record),
            Event::Resume(record) => Self::new("resume", record),
            Event::Intent(record) => Self::new("intent", record),
            Event::Complete(record) => Self::new("complete", record),
            Event::Abort(record) => Self::new("abort", record),
            Event::Interrupted(record) => Self::new("interrupted", record),
            Event::Deny(record) => Self::new("deny", record),
            Event::Admin(record) => Self::new("admin", record),
            Event::KeyChange(record) => Self::new("key-change", record),
            Event::PolicyChange(record) => Self::new("policy-change", record),
            Event::BreakGlass(record) => Self::new("break-glass", record),
            Event::Checkpoint(record) => Self::new("checkpoint", record),
            Event::Erase(record) => Self::new("erase", record),
            Event::Hold(record) => Self::new("hold", record),
            Event::Export(record) => Self::new("export", record),
        }
    }

    /// Bytes that the whole line will have, give or take a few.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len() + 220
    }

    #[expect(
        clippy::expect_used,
        reason = "records have text keys, hold no floats and are written to memory: serde_json cannot fail"
    )]
    fn new<T: Serialize>(kind: &'static str, record: &T) -> Self {
        let mut bytes = Vec::with_capacity(1_024);
        record
            .serialize(&mut Serializer::with_formatter(
                &mut bytes,
                Canonical::new(kind),
            ))
            .expect("a record serialises");
        let mut gaps = [0; 3];
        for (gap, at) in gaps.iter_mut().zip(memchr::memchr_iter(0, &bytes)) {
            *gap = at;
        }
        Self { bytes, gaps }
    }

    /// Writes the record without its closing brace and hash.
    pub(crate) fn fill(&self, seq: Seq, prev: &[u8; 64], time: &str, out: &mut Vec<u8>) {
        let [at_prev, at_seq, at_time] = self.gaps;
        out.reserve(self.size());
        out.extend_from_slice(&self.bytes[..at_prev]);
        out.extend_from_slice(b",\"prev\":\"");
        out.extend_from_slice(prev);
        out.push(b'"');
        out.extend_from_slice(&self.bytes[at_prev + 1..at_seq]);
        // Writing to a Vec cannot fail.
        let _ = write!(out, ",\"seq\":{seq}");
        out.extend_from_slice(&self.bytes[at_seq + 1..at_time]);
        out.extend_from_slice(b",\"time\":\"");
        out.extend_from_slice(time.as_bytes());
        out.push(b'"');
        out.extend_from_slice(&self.bytes[at_time + 1..]);
    }
}

/// The members that every record has, sorted.
const ENVELOPE: [&str; 5] = ["kind", "prev", "seq", "time", "v"];

/// Compact JSON, with the envelope merged into the outermost object.
struct Canonical {
    kind: &'static str,
    depth: u32,
    /// Members of the envelope already written.
    merged: usize,
    first: bool,
    in_outer_key: bool,
}

impl Canonical {
    const fn new(kind: &'static str) -> Self {
        Self {
            kind,
            depth: 0,
            merged: 0,
            first: true,
            in_outer_key: false,
        }
    }

    fn comma<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if std::mem::take(&mut self.first) {
            return Ok(());
        }
        to.write_all(b",")
    }

    /// Writes the members of the envelope that sort before `key`; all that are left if there is no key.
    fn merge<W: ?Sized + Write>(&mut self, key: Option<&str>, to: &mut W) -> io::Result<()> {
        while let Some(next) = ENVELOPE.get(self.merged) {
            if key.is_some_and(|key| key < *next) {
                break;
            }
            match self.merged {
                0 => {
                    self.comma(to)?;
                    write!(to, "\"kind\":\"{}\"", self.kind)?;
                }
                4 => to.write_all(b",\"v\":1")?,
                // Never first: `kind` sorts before. No JSON text holds a raw NUL, so it marks the gap.
                _ => to.write_all(b"\0")?,
            }
            self.merged += 1;
        }
        Ok(())
    }
}

impl Formatter for Canonical {
    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.depth += 1;
        to.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.depth == 0 {
            return self.merge(None, to);
        }
        to.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.in_outer_key = self.depth == 1;
        if self.in_outer_key || first {
            return Ok(());
        }
        to.write_all(b",")
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_outer_key = false;
        Ok(())
    }

    fn begin_string<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.in_outer_key {
            return Ok(());
        }
        to.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        text: &str,
    ) -> io::Result<()> {
        if self.in_outer_key {
            self.merge(Some(text), to)?;
            self.comma(to)?;
            to.write_all(b"\"")?;
        }
        to.write_all(text.as_bytes())
    }
}
