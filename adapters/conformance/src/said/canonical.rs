//! The canonical form.

use marshal_adapter_api::{ChatResponse, Choice, FinishReason, Part};

use super::Said;
use super::heard::Heard;

pub(super) fn answer(response: &ChatResponse) -> Said {
    let mut heard = Heard::default();
    heard.usage(response.usage.as_ref().map(|usage| {
        let tokens = usage.tokens;
        (tokens.input.0, tokens.output.0, tokens.cache_read.0)
    }));
    for (number, other) in (0..).zip(&response.choices).skip(1) {
        heard.other_choice(number, "");
        for part in &other.message.parts {
            if let Part::Text { text, .. } | Part::Refusal { text, .. } = part {
                heard.other_choice(number, text);
            }
        }
    }
    let first = response.choices.first();
    for part in first.iter().flat_map(|choice| &choice.message.parts) {
        hear(&mut heard, part);
    }
    word(first).clone_into(&mut heard.word);
    heard.said(|word| match word {
        "stop" => "stop",
        "length" => "length",
        "tools" => "tools",
        "refusal" => "refusal",
        _ => "",
    })
}

fn hear(heard: &mut Heard, part: &Part) {
    match part {
        Part::Text { text, .. } => heard.text(text),
        Part::Refusal { text, .. } => heard.refusal(text),
        Part::Thinking { text, .. } => heard.thinking(text),
        Part::ToolCall {
            id,
            name,
            arguments,
            ..
        } => {
            let key = heard.next_key();
            heard.call(key, id, name);
            heard.arguments(key, arguments);
        }
        _ => {}
    }
}

fn word(choice: Option<&Choice>) -> &'static str {
    let finish = choice.and_then(|choice| choice.finish.as_ref());
    match finish.map(|finish| finish.reason) {
        None => "",
        Some(FinishReason::Length | FinishReason::ContextFull) => "length",
        Some(FinishReason::ToolCalls) => "tools",
        Some(FinishReason::Refusal) => "refusal",
        Some(_) => "stop",
    }
}
