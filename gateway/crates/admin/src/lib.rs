//! The control plane: who may look and change, health, metrics, and the admin interface.
//!
//! `/healthz`, `/readyz` and `/metrics` are open. Everything else wants a session (from a one-time login) or an admin
//! key, a `Host` that is this machine or was configured, and, where it changes something, an `Origin` of its own.
//! Pages are handed in: this crate knows who may see them, not how they look.

mod calls;
mod error;
mod events;
mod guard;
mod hosts;
mod html;
mod keys;
mod login;
mod logins;
mod readiness;
mod router;
mod sessions;
mod state;
mod status;

pub use calls::CallQuery;
pub use error::AdminError;
pub use events::{Actor, AdminEvent, AdminEvents, Recorded};
pub use hosts::AllowedHosts;
pub use html::escape;
pub use keys::{CreatedKey, KeyRequest};
pub use logins::{LoginError, Logins};
pub use marshal_state::{KeyInfo, Keys, NewKey};
pub use readiness::Readiness;
pub use router::router;
pub use state::{AdminParts, AdminState, Deed, May, MetricsPage};
pub use status::{PolicyStatus, TargetStatus};

#[cfg(test)]
mod tests;
