//! What a call needs, and the plan that it gets; the filter between them.

use std::borrow::Cow;
use std::sync::Arc;

use marshal_catalog::Capabilities;
use marshal_types::{Dialect, Mode, TargetName, Tokens};

use crate::Target;

/// What a call needs of a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Need {
    /// What the target must be for.
    pub mode: Mode,
    /// What the target must be able to do.
    pub capabilities: Capabilities,
    /// The call's input tokens, as counted.
    pub input: Tokens,
    /// The most output tokens that the client asks for; `None` if it does not say.
    pub max_output: Option<Tokens>,
    /// What the client speaks. A target that speaks it too gets the client's own bytes, so it wins ties.
    pub dialect: Dialect,
}

/// Where a call should go, and why.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The targets to try, in this order.
    pub order: Vec<Planned>,
    /// The targets that are not to be tried.
    pub removed: Vec<Removed>,
}

/// A target to try.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The target.
    pub target: Arc<Target>,
    /// The lower, the earlier. Its unit is the strategy's.
    pub score: i64,
    /// Why it stands where it stands.
    pub why: Cow<'static, str>,
}

/// A target that is not to be tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removed {
    /// The target.
    pub target: TargetName,
    /// Why not.
    pub why: Cow<'static, str>,
}

/// What this target lacks for this call; `None` if nothing.
pub(crate) fn lacks(target: &Target, need: &Need) -> Option<Cow<'static, str>> {
    if !target.mode.serves(need.mode) {
        return Some(Cow::Borrowed(is_not_for(need.mode)));
    }
    if let Some(why) = missing_capability(target.capabilities, need.capabilities) {
        return Some(Cow::Borrowed(why));
    }
    if let Some(window) = target.context_window
        && need.input.0 > window
    {
        return Some(Cow::Owned(format!(
            "reads at most {window} tokens; the call has {}",
            need.input.0
        )));
    }
    if let (Some(output), Some(bound)) = (need.max_output, target.max_output)
        && output.0 > bound
    {
        return Some(Cow::Owned(format!(
            "writes at most {bound} tokens; the call asks for {}",
            output.0
        )));
    }
    None
}

/// What a target does not do that a call of this kind asks for.
const fn is_not_for(mode: Mode) -> &'static str {
    match mode {
        Mode::Chat => "does not hold conversations",
        Mode::Completion => "does not go on with a text",
        Mode::Embedding => "makes no embeddings",
        Mode::Rerank => "does not rank texts",
        Mode::Image => "makes no pictures",
        Mode::Speech => "does not speak",
        Mode::Transcription => "does not write down speech",
        Mode::Moderation => "does not moderate",
        Mode::Realtime => "holds no live conversations",
        Mode::Any => "cannot be asked this",
    }
}

fn missing_capability(has: Capabilities, need: Capabilities) -> Option<&'static str> {
    [
        (need.tools && !has.tools, "cannot call tools"),
        (need.vision && !has.vision, "cannot see images"),
        (
            need.json_schema && !has.json_schema,
            "cannot answer to a JSON schema",
        ),
        (
            need.thinking && !has.thinking,
            "cannot think before it answers",
        ),
        (need.documents && !has.documents, "cannot read documents"),
        (need.audio && !has.audio, "cannot hear audio"),
    ]
    .into_iter()
    .find_map(|(missing, why)| missing.then_some(why))
}
