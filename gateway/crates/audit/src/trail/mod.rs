//! The read side: which calls there were, and one call's whole story.

mod follow;
mod story;
mod summary;

use std::io;
use std::path::PathBuf;

use marshal_types::{CallId, Timestamp};
use serde::Serialize;

pub use follow::{Cursor, Follower, Place, Reader};
pub use story::{call_story, story_of};
pub use summary::{CallResult, CallSummary, Names, Row};

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
    /// Only calls that began before this time.
    pub until: Option<Timestamp>,
    /// Only this tenant's.
    pub tenant: Option<String>,
    /// Only this key's.
    pub key: Option<String>,
    /// Only this user's.
    pub user: Option<String>,
    /// Only this team's.
    pub team: Option<String>,
    /// Only this service's.
    pub service: Option<String>,
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
            until: None,
            tenant: None,
            key: None,
            user: None,
            team: None,
            service: None,
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

/// The trail, or what answers for it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", folder.display())]
pub struct QueryError {
    /// Which file or folder.
    pub folder: PathBuf,
    /// Why.
    pub source: io::Error,
}
