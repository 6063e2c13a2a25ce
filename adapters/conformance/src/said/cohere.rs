//! Cohere's chat, version 2.

use serde_json::Value;

use super::Said;
use super::heard::{Heard, count, number, text_of};

pub(super) fn answer(answer: &Value) -> Said {
    let mut heard = Heard::default();
    let message = &answer["message"];
    heard.thinking(text_of(&message["tool_plan"]));
    match &message["content"] {
        Value::Array(parts) => parts.iter().for_each(|part| content(&mut heard, part)),
        text => heard.text(text_of(text)),
    }
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let function = &call["function"];
        if !function.is_object() {
            continue; // of a kind that is not known
        }
        heard.whole_call(
            text_of(&call["id"]),
            text_of(&function["name"]),
            &function["arguments"],
        );
    }
    text_of(&answer["finish_reason"]).clone_into(&mut heard.word);
    heard.usage(usage(&answer["usage"]));
    heard.said(finish)
}

pub(super) fn events<'a>(events: impl Iterator<Item = &'a Value>) -> Said {
    let mut heard = Heard::default();
    for event in events {
        let delta = &event["delta"];
        let message = &delta["message"];
        let key = number(&event["index"]);
        match text_of(&event["type"]) {
            "content-start" | "content-delta" => content(&mut heard, &message["content"]),
            "tool-plan-delta" => heard.thinking(text_of(&message["tool_plan"])),
            "tool-call-start" => {
                let calls = &message["tool_calls"];
                let call = calls.get(0).unwrap_or(calls);
                let function = &call["function"];
                heard.call(key, text_of(&call["id"]), text_of(&function["name"]));
                heard.arguments(key, text_of(&function["arguments"]));
            }
            "tool-call-delta" => {
                let function = &message["tool_calls"]["function"];
                heard.arguments(key, text_of(&function["arguments"]));
            }
            "message-end" => {
                text_of(&delta["finish_reason"]).clone_into(&mut heard.word);
                heard.usage(usage(&delta["usage"]));
            }
            _ => {}
        }
    }
    heard.said(finish)
}

fn content(heard: &mut Heard, part: &Value) {
    heard.thinking(text_of(&part["thinking"]));
    heard.text(text_of(&part["text"]));
}

fn finish(word: &str) -> &'static str {
    match word {
        "" => "",
        "MAX_TOKENS" => "length",
        "TOOL_CALL" => "tools",
        "ERROR_TOXIC" => "refusal",
        _ => "stop",
    }
}

/// What was read and written; where only what was billed is known, that.
fn usage(usage: &Value) -> Option<(u64, u64, u64)> {
    let counted = [&usage["tokens"], &usage["billed_units"]]
        .into_iter()
        .find(|counted| {
            count(&counted["input_tokens"])
                .or(count(&counted["output_tokens"]))
                .is_some()
        })?;
    // Pictures are counted beside the words.
    let input = number(&counted["input_tokens"]) + number(&counted["image_tokens"]);
    Some((
        input,
        number(&counted["output_tokens"]),
        number(&usage["cached_tokens"]).min(input),
    ))
}
