//! Finish reasons, in both directions.

use marshal_adapter_api::{Finish, FinishReason, Part};

/// What a `finish_reason` means.
pub(crate) fn finish_of(word: &str) -> Finish {
    let reason = match word {
        "stop" | "eos" => FinishReason::Stop,
        "length" | "model_length" | "max_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::Refusal,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word: word.to_owned(),
        stop_sequence: None,
    }
}

/// The `finish_reason` for an answer of another dialect.
pub(crate) const fn word_of(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop
        | FinishReason::StopSequence
        | FinishReason::Pause
        | FinishReason::Other => "stop",
        FinishReason::Length | FinishReason::ContextFull => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::Refusal => "content_filter",
    }
}

/// True for reasons that [`word_of`] can only approach.
pub(crate) const fn is_approximate(reason: FinishReason) -> bool {
    matches!(reason, FinishReason::Pause | FinishReason::Other)
}

/// Splits `data:image/png;base64,AAAA`; anything less plain stays an address.
pub(crate) fn data_url(url: &str) -> Option<(&str, &str)> {
    let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    (!media_type.is_empty() && !media_type.contains([';', ','])).then_some((media_type, data))
}

/// The text of all text parts, one after the other.
pub(crate) fn joined_text(parts: &[Part]) -> Option<String> {
    let mut all: Option<String> = None;
    for part in parts {
        if let Part::Text { text, .. } = part {
            all.get_or_insert_default().push_str(text);
        }
    }
    all
}
