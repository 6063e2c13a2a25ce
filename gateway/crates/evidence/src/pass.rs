//! One pass over the trail for all that ask.

use std::collections::HashMap;
use std::path::Path;

use marshal_audit::Report;
use marshal_types::Timestamp;
use serde::Serialize;

use crate::answer::Example;
use crate::read::{Place, lines};
use crate::row::Row;
use crate::{Error, time};

/// Whether the trail holds, and what of it is no record that this version can read.
#[derive(Clone, Debug, Serialize)]
pub struct TrailState {
    /// What the verification of the whole trail found.
    #[serde(flatten)]
    pub verification: Report,
    /// Lines that could not be read; nothing in a report counts them.
    pub unread: u64,
}

/// When a record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    Within,
    After,
}

/// A period: at or after `from`, before `to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Period {
    pub(crate) fn new(from: Timestamp, to: Timestamp) -> Result<Self, Error> {
        if from < to {
            Ok(Self { from, to })
        } else {
            Err(Error::Period { from, to })
        }
    }

    fn when(&self, at: Timestamp) -> When {
        match at {
            at if at < self.from => When::Before,
            at if at < self.to => When::Within,
            _ => When::After,
        }
    }
}

/// A record on its way through the queries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) row: &'a Row,
    pub(crate) at: Timestamp,
    pub(crate) when: When,
    /// The intent of the attempt that this record ends.
    pub(crate) intent: Option<&'a Row>,
}

impl Item<'_> {
    pub(crate) fn within(&self) -> bool {
        self.when == When::Within
    }

    /// Whether it is a record of this kind, within the period.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.within() && self.row.kind == kind
    }

    /// Whether it is an attempt that goes to a provider, within the period.
    pub(crate) fn dispatched(&self) -> bool {
        self.within() && self.row.is_dispatch()
    }

    pub(crate) fn example(&self, shows: &str) -> Example {
        Example {
            place: self.place.to_string(),
            call: self.row.call.clone(),
            shows: shows.to_owned(),
        }
    }
}

/// Takes each record in.
pub(crate) trait See {
    fn see(&mut self, item: &Item<'_>);
}

/// Verifies the trail, then hands every record of it to `to`, those outside of the period too.
pub(crate) fn run(dir: &Path, period: Period, to: &mut dyn See) -> Result<TrailState, Error> {
    let verification = marshal_audit::verify(dir);
    let unread = walk(dir, period, to)?;
    Ok(TrailState {
        verification,
        unread,
    })
}

/// The pass alone; how many lines are no records. Attempts that have not ended are kept in memory, nothing else.
pub(crate) fn walk(dir: &Path, period: Period, to: &mut dyn See) -> Result<u64, Error> {
    let mut unread = 0;
    let mut open: HashMap<(String, u32), Row> = HashMap::new();
    lines(dir, &mut |place, line| {
        let Some((row, at)) = Row::of(line).and_then(|row| {
            let at = time::parse(&row.time)?;
            Some((row, at))
        }) else {
            unread += 1;
            return;
        };
        let attempt = (row.call.clone().unwrap_or_default(), row.attempt);
        let ends = matches!(&*row.kind, "complete" | "abort" | "interrupted");
        let intent = if ends { open.remove(&attempt) } else { None };
        to.see(&Item {
            place,
            row: &row,
            at,
            when: period.when(at),
            intent: intent.as_ref(),
        });
        if row.kind == "intent" {
            open.insert(attempt, row);
        }
    })?;
    Ok(unread)
}
