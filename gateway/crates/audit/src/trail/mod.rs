//! The read side: which calls there were, and one call's whole story.

mod index;
mod story;
mod summary;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use marshal_types::{CallId, Timestamp};
use parking_lot::Mutex;
use serde::Serialize;

pub use summary::{CallResult, CallSummary};

use crate::layout::trail_folder;
use index::Index;

/// Questions to the trail. Dashboards and the command line ask through this, whatever answers.
pub trait AuditQuery: Send + Sync {
    /// Calls that fit `filter`, the newest first.
    ///
    /// # Errors
    /// If the trail cannot be read.
    fn calls(&self, filter: &Filter) -> Result<Vec<CallSummary>, QueryError>;

    /// One call with all its records, or `None` if the trail does not know it.
    ///
    /// # Errors
    /// If the trail cannot be read.
    fn call(&self, call: CallId) -> Result<Option<CallStory>, QueryError>;

    /// The newest records that are of no call (starts, stops, policies, keys, deeds of administrators), newest first.
    ///
    /// # Errors
    /// If the trail cannot be read.
    fn changes(&self, limit: usize) -> Result<Vec<Change>, QueryError>;
}

/// Which calls are wanted. Each member that is `Some` narrows.
#[derive(Clone, Debug)]
pub struct Filter {
    /// At most so many.
    pub limit: usize,
    /// Only calls older than this one: the last of the page before.
    pub before: Option<CallId>,
    /// Only calls that began at or after this time.
    pub since: Option<Timestamp>,
    /// Only this tenant's.
    pub tenant: Option<String>,
    /// Only this key's.
    pub key: Option<String>,
    /// Only those with this code (`data_blocked`).
    pub code: Option<String>,
    /// Only those that ended so.
    pub result: Option<CallResult>,
    /// Only those that asked for this model or were answered by it.
    pub model: Option<String>,
    /// Only those that this provider answered or was to answer.
    pub provider: Option<String>,
    /// Only those in which this data class was found.
    pub class: Option<String>,
}

impl Default for Filter {
    /// The newest hundred.
    fn default() -> Self {
        Self {
            limit: 100,
            before: None,
            since: None,
            tenant: None,
            key: None,
            code: None,
            result: None,
            model: None,
            provider: None,
            class: None,
        }
    }
}

/// A call and its records.
#[derive(Clone, Debug, Serialize)]
pub struct CallStory {
    /// What became of it.
    pub summary: CallSummary,
    /// Its records in order, each the line as it stands in the trail, without the newline.
    pub records: Vec<String>,
}

/// A record that is of no call.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// When.
    #[serde(serialize_with = "crate::with::text::serialize")]
    pub time: Timestamp,
    /// Its kind.
    pub kind: String,
    /// The line as it stands in the trail, without the newline.
    pub record: String,
}

/// The trail cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the audit trail in {} cannot be read", folder.display())]
pub struct QueryError {
    /// The trail's folder.
    pub folder: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// A trail on disk, read as it grows. Cheap to ask again: only what is new is read.
///
/// Keeps the newest 100,000 calls in memory; older ones are found by their id alone, by reading the files.
pub struct Trail {
    folder: PathBuf,
    index: Mutex<Index>,
}

impl std::fmt::Debug for Trail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trail")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Trail {
    /// The trail of a data folder, or the `audit` folder itself. It need not be there yet.
    #[must_use]
    pub fn open(dir: &Path) -> Arc<Self> {
        let is_trail =
            dir.file_name().is_some_and(|name| name == "audit") && !trail_folder(dir).is_dir();
        let folder = if is_trail {
            dir.to_path_buf()
        } else {
            trail_folder(dir)
        };
        Arc::new(Self {
            folder,
            index: Mutex::new(Index::default()),
        })
    }

    /// Reads what was written since the last time. The questions do this by themselves.
    ///
    /// # Errors
    /// If the trail cannot be read.
    pub fn refresh(&self) -> Result<(), QueryError> {
        self.with(|_| Ok(()))
    }

    fn with<T>(&self, ask: impl FnOnce(&Index) -> io::Result<T>) -> Result<T, QueryError> {
        let mut index = self.index.lock();
        index
            .refresh(&self.folder)
            .and_then(|()| ask(&index))
            .map_err(|source| QueryError {
                folder: self.folder.clone(),
                source,
            })
    }
}

impl AuditQuery for Trail {
    fn calls(&self, filter: &Filter) -> Result<Vec<CallSummary>, QueryError> {
        self.with(|index| Ok(index.calls(filter)))
    }

    fn call(&self, call: CallId) -> Result<Option<CallStory>, QueryError> {
        let known = self.with(|index| Ok(index.spots(call)))?;
        match known {
            Some(spots) => story::at(&self.folder, call, &spots),
            None => story::search(&self.folder, call),
        }
        .map_err(|source| QueryError {
            folder: self.folder.clone(),
            source,
        })
    }

    fn changes(&self, limit: usize) -> Result<Vec<Change>, QueryError> {
        self.with(|index| Ok(index.changes(limit)))
    }
}

#[cfg(test)]
mod tests;
