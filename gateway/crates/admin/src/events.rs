//! What the audit trail must hear of the control plane.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use marshal_state::KeyInfo;
use marshal_types::KeyId;

/// Who asks: told to the audit trail and to handlers (as an axum extension).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A browser that signed in with a one-time login.
    Operator,
    /// An admin key.
    Key(KeyId),
}

/// `operator` or `k:ID`, as in records.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Key(id) => write!(f, "k:{id}"),
        }
    }
}

/// Something happened that the trail must hold.
#[derive(Clone, Debug)]
pub enum AdminEvent {
    /// Someone signed in.
    SignedIn {
        /// Who.
        actor: Actor,
    },
    /// Someone was refused: the credential is none, or may not do it.
    Refused {
        /// Who, where that is known.
        actor: Option<Actor>,
        /// What was tried.
        what: &'static str,
    },
    /// A key was made.
    KeyCreated {
        /// By whom.
        actor: Actor,
        /// The key.
        key: Arc<KeyInfo>,
    },
    /// A key was revoked.
    KeyRevoked {
        /// By whom.
        actor: Actor,
        /// The key.
        key: Arc<KeyInfo>,
    },
    /// A key got a successor and will end.
    KeyRotated {
        /// By whom.
        actor: Actor,
        /// The id of the old key.
        old: KeyId,
        /// The successor.
        key: Arc<KeyInfo>,
    },
}

/// The trail's answer: once it is there, the record is durable; or why it is not.
pub type Recorded = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Where events go. The gateway writes them to the audit trail.
pub trait AdminEvents: Send + Sync {
    /// Records an event. The text of a failure is for the operator.
    fn record(&self, event: AdminEvent) -> Recorded;
}
