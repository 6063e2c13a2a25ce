//! What the control plane is made of, handed in by the gateway.

use std::fmt;
use std::sync::Arc;

use marshal_audit::AuditQuery;
use marshal_state::Keys;
use marshal_types::{Clock, Principal};

use crate::sessions::Sessions;
use crate::{AdminEvents, AllowedHosts, Logins, PolicyStatus, Readiness, TargetStatus};

/// Everything that the control plane asks of the rest of the gateway.
pub struct AdminParts {
    /// The virtual keys.
    pub keys: Arc<Keys>,
    /// The one-time logins.
    pub logins: Arc<Logins>,
    /// The audit trail's read side.
    pub audit: Arc<dyn AuditQuery>,
    /// Whether calls would be served.
    pub readiness: Arc<Readiness>,
    /// All metrics, in the format that a request's `accept` header asks for, behind its media type.
    pub metrics: Arc<MetricsPage>,
    /// The policy bundle in force.
    pub policy: Arc<dyn Fn() -> PolicyStatus + Send + Sync>,
    /// Whether the policies let someone do something here; why not, if they do not.
    pub may: Arc<May>,
    /// The targets and how they do.
    pub targets: Arc<dyn Fn() -> Vec<TargetStatus> + Send + Sync>,
    /// Where changes are recorded.
    pub events: Arc<dyn AdminEvents>,
    /// Names under which the control plane may be reached.
    pub hosts: AllowedHosts,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The data plane's address, for examples on pages: `http://127.0.0.1:8080`.
    pub data_url: String,
}

/// What somebody does on the control plane, in the words of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Reads what happened and what there is: `audit.read` on `admin:audit`.
    Read,
    /// Makes, replaces or ends keys: `key.issue` on `admin:keys`.
    IssueKeys,
}

impl Deed {
    /// As records name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::IssueKeys => "issue keys",
        }
    }
}

/// Gives the media type and the page for an `accept` header.
pub type MetricsPage = dyn Fn(Option<&str>) -> (&'static str, String) + Send + Sync;

/// Asks the policies.
pub type May = dyn Fn(&Principal, Deed) -> Result<(), String> + Send + Sync;

/// The control plane's state. Cloning shares it.
#[derive(Clone)]
pub struct AdminState {
    inner: Arc<Inner>,
}

struct Inner {
    parts: AdminParts,
    sessions: Sessions,
}

impl AdminState {
    /// No one is signed in.
    #[must_use]
    pub fn new(parts: AdminParts) -> Self {
        let sessions = Sessions::new(Arc::clone(&parts.clock));
        Self {
            inner: Arc::new(Inner { parts, sessions }),
        }
    }

    /// The audit trail's read side.
    #[must_use]
    pub fn audit(&self) -> Arc<dyn AuditQuery> {
        Arc::clone(&self.inner.parts.audit)
    }

    /// The policy bundle in force, and what was wrong with the last one that was not taken.
    #[must_use]
    pub fn policy(&self) -> PolicyStatus {
        (self.inner.parts.policy)()
    }

    /// The targets and how they do.
    #[must_use]
    pub fn targets(&self) -> Vec<TargetStatus> {
        (self.inner.parts.targets)()
    }

    /// The data plane's address.
    #[must_use]
    pub fn data_url(&self) -> &str {
        &self.inner.parts.data_url
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> marshal_types::Timestamp {
        self.inner.parts.clock.now()
    }

    pub(crate) fn parts(&self) -> &AdminParts {
        &self.inner.parts
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }
}

impl fmt::Debug for AdminState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminState").finish_non_exhaustive()
    }
}
