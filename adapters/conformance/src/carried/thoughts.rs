//! Thoughts and their seals, and tools that failed.

use marshal_adapter_api::{ChatRequest, Part, ThinkingMode};
use serde_json::Value;

use super::{mentions, reported};

/// # Errors
/// What was neither carried nor reported.
pub(super) fn check(
    request: &ChatRequest,
    again: &ChatRequest,
    written: &Value,
    dropped: &[String],
) -> Result<(), String> {
    thinking(request, again, dropped)?;
    failed_tools(request, again, dropped)?;
    seals(request, written, dropped)
}

/// An effort may become a budget and a budget an effort.
fn thinking(request: &ChatRequest, again: &ChatRequest, dropped: &[String]) -> Result<(), String> {
    let asks = |request: &ChatRequest| {
        let effort = request
            .effort
            .as_deref()
            .is_some_and(|effort| effort != "none");
        let thinks = request
            .thinking
            .as_ref()
            .is_some_and(|thinking| thinking.mode != ThinkingMode::Off);
        effort || thinks
    };
    let words = [
        "effort",
        "output_config",
        "reasoning",
        "reasoning_config",
        "reasoning_effort",
        "reasoningConfig",
        "think",
        "thinking",
        "thinkingConfig",
    ];
    if asks(request) && !asks(again) && !mentions(dropped, &words) {
        return Err("the wish to think was lost, unreported".to_owned());
    }
    let thoughts = |request: &ChatRequest| -> Vec<(String, String)> {
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        parts
            .filter_map(|part| match part {
                Part::Thinking { text, .. } if !text.is_empty() => {
                    Some((text.clone(), part.path().to_owned()))
                }
                _ => None,
            })
            .collect()
    };
    let kept = thoughts(again);
    for (text, path) in thoughts(request) {
        let carried = kept.iter().any(|(other, _)| other.contains(&text));
        if !carried && !reported(dropped, &path) {
            return Err(format!("the thoughts at {path} were lost, unreported"));
        }
    }
    Ok(())
}

/// A tool that failed is known to have failed.
fn failed_tools(
    request: &ChatRequest,
    again: &ChatRequest,
    dropped: &[String],
) -> Result<(), String> {
    let failed = |request: &ChatRequest| {
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        parts
            .filter(|part| {
                matches!(
                    part,
                    Part::ToolResult {
                        is_error: Some(true),
                        ..
                    }
                )
            })
            .count()
    };
    if failed(request) != failed(again) && !mentions(dropped, &["is_error", "status"]) {
        return Err("that a tool failed was lost, unreported".to_owned());
    }
    Ok(())
}

/// The seal of a call stands somewhere, or is reported.
fn seals(request: &ChatRequest, written: &Value, dropped: &[String]) -> Result<(), String> {
    let text = written.to_string();
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    for part in parts {
        if let Part::ToolCall {
            signature: Some(seal),
            ..
        } = part
            && !text.contains(seal.as_str())
            && !reported(dropped, part.path())
        {
            return Err(format!("the seal at {} was lost, unreported", part.path()));
        }
    }
    Ok(())
}
