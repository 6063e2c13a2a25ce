//! Anthropic messages.

use serde_json::Value;

use super::Said;
use super::heard::{Heard, count, number, text_of};

pub(super) fn answer(answer: &Value) -> Said {
    let mut heard = Heard::default();
    heard.text(text_of(&answer["content"]));
    for block in answer["content"].as_array().into_iter().flatten() {
        let key = heard.next_key();
        begun(&mut heard, block, key);
    }
    text_of(&answer["stop_reason"]).clone_into(&mut heard.word);
    heard.usage(usage(&answer["usage"], None));
    heard.said(finish)
}

pub(super) fn events<'a>(events: impl Iterator<Item = &'a Value>) -> Said {
    let mut heard = Heard::default();
    for event in events {
        match text_of(&event["type"]) {
            "message_start" => {
                let before = heard.used();
                heard.usage(usage(&event["message"]["usage"], before));
            }
            "content_block_start" => {
                let key = number(&event["index"]);
                begun(&mut heard, &event["content_block"], key);
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                heard.text(text_of(&delta["text"]));
                heard.thinking(text_of(&delta["thinking"]));
                let key = number(&event["index"]);
                heard.arguments(key, text_of(&delta["partial_json"]));
            }
            "message_delta" => {
                text_of(&event["delta"]["stop_reason"]).clone_into(&mut heard.word);
                let before = heard.used();
                heard.usage(usage(&event["usage"], before));
            }
            // A few recordings hold several answers; the first ends at its marker.
            "message_stop" => break,
            _ => {}
        }
    }
    heard.said(finish)
}

fn finish(word: &str) -> &'static str {
    match word {
        "" => "",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tools",
        "refusal" => "refusal",
        _ => "stop",
    }
}

fn begun(heard: &mut Heard, block: &Value, key: u64) {
    match text_of(&block["type"]) {
        // A text needs no other word.
        "text" | "" => heard.text(text_of(&block["text"])),
        "thinking" => heard.thinking(text_of(&block["thinking"])),
        "tool_use" => {
            heard.call(key, text_of(&block["id"]), text_of(&block["name"]));
            match &block["input"] {
                Value::Object(members) if members.is_empty() => {}
                Value::Null => {}
                Value::String(source) => heard.arguments(key, source),
                input => heard.arguments(key, &input.to_string()),
            }
        }
        _ => {}
    }
}

/// Later reports override earlier ones. Only the recordings' two shapes: all counters again, or output alone.
fn usage(usage: &Value, before: Option<(u64, u64, u64)>) -> Option<(u64, u64, u64)> {
    let number = |name: &str| count(&usage[name]);
    let (fresh, output) = (number("input_tokens"), number("output_tokens"));
    if fresh.or(output).is_none() {
        return before;
    }
    let (old_input, old_output, old_cached) = before.unwrap_or_default();
    let output = output.unwrap_or(old_output);
    let fresh = match (fresh, before) {
        (None, Some(_)) => return Some((old_input, output, old_cached)),
        (fresh, _) => fresh.unwrap_or(0),
    };
    let read = number("cache_read_input_tokens");
    let written = number("cache_creation_input_tokens");
    if before.is_some() && read.is_none() && written.is_none() {
        // Cached counters stand from before; the uncached one is new.
        let kept = old_input.saturating_sub(old_cached).min(old_input);
        return Some((old_input - kept + fresh, output, old_cached));
    }
    let (read, written) = (read.unwrap_or(0), written.unwrap_or(0));
    Some((fresh + read + written, output, read))
}
