//! Finish reasons, in both directions.

use marshal_adapter_api::{Finish, FinishReason, Part};
use marshal_types::Dialect;

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

/// What dialects ask for in different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Messages,
    Output,
    Thinking,
    Tier,
    ToolChoice,
    TopK,
}

/// Where a client of `origin` asked for it.
pub(crate) const fn path(origin: Dialect, asked: Asked) -> &'static str {
    use Dialect::{Anthropic, Bedrock, Cohere, Gemini, Ollama, Responses};
    match (asked, origin) {
        (Asked::Thinking, Gemini) => "generationConfig.thinkingConfig",
        (Asked::Thinking, Ollama) => "think",
        (Asked::Thinking, Bedrock) => "additionalModelRequestFields.thinking",
        (Asked::Thinking, _) => "thinking",
        (Asked::Messages, Gemini) => "contents",
        (Asked::Messages, Responses) => "input",
        (Asked::Messages, _) => "messages",
        (Asked::Output, Anthropic) => "output_config.format",
        (Asked::Output, Responses) => "text.format",
        (Asked::Output, Gemini) => "generationConfig.responseSchema",
        (Asked::Output, Ollama) => "format",
        (Asked::Output, Bedrock) => "outputConfig.textFormat",
        (Asked::Output, _) => "response_format",
        (Asked::Tier, Bedrock) => "serviceTier",
        (Asked::Tier, _) => "service_tier",
        (Asked::ToolChoice, Gemini) => "toolConfig.functionCallingConfig",
        (Asked::ToolChoice, Bedrock) => "toolConfig.toolChoice",
        (Asked::ToolChoice, _) => "tool_choice",
        (Asked::TopK, Gemini) => "generationConfig.topK",
        (Asked::TopK, Bedrock) => "additionalModelRequestFields.top_k",
        (Asked::TopK, Ollama) => "options.top_k",
        (Asked::TopK, Cohere) => "k",
        (Asked::TopK, _) => "top_k",
    }
}
