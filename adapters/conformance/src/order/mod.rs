//! The published order of each dialect's stream.

mod anthropic;
mod bedrock;
mod cohere;
mod gemini;
mod ollama;
mod openai;
mod responses;

use marshal_types::Dialect;
use serde_json::Value;

use crate::plain::Plain;

/// Whether a whole stream keeps the dialect's published order; `finished`, where every choice said how it ended.
///
/// # Errors
/// The first event out of order, and why.
pub fn in_order(dialect: Dialect, events: &[Plain], finished: bool) -> Result<(), String> {
    if events.is_empty() {
        return Err("there are no events".to_owned());
    }
    match dialect {
        Dialect::OpenAi => openai::check(events, finished),
        Dialect::Anthropic => anthropic::check(events),
        Dialect::Responses => responses::check(events),
        Dialect::Gemini => gemini::check(events, finished),
        Dialect::Bedrock => bedrock::check(events),
        Dialect::Cohere => cohere::check(events),
        Dialect::Ollama => ollama::check(events),
    }
}

/// The `type` of an event's data.
fn kind(event: &Plain) -> &str {
    event.data["type"].as_str().unwrap_or_default()
}

fn need(fits: bool, at: usize, event: &Plain, why: &str) -> Result<(), String> {
    if fits {
        return Ok(());
    }
    let what = event.name.as_deref().unwrap_or_else(|| kind(event));
    Err(format!("event {at}, {what:?}: {why}"))
}

/// Where the name of an event stands twice, it is the same.
fn named(at: usize, event: &Plain) -> Result<(), String> {
    let fits = event
        .name
        .as_deref()
        .is_none_or(|name| name == kind(event) || event.data == "[DONE]");
    need(fits, at, event, "its name is not its type")
}

fn is_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty())
}
