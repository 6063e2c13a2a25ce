//! Reasoning effort, said as a thinking budget.
//!
//! `minimal` 1,024 tokens, `low` 2,048, `medium` 8,192, `high` 16,384, above that 32,768; at most half of
//! the output limit, of which thinking is a part. Where this dialect allows no thinking (under 1,024
//! tokens, with a demanded tool, or amid tool calls whose thoughts are not at hand) it is left out and reported.

use marshal_adapter_api::{ChatRequest, Message, Part, Role, ToolChoice};

use super::turns::has_sealed_thoughts;

const LEAST: u64 = 1_024;

/// The thinking budget for a request of another dialect.
pub(super) fn budget(request: &ChatRequest, limit: u64, dropped: &mut Vec<String>) -> Option<u64> {
    let effort = request.effort.as_deref()?;
    let wanted = match effort {
        "none" => return None, // no thinking is what this dialect does unasked
        "minimal" => LEAST,
        "low" => 2_048,
        "medium" => 8_192,
        "high" => 16_384,
        _ => 32_768,
    };
    let demanded = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Named(_))
    );
    let budget = wanted.min(limit / 2);
    if budget < LEAST || demanded || amid_tool_calls(&request.messages) {
        dropped.push("reasoning_effort".to_owned());
        return None;
    }
    Some(budget)
}

/// With thinking on, a turn that called tools must open with its sealed thoughts, which other dialects do not keep.
fn amid_tool_calls(messages: &[Message]) -> bool {
    messages
        .iter()
        .rev()
        .take_while(|message| message.role != Role::User)
        .filter(|message| !has_sealed_thoughts(message))
        .any(|message| {
            message
                .parts
                .iter()
                .any(|part| matches!(part, Part::ToolCall { .. }))
        })
}
