//! What tests stand on: records, beside folders and chains.

pub(crate) use marshal_audit::testing::{Folder, Pen};
use marshal_audit::{Admin, Event, Place};

use crate::record::Record;

/// The record of a line, in the chain `a`.
pub(crate) fn record_of(line: &str) -> Record {
    let place = Place {
        chain: "a".into(),
        segment: 1,
        offset: 0,
        bytes: u32::try_from(line.len()).unwrap(),
    };
    Record::read(&place, line.as_bytes()).unwrap().0
}

/// So many records, numbered from 1.
pub(crate) fn records(count: u64) -> Vec<Record> {
    let line = |seq| {
        format!(
            r#"{{"kind":"admin","seq":{seq},"time":"2026-11-30T12:00:00.00000{seq}Z","who":"ada"}}"#
        )
    };
    (1..=count).map(|seq| record_of(&line(seq))).collect()
}

/// A deed with this text.
pub(crate) fn deed(detail: &str) -> Event<'_> {
    Event::Admin(Admin {
        action: "login".into(),
        detail: detail.into(),
        who: "ada".into(),
    })
}
