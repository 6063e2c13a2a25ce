//! Gemini's `generateContent`: a stream's chunks have the shape of a whole answer.

use serde_json::Value;

use super::Said;
use super::heard::{Heard, number as counted, text_of};

/// The candidates of a whole answer stand in their order.
pub(super) fn answer(answer: &Value) -> Said {
    said(std::iter::once(answer), |_, at| at)
}

/// The candidates of a stream are told apart by number.
pub(super) fn chunks<'a>(chunks: impl Iterator<Item = &'a Value>) -> Said {
    said(chunks, |candidate, at| {
        candidate["index"].as_u64().unwrap_or(at)
    })
}

fn said<'a>(chunks: impl Iterator<Item = &'a Value>, number: impl Fn(&Value, u64) -> u64) -> Said {
    let mut heard = Heard::default();
    for chunk in chunks {
        for (at, candidate) in (0..).zip(chunk["candidates"].as_array().into_iter().flatten()) {
            let at = number(candidate, at);
            let parts = candidate["content"]["parts"].as_array();
            if at > 0 {
                heard.other_choice(at, "");
                for part in parts.into_iter().flatten() {
                    if part["thought"] != true {
                        heard.other_choice(at, text_of(&part["text"]));
                    }
                }
                continue;
            }
            parts
                .into_iter()
                .flatten()
                .for_each(|part| hear(&mut heard, part));
            match &candidate["finishReason"] {
                Value::String(word) => word.clone_into(&mut heard.word),
                Value::Number(word) => heard.word = word.to_string(),
                _ => {}
            }
        }
        if let Some(word) = chunk["promptFeedback"]["blockReason"].as_str()
            && heard.word.is_empty()
        {
            heard.word = format!("blocked by {word}");
        }
        heard.usage(usage(&chunk["usageMetadata"]));
    }
    heard.said(finish)
}

fn hear(heard: &mut Heard, part: &Value) {
    let text = text_of(&part["text"]);
    if part["thought"] == true {
        heard.thinking(text);
    } else {
        heard.text(text);
    }
    let call = &part["functionCall"];
    if !call.is_object() {
        return;
    }
    if call["name"].is_string() {
        heard.whole_call(text_of(&call["id"]), text_of(&call["name"]), &call["args"]);
    }
    for piece in call["partialArgs"].as_array().into_iter().flatten() {
        let value = ["stringValue", "numberValue", "boolValue", "nullValue"]
            .iter()
            .map(|name| &piece[*name])
            .find(|value| !value.is_null());
        heard.argument(text_of(&piece["jsonPath"]), value.unwrap_or(&Value::Null));
    }
}

/// In words, or in the numbers of `enum-encoding=int`.
fn finish(word: &str) -> &'static str {
    match word {
        "" | "FINISH_REASON_UNSPECIFIED" | "0" => "",
        "MAX_TOKENS" | "2" => "length",
        "SAFETY"
        | "3"
        | "RECITATION"
        | "4"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "MODEL_ARMOR"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => "refusal",
        word if word.starts_with("blocked by") => "refusal",
        _ => "stop",
    }
}

fn usage(usage: &Value) -> Option<(u64, u64, u64)> {
    if !usage.is_object() {
        return None;
    }
    // Google's JSON may write a whole number as text.
    let of = |name: &str| match &usage[name] {
        Value::String(digits) => digits.parse().unwrap_or(0),
        value => counted(value),
    };
    let cached = of("cachedContentTokenCount");
    let input = of("promptTokenCount") + of("toolUsePromptTokenCount");
    Some((
        input.max(cached),
        of("candidatesTokenCount") + of("thoughtsTokenCount"),
        cached,
    ))
}
