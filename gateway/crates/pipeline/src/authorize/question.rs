//! What the policies were asked, kept for the record: with it the same question can be put to another bundle later.

use std::sync::Arc;

use marshal_types::{Action, Facts, TargetName};

use crate::Authenticated;
use crate::call::Ask;

/// Most targets that a refusal's record tells of.
const MOST_TARGETS: usize = 16;

/// Who asked for what, at which targets.
#[derive(Debug)]
pub(crate) struct Question {
    /// The names that the caller goes by.
    pub subjects: Arc<[Arc<str>]>,
    pub action: Action,
    pub method: http::Method,
    pub targets: Vec<Target>,
}

/// A target with what is known of it and of the call.
#[derive(Debug)]
pub(crate) struct Target {
    pub name: TargetName,
    pub facts: Arc<Facts>,
    /// The facts of which `facts.yaml` has the say.
    pub evidence: Vec<Arc<str>>,
}

/// Takes note of who asks.
pub(crate) fn note(call: &Authenticated<Box<Ask>>) {
    let action = action(call.inner());
    call.ctx().notes.lock().question = Some(Question {
        subjects: call.principal().subjects.clone(),
        action,
        method: call.inner().method.clone(),
        targets: Vec::new(),
    });
}

/// Takes note of a target that is asked for.
pub(super) fn note_target(call: &Authenticated<Box<Ask>>, target: &TargetName, facts: &Arc<Facts>) {
    let mut notes = call.ctx().notes.lock();
    if let Some(question) = &mut notes.question
        && question.targets.len() < MOST_TARGETS
    {
        question.targets.push(Target {
            name: target.clone(),
            facts: facts.clone(),
            evidence: call.governance().bundle.evidence_of(target),
        });
    }
}

/// What is done with a model.
pub(crate) const fn action(ask: &Ask) -> Action {
    if ask.facts.stream {
        Action::Stream
    } else {
        Action::Invoke
    }
}
