//! Stop reasons, in both directions.

use marshal_adapter_api::{Finish, FinishReason};

/// What a `stop_reason` means.
pub(crate) fn finish_of(word: &str, stop_sequence: Option<String>) -> Finish {
    let reason = match word {
        "end_turn" => FinishReason::Stop,
        "stop_sequence" => FinishReason::StopSequence,
        "max_tokens" => FinishReason::Length,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::Refusal,
        "pause_turn" => FinishReason::Pause,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word: word.to_owned(),
        stop_sequence,
    }
}

/// The `stop_reason` for an answer of another dialect.
///
/// An answer that calls tools waits for their results, whatever it says: clients of this dialect
/// run tools only on `tool_use`, and OpenAI says `stop` where a certain tool was demanded.
pub(crate) const fn word_of(
    reason: FinishReason,
    calls_tools: bool,
    refuses: bool,
) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::Other if calls_tools => "tool_use",
        FinishReason::Stop if refuses => "refusal",
        FinishReason::Stop | FinishReason::Other => "end_turn",
        FinishReason::StopSequence => "stop_sequence",
        FinishReason::Length => "max_tokens",
        FinishReason::ContextFull => "model_context_window_exceeded",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::Refusal => "refusal",
        FinishReason::Pause => "pause_turn",
    }
}
