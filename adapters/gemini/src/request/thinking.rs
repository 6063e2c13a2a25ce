//! How hard to think, said to each generation in its own way.
//!
//! From Gemini 3 on, an effort is a `thinkingLevel`: `minimal`, `low`, `medium` or `high`; larger models know no
//! `minimal`. Gemini 2.5 takes a `thinkingBudget`: `none` 0, `minimal` and `low` 1,024, `medium` 8,192, `high` and
//! above 24,576 tokens (as Google itself reads `reasoning_effort`); its larger model cannot go below 128. Older models
//! do not think: what was asked is reported. Thoughts are shown wherever thinking is asked for.

use marshal_adapter_api::{ChatRequest, Object, ThinkingMode};

use crate::model::{Generation, generation, is_lite, is_pro};
use crate::paths::{Asked, path};

/// The least that Gemini 2.5 Pro and Flash-Lite can be told to think.
const LEAST_PRO: u64 = 128;
const LEAST_LITE: u64 = 512;
/// The most that Gemini 2.5 Flash and Pro can be told to think.
const MOST: u64 = 24_576;
const MOST_PRO: u64 = 32_768;

/// Writes `thinkingConfig`, where the request speaks of thinking.
pub(super) fn write(
    request: &ChatRequest,
    model: &str,
    to: &mut Object<'_>,
    dropped: &mut Vec<String>,
) {
    let mode = request.thinking.as_ref().map(|thinking| &thinking.mode);
    let effort = request.effort.as_deref();
    match generation(model) {
        Generation::Plain => {
            if effort.is_some_and(|effort| effort != "none") {
                dropped.push(path(request.origin, Asked::Effort).to_owned());
            }
            if mode.is_some_and(|mode| *mode != ThinkingMode::Off) {
                dropped.push(path(request.origin, Asked::Thinking).to_owned());
            }
        }
        Generation::Budgets => {
            if let Some(budget) = budget(request, model, dropped) {
                let mut config = to.object("thinkingConfig");
                match budget {
                    Some(tokens) => config.u64("thinkingBudget", tokens),
                    None => config.raw("thinkingBudget", b"-1"),
                }
                if budget != Some(0) {
                    config.bool("includeThoughts", true);
                }
            }
        }
        Generation::Levels => levels(request, model, to, dropped),
    }
}

/// How many tokens to think: `Some(None)` for as many as the model sees fit.
fn budget(request: &ChatRequest, model: &str, dropped: &mut Vec<String>) -> Option<Option<u64>> {
    let least = if is_pro(model) {
        LEAST_PRO
    } else if is_lite(model) {
        LEAST_LITE
    } else {
        1
    };
    let most = if is_pro(model) { MOST_PRO } else { MOST };
    let thinking = path(request.origin, Asked::Thinking);
    let (tokens, at) = match (&request.thinking, request.effort.as_deref()) {
        (Some(wanted), effort) => match (&wanted.mode, effort) {
            (ThinkingMode::Adaptive, None) => return Some(None),
            (ThinkingMode::Adaptive, Some(effort)) => {
                (of_effort(effort), path(request.origin, Asked::Effort))
            }
            (ThinkingMode::Budget(budget), _) => ((*budget).max(1), thinking),
            (ThinkingMode::Off, _) => (0, thinking),
        },
        (None, Some(effort)) => (of_effort(effort), path(request.origin, Asked::Effort)),
        (None, None) => return None,
    };
    if tokens == 0 {
        if !is_pro(model) {
            return Some(Some(0));
        }
        dropped.push(at.to_owned());
        return Some(Some(LEAST_PRO));
    }
    if tokens < least {
        dropped.push(at.to_owned());
    }
    Some(Some(tokens.clamp(least, most)))
}

fn of_effort(effort: &str) -> u64 {
    match effort {
        "none" => 0,
        "minimal" | "low" => 1_024,
        "medium" => 8_192,
        _ => MOST,
    }
}

fn levels(request: &ChatRequest, model: &str, to: &mut Object<'_>, dropped: &mut Vec<String>) {
    let lowest = if is_pro(model) { "low" } else { "minimal" };
    let mode = request.thinking.as_ref().map(|thinking| &thinking.mode);
    let off = request.effort.as_deref() == Some("none") || mode == Some(&ThinkingMode::Off);
    if off {
        // These models always think; this is the least of it.
        let at = match mode {
            Some(ThinkingMode::Off) => path(request.origin, Asked::Thinking),
            _ => path(request.origin, Asked::Effort),
        };
        dropped.push(at.to_owned());
        to.object("thinkingConfig").str("thinkingLevel", lowest);
        return;
    }
    if request.effort.is_none() && mode.is_none() {
        return;
    }
    let mut config = to.object("thinkingConfig");
    match (request.effort.as_deref(), mode) {
        (Some("minimal"), _) => config.str("thinkingLevel", lowest),
        (Some(word @ ("low" | "medium")), _) => config.str("thinkingLevel", word),
        (Some(_), _) => config.str("thinkingLevel", "high"),
        (None, Some(ThinkingMode::Budget(budget))) => {
            config.u64("thinkingBudget", (*budget).clamp(LEAST_PRO, MOST_PRO));
        }
        // As the model sees fit is what it does unasked.
        (None, _) => {}
    }
    config.bool("includeThoughts", true);
}
