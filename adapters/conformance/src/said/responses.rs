//! OpenAI responses: items, whole or streamed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Said;
use super::heard::{Heard, number, text_of};

pub(super) fn answer(answer: &Value) -> Said {
    let mut heard = Heard::default();
    heard.thinking(text_of(&answer["reasoning"])); // mistral.rs keeps it apart
    for item in answer["output"].as_array().into_iter().flatten() {
        hear(&mut heard, item);
    }
    ended(&mut heard, answer);
    heard.said(finish)
}

/// What its deltas say, item by item; an item that came without any says what it says when it is done.
pub(super) fn events<'a>(events: impl Iterator<Item = &'a Value>) -> Said {
    let mut heard = Heard::default();
    let mut items: BTreeMap<u64, Item> = BTreeMap::new();
    for event in events {
        let at = number(&event["output_index"]);
        let kind = text_of(&event["type"]);
        match kind {
            "response.output_item.added" | "response.output_item.done" => {
                items.entry(at).or_default().whole = event["item"].clone();
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => {
                let response = &event["response"];
                ended(&mut heard, response);
                // Where no item came with an event of its own, all of them stand at the end.
                let untold = items.is_empty();
                for (at, item) in (0..)
                    .zip(response["output"].as_array().into_iter().flatten())
                    .filter(|_| untold)
                {
                    items.entry(at).or_insert_with(|| Item {
                        whole: item.clone(),
                        ..Item::default()
                    });
                }
                break; // a few recordings hold several answers
            }
            // Where deltas were left out, what is done says all of it.
            "response.output_text.done" => {
                let text = items.entry(at).or_default().pieces("output_text");
                let whole = text_of(&event["text"]);
                if let Some(tail) = whole.strip_prefix(text.as_str()) {
                    text.push_str(tail);
                }
            }
            _ => {
                if let Some(what) = kind
                    .strip_prefix("response.")
                    .and_then(|kind| kind.strip_suffix(".delta"))
                {
                    let item = items.entry(at).or_default();
                    item.pieces(what).push_str(text_of(&event["delta"]));
                }
            }
        }
    }
    items.values().for_each(|item| item.said(&mut heard));
    heard.said(finish)
}

#[derive(Default)]
struct Item {
    whole: Value,
    /// Texts of the deltas, by their kind, in order.
    pieces: Vec<(String, String)>,
}

impl Item {
    fn pieces(&mut self, what: &str) -> &mut String {
        if self.pieces.last().is_none_or(|(of, _)| of != what) {
            self.pieces.push((what.to_owned(), String::new()));
        }
        // The vector is not empty now; an unreachable piece is thrown away.
        let last = self.pieces.len() - 1;
        &mut self.pieces[last].1
    }

    fn said(&self, heard: &mut Heard) {
        let known = [
            "output_text",
            "refusal",
            "reasoning_summary_text",
            "reasoning_text",
            "function_call_arguments",
        ];
        if !self
            .pieces
            .iter()
            .any(|(what, _)| known.contains(&what.as_str()))
        {
            hear(heard, &self.whole);
            return;
        }
        for (what, text) in &self.pieces {
            match what.as_str() {
                "output_text" => heard.text(text),
                "refusal" => heard.refusal(text),
                "reasoning_summary_text" | "reasoning_text" => heard.thinking(text),
                "function_call_arguments" => {
                    let key = heard.next_key();
                    heard.call(
                        key,
                        text_of(&self.whole["call_id"]),
                        text_of(&self.whole["name"]),
                    );
                    heard.arguments(key, text);
                }
                _ => {}
            }
        }
    }
}

fn hear(heard: &mut Heard, item: &Value) {
    match text_of(&item["type"]) {
        // Whoever speaks needs no other word.
        "" if item["role"].is_null() => {}
        "message" | "" => {
            heard.text(text_of(&item["content"]));
            for part in item["content"].as_array().into_iter().flatten() {
                heard.text(text_of(&part["text"]));
                heard.refusal(text_of(&part["refusal"]));
            }
        }
        "reasoning" => {
            for name in ["summary", "content"] {
                for part in item[name].as_array().into_iter().flatten() {
                    heard.thinking(text_of(&part["text"]));
                }
            }
        }
        "function_call" => heard.whole_call(
            text_of(&item["call_id"]),
            text_of(&item["name"]),
            &item["arguments"],
        ),
        // A custom tool takes a text.
        "custom_tool_call" => heard.whole_call(
            text_of(&item["call_id"]),
            text_of(&item["name"]),
            &json!({"input": text_of(&item["input"])}),
        ),
        _ => {}
    }
}

fn ended(heard: &mut Heard, response: &Value) {
    heard.word = match text_of(&response["status"]) {
        "incomplete" => {
            format!(
                "incomplete {}",
                text_of(&response["incomplete_details"]["reason"])
            )
        }
        "queued" | "in_progress" | "failed" | "cancelled" => String::new(),
        word => word.to_owned(),
    };
    heard.usage(usage(&response["usage"]));
}

fn finish(word: &str) -> &'static str {
    match word {
        "" => "",
        "incomplete max_output_tokens" | "incomplete max_tokens" => "length",
        "incomplete content_filter" => "refusal",
        _ => "stop",
    }
}

fn usage(usage: &Value) -> Option<(u64, u64, u64)> {
    if !usage.is_object() {
        return None;
    }
    let mut input = number(&usage["input_tokens"]);
    let mut output = number(&usage["output_tokens"]);
    let cached = number(&usage["input_tokens_details"]["cached_tokens"]);
    let reasoning = number(&usage["output_tokens_details"]["reasoning_tokens"]);
    // Counted apart: reasoning where the total says so, cached input where there is more of it than of all.
    if reasoning > 0 && number(&usage["total_tokens"]) == input + output + reasoning {
        output += reasoning;
    }
    if cached > input {
        input += cached;
    }
    Some((input, output, cached))
}
