//! OpenAI chat completions, with the habits of their copies.

use serde_json::Value;

use super::Said;
use super::heard::{Heard, count, number, text_of};

pub(super) fn answer(answer: &Value) -> Said {
    let mut heard = Heard::default();
    for (at, choice) in (0..).zip(answer["choices"].as_array().into_iter().flatten()) {
        if at == 0 {
            message(&mut heard, &choice["message"], true);
            text_of(&choice["finish_reason"]).clone_into(&mut heard.word);
        } else {
            other(&mut heard, at, &choice["message"]);
        }
    }
    heard.usage(usage(answer));
    heard.said(finish)
}

pub(super) fn chunks<'a>(chunks: impl Iterator<Item = &'a Value>) -> Said {
    let mut heard = Heard::default();
    for chunk in chunks {
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            let at = number(&choice["index"]);
            if at > 0 {
                other(&mut heard, at, &choice["delta"]);
                continue;
            }
            message(&mut heard, &choice["delta"], false);
            if heard.word.is_empty() {
                text_of(&choice["finish_reason"]).clone_into(&mut heard.word);
            }
        }
        heard.usage(usage(chunk));
    }
    heard.said(finish)
}

fn finish(word: &str) -> &'static str {
    match word {
        "" => "",
        "length" | "model_length" | "max_tokens" => "length",
        "tool_calls" | "function_call" => "tools",
        "content_filter" => "refusal",
        _ => "stop",
    }
}

fn other(heard: &mut Heard, at: u64, said: &Value) {
    heard.other_choice(at, text_of(&said["content"]));
    heard.other_choice(at, text_of(&said["refusal"]));
}

fn message(heard: &mut Heard, said: &Value, whole: bool) {
    thoughts(heard, said);
    match &said["content"] {
        Value::Array(parts) => {
            for part in parts {
                heard.text(text_of(&part["text"]));
                for thought in part["thinking"].as_array().into_iter().flatten() {
                    heard.thinking(text_of(&thought["text"]));
                }
            }
        }
        content => heard.text(text_of(content)),
    }
    heard.refusal(text_of(&said["refusal"]));
    let calls = said["tool_calls"].as_array();
    let several = calls.is_some_and(|calls| calls.len() > 1);
    for (at, one) in (0..).zip(calls.into_iter().flatten()) {
        let function = &one["function"];
        if !whole {
            call(heard, one, several.then_some(at));
        } else if function.is_object() {
            let (id, name) = (text_of(&one["id"]), text_of(&function["name"]));
            heard.whole_call(id, name, &function["arguments"]);
        }
    }
}

fn thoughts(heard: &mut Heard, said: &Value) {
    let thinking = match text_of(&said["reasoning_content"]) {
        "" => text_of(&said["reasoning"]),
        text => text,
    };
    heard.thinking(thinking);
    // Snowflake gives Claude's thoughts with their seal alone; others give them twice.
    for thought in said["reasoning_details"].as_array().into_iter().flatten() {
        let text = text_of(&thought["text"]);
        if thought["signature"].is_string() && !heard.thought_so(text) {
            heard.thinking(text);
        }
    }
}

/// Calls are told apart by index, and by id and name where every index is the same.
fn call(heard: &mut Heard, call: &Value, place: Option<u64>) {
    let function = &call["function"];
    if !function.is_object() {
        return; // a custom tool's, which is this dialect's own
    }
    let (id, name) = (text_of(&call["id"]), text_of(&function["name"]));
    let next = heard.next_key();
    let known = (!id.is_empty()).then(|| heard.key_of(id)).flatten();
    let index = count(&call["index"]).or(place.filter(|_| id.is_empty()));
    let at = known.or(index).unwrap_or(next.saturating_sub(1));
    let begins = !id.is_empty() && !name.is_empty() && heard.has_id(at);
    let at = if known.is_none() && begins { next } else { at };
    if heard.has_key(at) {
        heard.complete(at, id, name);
    } else {
        heard.call(at, id, name);
    }
    match &function["arguments"] {
        Value::String(source) => heard.arguments(at, source),
        Value::Null => {}
        value => heard.arguments(at, &value.to_string()),
    }
}

fn usage(answer: &Value) -> Option<(u64, u64, u64)> {
    let usage = [&answer["usage"], &answer["x_groq"]["usage"]]
        .into_iter()
        .find(|usage| usage.is_object());
    if let Some(usage) = usage {
        let input = number(&usage["prompt_tokens"]);
        let mut output = number(&usage["completion_tokens"]);
        let reasoning = number(&usage["completion_tokens_details"]["reasoning_tokens"]);
        if reasoning > 0 && number(&usage["total_tokens"]) == input + output + reasoning {
            output += reasoning;
        }
        let cached = [
            &usage["prompt_tokens_details"]["cached_tokens"],
            &usage["prompt_cache_hit_tokens"],
            &usage["cached_tokens"],
        ]
        .into_iter()
        .find_map(count)
        .unwrap_or(0);
        // Counted apart where there are more of them than there are tokens in all.
        let input = if cached > input {
            input + cached
        } else {
            input
        };
        return Some((input, output, cached));
    }
    let timings = &answer["timings"];
    let (input, output) = (
        count(&timings["prompt_n"])?,
        count(&timings["predicted_n"])?,
    );
    let cached = number(&timings["cache_n"]);
    Some((input + cached, output, cached))
}
