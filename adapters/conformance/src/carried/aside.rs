//! What the canonical form keeps aside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_adapter_api::{ChatRequest, Extra, Json, OutputFormat, Part, Tool};
use serde_json::Value;

use super::reported;

/// Members kept aside that are also read, or that every dialect says by its own shape: where a thing stands, what it is
/// called, what kind it is, who speaks, whether it is done; Mistral's `any`; a stream's usage, which is always asked
/// for; thoughts that stand beside their sealed copy; the version by which Amazon and Google are spoken to.
const UNDERSTOOD: [&str; 15] = [
    "function.index",
    "anthropic_version",
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
const ALIASES: [(&str, &str); 7] = [
    ("logprobs", "message.output_text.logprobs"),
    ("logprobs", "top_logprobs"),
    ("responseLogprobs", "logprobs"),
    ("presence_penalty", "presencePenalty"),
    ("frequency_penalty", "frequencyPenalty"),
    ("cachePoint", "cache_control"),
    ("cache_control", "cachePoint"),
];

/// Members kept aside that neither stand in what was written nor are reported.
pub(super) fn lost_members(
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
        let says = |(name, value): &(&str, &Json)| {
            !value.is_empty() && !UNDERSTOOD.contains(name) && !extra.knows(name)
        };
        for (name, value) in extra.members().filter(says) {
            let path = extra.path_of(name);
            if !reported(dropped, &path) && !stands_in(written, name, value) {
                lost.push(path);
            }
        }
    }
}

/// The member stands somewhere under its name or an alias: a plain value as it was, anything else also in other words.
/// A list or an object may stand as it was under any name.
fn stands_in(written: &Value, name: &str, value: &Json) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(value.as_str()) else {
        return false;
    };
    let name = name.rsplit('.').next().unwrap_or(name);
    let aliases = ALIASES.iter().filter(|(of, _)| *of == name);
    let names = aliases.map(|(_, name)| *name).chain([name]);
    let plain = !(value.is_object() || value.is_array());
    if plain {
        // Responses asks for some things by naming them in a list.
        let listed = |name: &str| name.contains('.') && holds(written, name, &Value::from(name));
        return names
            .into_iter()
            .any(|name| says(written, name, &value) || listed(name));
    }
    names.into_iter().any(|name| holds(written, name, &value))
}

/// A member of that name with that value stands somewhere.
fn says(written: &Value, name: &str, value: &Value) -> bool {
    match written {
        Value::Object(members) => members
            .iter()
            .any(|(of, inner)| of == name && inner == value || says(inner, name, value)),
        Value::Array(items) => items.iter().any(|inner| says(inner, name, value)),
        _ => false,
    }
}

/// The value itself stands somewhere.
pub(super) fn stands(value: &Json, written: &Value) -> bool {
    fn within(written: &Value, value: &Value) -> bool {
        let inner = |inner: &Value| within(inner, value);
        written == value
            || match written {
                Value::Object(members) => members.values().any(inner),
                Value::Array(items) => items.iter().any(inner),
                _ => false,
            }
    }
    serde_json::from_str::<Value>(value.as_str()).is_ok_and(|value| within(written, &value))
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
pub(super) fn of_request(request: &ChatRequest, with_tools: bool) -> Vec<(&Extra, bool)> {
    let mut all = vec![(&request.extra, false)];
    for message in request.system.iter().chain(&request.messages) {
        all.push((&message.extra, false));
        of_parts(&message.parts, &mut all);
    }
    for tool in request.tools.iter().flatten().filter(|_| with_tools) {
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

pub(super) fn of_parts<'a>(list: &'a [Part], all: &mut Vec<(&'a Extra, bool)>) {
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
                of_parts(content.as_deref().unwrap_or_default(), all);
            }
            Part::Opaque { .. } => {}
        }
    }
}

/// Whether the longest text of what only one dialect knows stands in the other's words, as sealed thoughts may.
pub(super) fn retold(value: &Json, written: &Value) -> bool {
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
    // Amazon wants such a text as base64 of its bytes.
    let coded = STANDARD.encode(text);
    let stands = |text: &str| holds(written, text, &Value::from(text));
    text.len() > 6 && stands(text) || !text.is_empty() && stands(&coded)
}

pub(super) fn opaque(request: &ChatRequest) -> Vec<(&str, &Json)> {
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
