//! Nothing is dropped in silence: what a request asks for stands in its translation or in the report.

use marshal_adapter_api::{
    ChatRequest, ChatResponse, Extra, Json, OutputFormat, Part, ThinkingMode, Tool,
};
use serde_json::Value;

use crate::schema;

/// Members kept aside that are also read, or that every dialect says by its own shape: where a thing stands, what it is
/// called, what kind it is, who speaks, whether it is done; Mistral's `any`; a stream's usage, which is always asked
/// for; thoughts that stand beside their sealed copy.
const UNDERSTOOD: [&str; 13] = [
    "created_at",
    "done",
    "id",
    "index",
    "object",
    "output_text",
    "reasoning",
    "reasoning_content",
    "role",
    "status",
    "stream_options",
    "tool_choice",
    "type",
];

/// Members that say the same as another's name or word.
const ALIASES: [(&str, &str); 3] = [
    ("logprobs", "message.output_text.logprobs"),
    ("cachePoint", "cache_control"),
    ("cache_control", "cachePoint"),
];

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
    settings(request, again, dropped)?;
    output(request, again, dropped)?;
    thinking(request, again, dropped)?;
    failed_tools(request, again, dropped)?;
    seals(request, written, dropped)?;
    let mut lost = Vec::new();
    lost_members(&extras(request), written, dropped, &mut lost);
    for (path, value) in opaque(request) {
        if !reported(dropped, path) && !path.is_empty() && !retold(value, written) {
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

/// Members kept aside that neither stand in what was written nor are reported.
fn lost_members(
    all: &[(&Extra, bool)],
    written: &Value,
    dropped: &[String],
    lost: &mut Vec<String>,
) {
    for (extra, thought) in all {
        let whole = if *thought {
            // A thought that is reported is of no use to anyone, whatever stands beside it.
            reported(dropped, extra.path())
        } else {
            dropped.iter().any(|known| known == extra.path())
        };
        if whole && !extra.path().is_empty() {
            continue;
        }
        let says = |(name, value): &(&str, &Json)| !value.is_empty() && !UNDERSTOOD.contains(name);
        for (name, value) in extra.members().filter(says) {
            let path = extra.path_of(name);
            if !reported(dropped, &path) && !stands_in(written, name, value) {
                lost.push(path);
            }
        }
    }
}

/// What it is, what was asked for, what was carried, and the words by which it may be reported.
type Setting = (
    &'static str,
    Option<f64>,
    Option<f64>,
    &'static [&'static str],
);

fn settings(request: &ChatRequest, again: &ChatRequest, dropped: &[String]) -> Result<(), String> {
    let number = |json: &Option<Json>| json.as_ref().and_then(|json| json.as_str().parse().ok());
    let whole = |number: Option<u64>| number.map(|number| number as f64);
    let wants = |json: &Option<Json>| number(json);
    let pairs: [Setting; 6] = [
        (
            "temperature",
            wants(&request.temperature),
            wants(&again.temperature),
            &["temperature"],
        ),
        (
            "top_p",
            wants(&request.top_p),
            wants(&again.top_p),
            &["top_p", "topP", "p"],
        ),
        (
            "top_k",
            wants(&request.top_k),
            wants(&again.top_k),
            &["top_k", "topK", "k"],
        ),
        ("seed", wants(&request.seed), wants(&again.seed), &["seed"]),
        (
            "the output limit",
            whole(request.max_output),
            whole(again.max_output),
            &["max", "num_predict"],
        ),
        (
            "the number of choices",
            whole(request.choices.filter(|choices| *choices > 1)),
            whole(again.choices),
            &["n", "candidateCount", "num_generations"],
        ),
    ];
    for (what, wanted, heard, words) in pairs {
        if wanted.is_some() && wanted != heard && !mentions(dropped, words) {
            return Err(format!("{what} {wanted:?} became {heard:?}, unreported"));
        }
    }
    let stops = |request: &ChatRequest| request.stop.clone().unwrap_or_default();
    if stops(request) != stops(again) && !mentions(dropped, &["stop"]) {
        return Err("the stop sequences were lost, unreported".to_owned());
    }
    if request.user.is_some() && request.user != again.user && !mentions(dropped, &["user"]) {
        return Err("the user's pseudonym was lost, unreported".to_owned());
    }
    let tier = request.service_tier.as_deref();
    if tier.is_some_and(|tier| tier != "auto" && tier != "default")
        && again.service_tier.is_none()
        && !mentions(dropped, &["tier", "Tier"])
    {
        return Err("the service tier was lost, unreported".to_owned());
    }
    let one_by_one = request.parallel_tool_calls == Some(false);
    if one_by_one
        && again.tools.is_some()
        && again.parallel_tool_calls != Some(false)
        && !mentions(dropped, &["parallel"])
    {
        return Err("`parallel_tool_calls: false` was lost, unreported".to_owned());
    }
    Ok(())
}

fn output(request: &ChatRequest, again: &ChatRequest, dropped: &[String]) -> Result<(), String> {
    let wanted = request.output.as_ref();
    let heard = again.output.as_ref();
    let fits = match (wanted, heard) {
        (None | Some(OutputFormat::Text), None | Some(OutputFormat::Text)) => true,
        (Some(OutputFormat::JsonObject), Some(OutputFormat::JsonObject)) => true,
        (
            Some(OutputFormat::JsonSchema { schema: one, .. }),
            Some(OutputFormat::JsonSchema { schema: other, .. }),
        ) => schema::plain(one.as_ref()) == schema::plain(other.as_ref()),
        _ => false,
    };
    if fits || mentions(dropped, &["format", "chema", "MimeType"]) {
        return Ok(());
    }
    Err(format!("the output format {wanted:?} became {heard:?}"))
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
    let words = ["effort", "easoning", "hink"];
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
        parts(&choice.message.parts, &mut all);
        for part in &choice.message.parts {
            let path = part.path();
            if let Part::Opaque { value, .. } = part
                && !path.is_empty()
                && !reported(dropped, path)
                && !retold(value, written)
            {
                lost.push(path.to_owned());
            }
        }
    }
    lost_members(&all, written, dropped, &mut lost);
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

/// The member's value stands somewhere, or its name does.
fn stands_in(written: &Value, name: &str, value: &Json) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(value.as_str()) else {
        return false;
    };
    let alias = ALIASES.iter().find(|(of, _)| *of == name);
    holds(written, name, &value) || alias.is_some_and(|(_, name)| holds(written, name, &value))
}

fn holds(written: &Value, name: &str, value: &Value) -> bool {
    if written == value || written == name {
        return true;
    }
    match written {
        Value::Object(members) => members
            .iter()
            .any(|(of, inner)| of == name || holds(inner, name, value)),
        Value::Array(items) => items.iter().any(|inner| holds(inner, name, value)),
        _ => false,
    }
}

/// Everything kept aside, and whether it stands beside a thought.
fn extras(request: &ChatRequest) -> Vec<(&Extra, bool)> {
    let mut all = vec![(&request.extra, false)];
    for message in request.system.iter().chain(&request.messages) {
        all.push((&message.extra, false));
        parts(&message.parts, &mut all);
    }
    for tool in request.tools.iter().flatten() {
        if let Tool::Function { extra, wrapper, .. } = tool {
            all.extend([(extra, false), (wrapper, false)]);
        }
    }
    if let Some(OutputFormat::JsonSchema { extra, .. }) = &request.output {
        all.push((extra, false));
    }
    if let Some(thinking) = &request.thinking {
        all.push((&thinking.extra, false));
    }
    all
}

fn parts<'a>(list: &'a [Part], all: &mut Vec<(&'a Extra, bool)>) {
    for part in list {
        match part {
            Part::Thinking { extra, .. } => all.push((extra, true)),
            Part::Text { extra, .. }
            | Part::Refusal { extra, .. }
            | Part::Image { extra, .. }
            | Part::Document { extra, .. }
            | Part::Media { extra, .. }
            | Part::ToolCall { extra, .. } => all.push((extra, false)),
            Part::ToolResult { extra, content, .. } => {
                all.push((extra, false));
                parts(content.as_deref().unwrap_or_default(), all);
            }
            Part::Opaque { .. } => {}
        }
    }
}

/// Whether the longest text of what only one dialect knows stands in the other's words, as sealed thoughts may.
fn retold(value: &Json, written: &Value) -> bool {
    fn longest(value: &Value) -> &str {
        match value {
            Value::String(text) => text,
            Value::Array(items) => items
                .iter()
                .map(longest)
                .max_by_key(|text| text.len())
                .unwrap_or_default(),
            Value::Object(members) => members
                .values()
                .map(longest)
                .max_by_key(|text| text.len())
                .unwrap_or_default(),
            _ => "",
        }
    }
    let value: Value = serde_json::from_str(value.as_str()).unwrap_or_default();
    let text = longest(&value);
    text.len() > 20 && holds(written, text, &Value::from(text))
}

fn opaque(request: &ChatRequest) -> Vec<(&str, &Json)> {
    let mut all = Vec::new();
    for message in request.system.iter().chain(&request.messages) {
        for part in &message.parts {
            if let Part::Opaque { path, value, .. } = part {
                all.push((path.as_str(), value));
            }
        }
    }
    for tool in request.tools.iter().flatten() {
        if let Tool::Opaque { path, value, .. } = tool {
            all.push((path.as_str(), value));
        }
    }
    all
}
