//! Reasoning effort, or another dialect's budget, said as a thinking budget.
//!
//! `minimal` 1,024 tokens, `low` 2,048, `medium` 8,192, `high` 16,384, above that 32,768; at most half of
//! the output limit, of which thinking is a part. Where this dialect allows no thinking (under 1,024
//! tokens, with a demanded tool, or amid tool calls whose thoughts are not at hand) it is left out and reported.

use marshal_adapter_api::{ChatRequest, Message, Part, Role, ThinkingMode, ToolChoice};

use super::turns::has_sealed_thoughts;
use crate::words::{Asked, path};

const LEAST: u64 = 1_024;

/// The thinking budget for a request of another dialect.
pub(super) fn budget(request: &ChatRequest, limit: u64, dropped: &mut Vec<String>) -> Option<u64> {
    if let Some(thinking) = &request.thinking {
        thinking.extra.report(dropped);
    }
    let (wanted, asked) = wanted(request)?;
    let demanded = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Named(_))
    );
    let budget = wanted.min(limit / 2);
    if budget < LEAST || demanded || amid_tool_calls(request) {
        dropped.push(path(request.origin, asked).to_owned());
        return None;
    }
    Some(budget)
}

/// How much thinking is asked for, and in which word. None at all is what this dialect does unasked.
fn wanted(request: &ChatRequest) -> Option<(u64, Asked)> {
    let by_effort = || {
        let budget = match request.effort.as_deref()? {
            "none" => return None,
            "minimal" => LEAST,
            "low" => 2_048,
            "medium" => 8_192,
            "high" => 16_384,
            _ => 32_768,
        };
        Some((budget, Asked::Effort))
    };
    match request.thinking.as_ref().map(|thinking| &thinking.mode) {
        Some(ThinkingMode::Off | ThinkingMode::Budget(0)) => None,
        Some(ThinkingMode::Budget(budget)) => Some(((*budget).max(LEAST), Asked::Thinking)),
        // As much as the model sees fit: half of its output, unless a word says how hard.
        Some(ThinkingMode::Adaptive) => by_effort().or(Some((u64::MAX, Asked::Thinking))),
        None => by_effort(),
    }
}

/// With thinking on, a turn that called tools must open with its sealed thoughts, which other dialects do not keep.
fn amid_tool_calls(request: &ChatRequest) -> bool {
    request
        .messages
        .iter()
        .rev()
        .take_while(|message| !starts_a_turn(message))
        .filter(|message| !has_sealed_thoughts(request.origin, message))
        .any(|message| {
            message
                .parts
                .iter()
                .any(|part| matches!(part, Part::ToolCall { .. }))
        })
}

/// True for what a user says; where a dialect has no role for tools, their results stand in a user's turn.
fn starts_a_turn(message: &Message) -> bool {
    let answers = |part: &Part| matches!(part, Part::ToolResult { .. });
    message.role == Role::User && !message.parts.iter().any(answers)
}
