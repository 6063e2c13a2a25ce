//! What allows leave behind beside the yes: obligations, and what lines in shadow mode would have said.

use std::sync::Arc;

use marshal_policies::{Decision, Obligations, ShadowHit};

/// Gathered over everything that one target is asked for: its model, its door, the tools of the call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demands {
    pub obligations: Option<Arc<Obligations>>,
    pub shadow: Vec<ShadowHit>,
}

impl Demands {
    pub(crate) fn of(decision: Decision) -> Self {
        Self {
            obligations: decision.obligations,
            shadow: decision.shadow,
        }
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.obligations = Obligations::joined(self.obligations, other.obligations);
        self.shadow.extend(other.shadow);
        self
    }
}
