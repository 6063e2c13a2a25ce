//! Where clients of other dialects ask for what this one cannot say.

use marshal_types::Dialect;

/// What dialects ask for in different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Choices,
    Messages,
    Output,
    Parallel,
    Thinking,
    Tier,
    ToolChoice,
    User,
}

/// Where a client of `origin` asked for it.
pub(crate) const fn path(origin: Dialect, asked: Asked) -> &'static str {
    use Dialect::{Anthropic, Bedrock, Gemini, OpenAi, Responses};
    match (asked, origin) {
        (Asked::Choices, Gemini) => "generationConfig.candidateCount",
        (Asked::Choices, _) => "n",
        (Asked::Messages, Gemini) => "contents",
        (Asked::Messages, Responses) => "input",
        (Asked::Messages, _) => "messages",
        (Asked::Output, Anthropic) => "output_config.format",
        (Asked::Output, Responses) => "text.format",
        (Asked::Output, Gemini) => "generationConfig.responseSchema",
        (Asked::Output, Bedrock) => "outputConfig.textFormat",
        (Asked::Output, _) => "response_format",
        (Asked::Parallel, Anthropic) => "tool_choice.disable_parallel_tool_use",
        (Asked::Parallel, _) => "parallel_tool_calls",
        (Asked::Thinking, OpenAi) => "reasoning_effort",
        (Asked::Thinking, Responses) => "reasoning.effort",
        (Asked::Thinking, Gemini) => "generationConfig.thinkingConfig",
        (Asked::Thinking, Bedrock) => "additionalModelRequestFields.thinking",
        (Asked::Thinking, _) => "thinking",
        (Asked::Tier, Bedrock) => "serviceTier",
        (Asked::Tier, _) => "service_tier",
        (Asked::ToolChoice, Gemini) => "toolConfig.functionCallingConfig",
        (Asked::ToolChoice, Bedrock) => "toolConfig.toolChoice",
        (Asked::ToolChoice, _) => "tool_choice",
        (Asked::User, Anthropic) => "metadata.user_id",
        (Asked::User, _) => "user",
    }
}
