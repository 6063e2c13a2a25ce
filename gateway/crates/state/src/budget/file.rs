//! `budgets.json`: the ledger on disk.

use std::path::Path;

use marshal_types::{NanoUsd, Timestamp};
use serde::{Deserialize, Serialize};

use super::ledger::Line;
use super::{Ledger, Period};
use crate::{StateError, write_atomic};

const NAME: &str = "budgets.json";
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
        let path = dir.join(NAME);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(StateError::io(path, "read")(error)),
        };
        let damaged = |why: String| StateError::Damaged {
            path: path.clone(),
            why,
        };
        let file: File =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if file.version != VERSION {
            return Err(damaged(format!(
                "version {} is not known here",
                file.version
            )));
        }
        let lines: Option<Vec<Line>> = file.budgets.into_iter().map(Entry::into_line).collect();
        lines
            .map(Self::from_lines)
            .ok_or_else(|| damaged("a period is not day, month or total".into()))
    }

    /// Writes the file if the ledger has changed since. Says whether it did.
    pub(crate) fn flush(&self, dir: &Path, now: Timestamp) -> Result<bool, StateError> {
        let Some(lines) = self.take_changes(now) else {
            return Ok(false);
        };
        let file = File {
            version: VERSION,
            budgets: lines.into_iter().map(Entry::from_line).collect(),
        };
        let written = serde_json::to_vec(&file)
            .map_err(|error| StateError::io(dir.join(NAME), "written")(error.into()))
            .and_then(|bytes| write_atomic(dir, NAME, &bytes));
        if written.is_err() {
            self.mark_dirty();
        }
        written.map(|()| true)
    }
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

    fn from_line(line: Line) -> Self {
        Self {
            budget: line.budget.to_string(),
            period: line.period.as_str().into(),
            number: line.number,
            spent_nano_usd: line.spent.0,
            held_nano_usd: line.held.0,
        }
    }
}
