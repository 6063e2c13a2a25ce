//! What the policies answer.

use std::sync::Arc;

use marshal_types::{Effect, Place, RuleId};

use crate::Obligations;

/// The answer to one question, with the line that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allow or deny. Whatever goes wrong is a deny.
    pub effect: Effect,
    /// The line that decided. `None`: no line allowed it, so it is a deny.
    pub rule: Option<RuleId>,
    /// Where that line stands.
    pub place: Option<Place>,
    /// One sentence for a person: the line that decided, or on a deny by default the nearest miss.
    pub reason: Arc<str>,
    /// Lines in shadow mode that matched, and what each would have said.
    pub shadow: Vec<ShadowHit>,
    /// What has to hold for an allow to be one: those of every line that matched. `None`: nothing.
    pub obligations: Option<Arc<Obligations>>,
    /// Both readings of the policy agreed.
    pub(crate) sound: bool,
}

impl Decision {
    /// True if the effect is allow.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// False where the two readings of the policy disagreed, or one of them failed: a deny that no line is the cause of.
    pub(crate) fn unanimous(&self) -> bool {
        self.sound
    }
}

/// A line in shadow mode that matched: it decides nothing and is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowHit {
    /// The line.
    pub rule: RuleId,
    /// What it would have said.
    pub would: Effect,
}
