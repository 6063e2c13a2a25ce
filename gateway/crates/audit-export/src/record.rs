//! A record on its way: the line as it stands in the trail, and what receivers sort and recognise it by.

use std::borrow::Cow;
use std::sync::Arc;

use marshal_audit::Place;
use marshal_types::Timestamp;
use serde::Deserialize;

/// A record of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub place: Place,
    /// Its number in its chain: with the chain's name what receivers know a duplicate by.
    pub seq: u64,
    /// When it was written.
    pub time: Timestamp,
    /// Its kind.
    pub kind: Box<str>,
    /// The call, if it is of one.
    pub call: Option<Box<str>>,
    /// Whose it is, if the record says so: endings name the call alone.
    pub tenant: Option<Box<str>>,
    /// The line, without its newline.
    pub line: Box<str>,
}

/// What an exporter needs to know of a line.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    seq: u64,
    time: &'a str,
    #[serde(borrow)]
    call: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tenant: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    previous: Vec<Previous<'a>>,
}

#[derive(Deserialize)]
struct Previous<'a> {
    #[serde(borrow)]
    instance: Cow<'a, str>,
    live: bool,
    seq: u64,
}

/// A chain that grows no more, and the number of its last record.
pub(crate) type Ended = (Arc<str>, u64);

impl Record {
    /// Reads a line; gives the chains that it, a `start`, names as ended, too. `None`: it is no record. What that means is
    /// for `marshal audit verify` to say.
    pub(crate) fn read(place: &Place, line: &[u8]) -> Option<(Self, Vec<Ended>)> {
        let line = std::str::from_utf8(line).ok()?;
        let head: Head<'_> = serde_json::from_str(line).ok()?;
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| text.into());
        let record = Self {
            place: place.clone(),
            seq: head.seq,
            time: Timestamp::parse(head.time)?,
            kind: head.kind.into(),
            call: owned(head.call),
            tenant: owned(head.tenant),
            line: line.into(),
        };
        let ended = head.previous.into_iter().filter(|link| !link.live);
        let ended = ended.map(|link| (link.instance.into(), link.seq)).collect();
        Some((record, ended))
    }

    /// The chain's name.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.place.chain
    }

    /// Its segment, and where it begins in it.
    pub(crate) fn spot(&self) -> (u32, u64) {
        (self.place.segment, self.place.offset)
    }

    /// Where the next record of the segment begins.
    pub(crate) fn end(&self) -> u64 {
        self.place.offset + u64::from(self.place.bytes) + 1
    }

    /// What no other record is called: the chain's name, the number, and the end of the line's hash, for a record that was
    /// void has the number of another.
    #[must_use]
    pub fn name(&self) -> String {
        let hash = self.line.strip_suffix("\"}").unwrap_or_default();
        let end = hash
            .get(hash.len().saturating_sub(16)..)
            .unwrap_or_default();
        format!("{}/{}/{end}", self.instance(), self.seq)
    }

    /// One JSON object: the chain's name, the number, and the line itself, byte for byte.
    #[must_use]
    pub fn message(&self) -> String {
        let instance = serde_json::Value::from(self.instance());
        format!(
            r#"{{"instance":{instance},"seq":{},"record":{}}}"#,
            self.seq, self.line
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            chain: "a".into(),
            segment: 1,
            offset: 0,
            bytes: 0,
        }
    }

    #[test]
    fn a_message_names_the_chain_and_keeps_the_line_word_for_word() {
        let line = r#"{"kind":"admin","seq":7,"tenant":"a\nb","time":"2026-11-30T12:00:00.000001Z","who":"\u2028"}"#;
        let (record, _) = Record::read(&place(), line.as_bytes()).unwrap();
        assert_eq!(record.tenant.as_deref(), Some("a\nb"));
        assert_eq!(
            record.message(),
            format!(r#"{{"instance":"a","seq":7,"record":{line}}}"#)
        );
    }

    #[test]
    fn what_is_no_record_is_none() {
        for line in [
            &b"\0\0\0"[..],
            b"{}",
            b"{\"kind\":\"x\",\"seq\":1,\"time\":\"now\"}",
            b"\xff",
        ] {
            assert!(Record::read(&place(), line).is_none());
        }
    }
}
