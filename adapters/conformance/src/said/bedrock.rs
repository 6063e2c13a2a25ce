//! Amazon Bedrock's Converse.

use serde_json::Value;

use super::Said;
use super::heard::{Heard, count, number, text_of};
use crate::plain::Plain;

pub(super) fn answer(answer: &Value) -> Said {
    let mut heard = Heard::default();
    let content = answer["output"]["message"]["content"].as_array();
    for block in content.into_iter().flatten() {
        heard.text(text_of(&block["text"]));
        for cited in block["citationsContent"]["content"]
            .as_array()
            .into_iter()
            .flatten()
        {
            heard.text(text_of(&cited["text"]));
        }
        heard.thinking(text_of(&block["reasoningContent"]["reasoningText"]["text"]));
        let call = &block["toolUse"];
        if call.is_object() && !provider_run(call) {
            heard.whole_call(
                text_of(&call["toolUseId"]),
                text_of(&call["name"]),
                &call["input"],
            );
        }
    }
    text_of(&answer["stopReason"]).clone_into(&mut heard.word);
    heard.usage(usage(&answer["usage"]));
    heard.said(finish)
}

pub(super) fn events(events: &[Plain]) -> Said {
    let mut heard = Heard::default();
    for event in events {
        let data = &event.data;
        let key = number(&data["contentBlockIndex"]);
        match event.name.as_deref().unwrap_or_default() {
            "contentBlockStart" => {
                let call = &data["start"]["toolUse"];
                if call.is_object() && !provider_run(call) {
                    heard.call(key, text_of(&call["toolUseId"]), text_of(&call["name"]));
                }
            }
            "contentBlockDelta" => {
                let delta = &data["delta"];
                heard.text(text_of(&delta["text"]));
                heard.thinking(text_of(&delta["reasoningContent"]["text"]));
                heard.arguments(key, text_of(&delta["toolUse"]["input"]));
            }
            "messageStop" => text_of(&data["stopReason"]).clone_into(&mut heard.word),
            "metadata" => heard.usage(usage(&data["usage"])),
            _ => {}
        }
    }
    heard.said(finish)
}

/// A call of a tool that runs at the provider.
fn provider_run(call: &Value) -> bool {
    text_of(&call["type"]).starts_with("server_tool")
}

fn finish(word: &str) -> &'static str {
    match word {
        "" => "",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tools",
        "guardrail_intervened" | "content_filtered" | "refusal" => "refusal",
        _ => "stop",
    }
}

/// Cached input is counted apart.
fn usage(usage: &Value) -> Option<(u64, u64, u64)> {
    if !usage.is_object() {
        return None;
    }
    let cached = |name: &str| {
        let older = &usage[format!("{name}TokenCount")];
        count(&usage[format!("{name}Tokens")]).unwrap_or(number(older))
    };
    let (read, written) = (cached("cacheReadInput"), cached("cacheWriteInput"));
    Some((
        number(&usage["inputTokens"]) + read + written,
        number(&usage["outputTokens"]),
        read,
    ))
}
