//! Ollama's own chat: a stream's lines have the shape of a whole answer.

use serde_json::Value;

use super::Said;
use super::heard::{Heard, count, number, text_of};

pub(super) fn chunks<'a>(chunks: impl Iterator<Item = &'a Value>) -> Said {
    let mut heard = Heard::default();
    for chunk in chunks {
        let message = &chunk["message"];
        heard.thinking(text_of(&message["thinking"]));
        heard.text(text_of(&message["content"]));
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
        // What counts or ends is the last, where nothing says that it is not.
        let ends = chunk["done_reason"].is_string() || usage(chunk).is_some();
        if chunk["done"] == true || chunk["done"].is_null() && ends {
            text_of(&chunk["done_reason"]).clone_into(&mut heard.word);
            heard.usage(usage(chunk));
        }
    }
    heard.said(finish)
}

fn finish(word: &str) -> &'static str {
    match word {
        "" => "",
        "length" => "length",
        _ => "stop",
    }
}

fn usage(chunk: &Value) -> Option<(u64, u64, u64)> {
    let (input, output) = (&chunk["prompt_eval_count"], &chunk["eval_count"]);
    count(input)
        .or(count(output))
        .map(|_| (number(input), number(output), 0))
}
