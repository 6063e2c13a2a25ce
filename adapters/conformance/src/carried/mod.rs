//! Nothing is dropped in silence: what was asked for, or answered, stands in its translation or in the report.

mod aside;
mod settings;
mod thoughts;

use marshal_adapter_api::{ChatEvent, ChatRequest, ChatResponse, Delta, Part, ToolChoice};
use serde_json::Value;

/// Whether a reported path has one of the words among its members.
pub(crate) fn mentions(dropped: &[String], words: &[&str]) -> bool {
    let member = |member: &str| words.contains(&member.trim_end_matches([']', '"', ')']));
    dropped
        .iter()
        .any(|path| path.split(['.', '[', ' ', '(']).any(member))
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

#[cfg(test)]
mod tests {
    use marshal_adapter_api::{Extra, Json};
    use serde_json::json;

    use super::{aside, mentions};

    #[test]
    fn a_report_of_another_member_is_no_report() {
        let dropped = ["top_p".to_owned(), "messages[0].name".to_owned()];
        assert!(mentions(&dropped, &["top_p"]));
        assert!(mentions(&dropped, &["name"]));
        assert!(!mentions(&dropped, &["p", "nam", "n"]));
    }

    #[test]
    fn a_plain_value_under_another_name_is_not_carried() {
        let mut extra = Extra::at("");
        extra.keep("seed", Json::from_source("1"));
        let lost = |written| {
            let mut lost = Vec::new();
            aside::lost_members(&[(&extra, false)], &written, &[], &mut lost);
            lost
        };
        assert_eq!(lost(json!({"n": 1})), ["seed"]);
        assert_eq!(lost(json!({"seed": 2})), ["seed"]);
        assert!(lost(json!({"inner": {"seed": 1}})).is_empty());
    }
}
