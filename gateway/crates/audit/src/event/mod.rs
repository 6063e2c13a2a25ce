//! What a record says. Every struct declares its fields sorted by name: their order is the canonical order.
//!
//! Fields borrow where they can, so that writing a record copies each text once. Text that strangers choose is cut
//! to 2 KiB when it is written.

mod asked;
mod attempt;
mod chain;
mod deed;

use marshal_types::CallId;

pub use asked::*;
pub use attempt::*;
pub use chain::*;
pub use deed::*;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A process begins its chain.
    Start(Start<'a>),
    /// A process ends its chain in good order.
    Stop(Stop),
    /// The chain goes on in a new segment after a failed write.
    Resume(Resume<'a>),
    /// An attempt is about to be sent.
    Intent(Box<Intent<'a>>),
    /// An attempt got an answer.
    Complete(Box<Complete<'a>>),
    /// An attempt failed without an answer for the client.
    Abort(Abort<'a>),
    /// An attempt whose process ended first.
    Interrupted(Interrupted<'a>),
    /// A call was refused.
    Deny(Box<Deny<'a>>),
    /// Somebody did something on the control plane.
    Admin(Admin<'a>),
    /// A virtual key came, went or was replaced.
    KeyChange(KeyChange<'a>),
    /// Another policy bundle came into force, or failed to.
    PolicyChange(PolicyChange<'a>),
    /// A call came with a key that was made for an emergency.
    BreakGlass(BreakGlass<'a>),
    /// A signed tree head.
    Checkpoint(Checkpointed<'a>),
    /// Keys of payloads were destroyed, or a hold kept them.
    Erase(Erase<'a>),
    /// A legal hold began or ended.
    Hold(HoldChange<'a>),
    /// Records were brought elsewhere.
    Export(Exported<'a>),
}

impl Event<'_> {
    /// The attempt that this record begins or ends, if it does.
    #[must_use]
    pub fn call(&self) -> Option<CallId> {
        match self {
            Self::Intent(record) => Some(record.call),
            Self::Complete(record) => Some(record.call),
            Self::Abort(record) => Some(record.call),
            Self::Interrupted(record) => Some(record.call),
            Self::Deny(record) => Some(record.call),
            Self::BreakGlass(record) => Some(record.call),
            _ => None,
        }
    }
}
