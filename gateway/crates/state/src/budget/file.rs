//! `budgets.json`: the ledger on disk.

use std::path::Path;

use marshal_types::{NanoUsd, Timestamp};
use serde::{Deserialize, Serialize};

use super::ledger::Line;
use super::{Ledger, Period};
use crate::{LockedDir, StateError};

const NAME: &str = "budgets.json";
const LOCK: &str = "budgets.lock";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    budgets: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    budget: String,
    period: String,
    number: u64,
    spent_nano_usd: u64,
    held_nano_usd: u64,
}

impl Ledger {
    /// As the file says; empty if there is none.
    pub(crate) fn open(dir: &Path) -> Result<Self, StateError> {
        read(dir).map(Self::from_lines)
    }

    /// Writes the file if the ledger has changed since. Says whether it did.
    ///
    /// Two processes write it while one hands over to the other: each adds its own part.
    pub(crate) fn flush(&self, dir: &Path, now: Timestamp) -> Result<bool, StateError> {
        if !self.take_dirty() {
            return Ok(false);
        }
        let written = self.write(dir, now);
        if written.is_err() {
            self.mark_dirty();
        }
        written.map(|()| true)
    }

    fn write(&self, dir: &Path, now: Timestamp) -> Result<(), StateError> {
        let lock = LockedDir::lock(dir, LOCK)?;
        let lines = self.merge(read(dir)?, now);
        let file = File {
            version: VERSION,
            budgets: lines.iter().map(Entry::from_line).collect(),
        };
        let bytes = serde_json::to_vec(&file)
            .map_err(|error| StateError::io(dir.join(NAME), "written")(error.into()))?;
        lock.write(NAME, &bytes)?;
        self.saved(&lines);
        Ok(())
    }
}

fn read(dir: &Path) -> Result<Vec<Line>, StateError> {
    let path = dir.join(NAME);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StateError::io(path, "read")(error)),
    };
    let damaged = |why: String| StateError::Damaged {
        path: path.clone(),
        why,
    };
    let file: File = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if file.version != VERSION {
        return Err(damaged(format!(
            "version {} is not known here",
            file.version
        )));
    }
    let lines: Option<Vec<Line>> = file.budgets.into_iter().map(Entry::into_line).collect();
    lines.ok_or_else(|| damaged("a period is not day, month or total".into()))
}

impl Entry {
    fn into_line(self) -> Option<Line> {
        Some(Line {
            budget: self.budget.into(),
            period: Period::parse(&self.period)?,
            number: self.number,
            spent: NanoUsd(self.spent_nano_usd),
            held: NanoUsd(self.held_nano_usd),
        })
    }

    fn from_line(line: &Line) -> Self {
        Self {
            budget: line.budget.to_string(),
            period: line.period.as_str().into(),
            number: line.number,
            spent_nano_usd: line.spent.0,
            held_nano_usd: line.held.0,
        }
    }
}
