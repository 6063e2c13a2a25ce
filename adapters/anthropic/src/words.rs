//! Stop reasons, in both directions.

use marshal_adapter_api::{Finish, FinishReason};
use marshal_types::Dialect;

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

/// What dialects ask for in different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Choices,
    Effort,
    Messages,
    Output,
    Seed,
    Thinking,
    Tier,
    Temperature,
    ToolChoice,
    TopK,
    TopP,
}

/// Where a client of `origin` asked for it.
pub(crate) const fn path(origin: Dialect, asked: Asked) -> &'static str {
    use Dialect::{Anthropic, Bedrock, Cohere, Gemini, Ollama, Responses};
    match (asked, origin) {
        (Asked::Choices, Gemini) => "generationConfig.candidateCount",
        (Asked::Choices, _) => "n",
        (Asked::Effort, Anthropic) => "output_config.effort",
        (Asked::Effort, Responses) => "reasoning.effort",
        (Asked::Effort | Asked::Thinking, Gemini) => "generationConfig.thinkingConfig",
        (Asked::Effort | Asked::Thinking, Ollama) => "think",
        (Asked::Effort, Bedrock) => "additionalModelRequestFields",
        (Asked::Thinking, Bedrock) => "additionalModelRequestFields.thinking",
        (Asked::Effort, _) => "reasoning_effort",
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
        (Asked::Seed, Gemini) => "generationConfig.seed",
        (Asked::Seed, Ollama) => "options.seed",
        (Asked::Seed, _) => "seed",
        (Asked::Temperature, Gemini) => "generationConfig.temperature",
        (Asked::Temperature, Bedrock) => "inferenceConfig.temperature",
        (Asked::Temperature, Ollama) => "options.temperature",
        (Asked::Temperature, _) => "temperature",
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
        (Asked::TopP, Gemini) => "generationConfig.topP",
        (Asked::TopP, Bedrock) => "inferenceConfig.topP",
        (Asked::TopP, Ollama) => "options.top_p",
        (Asked::TopP, Cohere) => "p",
        (Asked::TopP, _) => "top_p",
    }
}
