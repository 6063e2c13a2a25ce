//! One chain: numbering and hashing records as they are written, and checking a line as it is read.

use std::fmt;

use marshal_types::{Digest, Timestamp};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::draft::Draft;

/// A record's number in its chain, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The end of a chain: the number and hash of its last record. The default is a chain without records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The last record's number; 0 without one.
    pub seq: Seq,
    /// The last record's hash; zeros without one.
    pub hash: Digest,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            seq: Seq(0),
            hash: Digest([0; 32]),
        }
    }
}

const HASH_KEY: &[u8] = b",\"hash\":\"";
/// `,"hash":"`, 64 digits, `"}`.
const SEAL: usize = HASH_KEY.len() + 64 + 2;

impl Chain {
    /// Appends `draft` to `out` as the next whole line, newline included, and moves the end of the chain on.
    pub fn seal(&mut self, draft: &Draft, time: &str, out: &mut Vec<u8>) {
        let start = out.len();
        self.seq.0 += 1;
        draft.fill(self.seq, &hex(&self.hash.0), time, out);
        out.push(b'}');
        self.hash = sha256(&out[start..]);
        out.pop();
        out.extend_from_slice(HASH_KEY);
        out.extend_from_slice(&hex(&self.hash.0));
        out.extend_from_slice(b"\"}\n");
    }
}

/// A line whose own hash is right. Whether it follows the line before it is for the reader to check.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The whole line without its newline: one JSON object.
    pub json: &'a [u8],
    /// Its hash.
    pub hash: Digest,
    /// The record before its hash was added, without its closing brace.
    pub(crate) body: &'a [u8],
}

impl<'a> Line<'a> {
    /// Checks that `bytes`, a line without its newline, ends with a hash that fits the rest.
    ///
    /// # Errors
    /// A sentence for the report.
    pub fn check(bytes: &'a [u8]) -> Result<Self, &'static str> {
        const SHAPE: &str = "the line does not end with a hash as every record does";
        let cut = bytes.len().checked_sub(SEAL).ok_or(SHAPE)?;
        let (body, seal) = bytes.split_at(cut);
        let stated = seal
            .strip_prefix(HASH_KEY)
            .and_then(|rest| rest.strip_suffix(b"\"}"))
            .and_then(unhex)
            .ok_or(SHAPE)?;
        let mut context = ring::digest::Context::new(&SHA256);
        context.update(body);
        context.update(b"}");
        if context.finish().as_ref() != stated {
            return Err("the hash does not fit the record: the line was changed");
        }
        Ok(Self {
            json: bytes,
            hash: Digest(stated),
            body,
        })
    }
}

/// Whether a whole record stands within `bytes` with something behind it: not what a cut-off write leaves.
pub(crate) fn holds_more_than_a_record(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, HASH_KEY).any(|at| bytes.len() > at + SEAL)
}

fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    Digest(out)
}

pub(crate) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    out
}

/// Strict: lower case only, so that one hash has one text.
pub(crate) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut out = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

/// Reads the one form in which records write time: to the microsecond.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).filter(|_| text.len() == 27)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for micros in [
            0,
            951_782_400_000_001,
            1_795_377_944_123_456,
            4_102_444_799_999_999,
        ] {
            let time = Timestamp::from_micros(micros);
            assert_eq!(parse_time(&time.to_string()), Some(time), "{time}");
        }
        assert_eq!(parse_time("2026-11-22T20:05:44Z"), None);
    }

    #[test]
    fn only_lower_case_hex_is_read() {
        let digits = hex(&[0xab; 32]);
        assert_eq!(unhex(&digits), Some([0xab; 32]));
        assert_eq!(unhex(&digits.to_ascii_uppercase()), None);
        assert_eq!(unhex(&digits[..63]), None);
    }
}
