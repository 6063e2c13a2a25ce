//! Nothing is dropped in silence: what was asked for, or answered, stands in its translation or in the report.

mod aside;
mod settings;
mod thoughts;

use marshal_adapter_api::{ChatEvent, ChatRequest, ChatResponse, Delta, Part, ToolChoice};
use serde_json::Value;

/// Whether a reported path has one of the words in its last member.
pub(crate) fn mentions(dropped: &[String], words: &[&str]) -> bool {
    dropped.iter().any(|path| {
        path.split(['.', '['])
            .any(|member| words.iter().any(|word| member.contains(word)))
    })
}

/// # Errors
/// What was neither carried nor reported.
pub(crate) fn carried_or_reported(
    request: &ChatRequest,
    again: &ChatRequest,
    written: &Value,
    dropped: &[String],
) -> Result<(), String> {
    settings::check(request, again, dropped)?;
    thoughts::check(request, again, written, dropped)?;
    let mut lost = Vec::new();
    // Where no tool may be called, none need be offered.
    let untold = request.tool_choice == Some(ToolChoice::None) && again.tools.is_none();
    aside::lost_members(
        &aside::of_request(request, !untold),
        written,
        dropped,
        &mut lost,
    );
    for (path, value) in aside::opaque(request) {
        if !reported(dropped, path) && !path.is_empty() && !aside::retold(value, written) {
            lost.push(path.to_owned());
        }
    }
    if lost.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "neither carried nor reported: {lost:?}; reported {dropped:?}"
        ))
    }
}

/// What an answer keeps aside stands in its translation or in the report.
///
/// # Errors
/// What was neither carried nor reported.
pub(crate) fn answer_carried(
    response: &ChatResponse,
    written: &Value,
    dropped: &[String],
) -> Result<(), String> {
    let mut all = vec![(&response.extra, false)];
    let mut lost = Vec::new();
    for choice in response.choices.iter().take(1) {
        all.extend([(&choice.extra, false), (&choice.message.extra, false)]);
        aside::of_parts(&choice.message.parts, &mut all);
        for part in &choice.message.parts {
            let path = part.path();
            if let Part::Opaque { value, .. } = part
                && !path.is_empty()
                && !reported(dropped, path)
                && !aside::retold(value, written)
            {
                lost.push(path.to_owned());
            }
        }
    }
    aside::lost_members(&all, written, dropped, &mut lost);
    if lost.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "neither carried nor reported: {lost:?}; reported {dropped:?}"
        ))
    }
}

/// What a stream says and only its own dialect knows stands in its translation or in the report.
///
/// # Errors
/// What was neither carried nor reported.
pub(crate) fn events_carried(
    events: &[ChatEvent],
    written: &Value,
    dropped: &[String],
) -> Result<(), String> {
    let mut lost = Vec::new();
    for event in events {
        let ChatEvent::Delta {
            choice,
            part,
            delta: Delta::Opaque { kind, value },
        } = event
        else {
            continue;
        };
        let names = [
            format!("content[{part}] ({kind})"),
            format!("content[{part}]"),
            format!("choices[{choice}]"),
            kind.clone(),
        ];
        let told = dropped.iter().any(|path| names.contains(path));
        if !told && !aside::stands(value, written) && !aside::retold(value, written) {
            lost.push(format!("{kind} of part {part}"));
        }
    }
    if lost.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "neither carried nor reported: {lost:?}; reported {dropped:?}"
        ))
    }
}

/// The path itself, something above it, or something below it is reported.
fn reported(dropped: &[String], path: &str) -> bool {
    let below = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    dropped
        .iter()
        .any(|known| below(path, known) || below(known, path))
}
