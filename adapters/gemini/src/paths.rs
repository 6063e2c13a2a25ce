//! Where clients of other dialects ask for things, for reports in their words.

use marshal_types::Dialect;

/// What a client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Effort,
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
    use Dialect::{Anthropic, Bedrock, Ollama, Responses};
    match (asked, origin) {
        (Asked::Effort, Anthropic) => "output_config.effort",
        (Asked::Effort, Responses) => "reasoning.effort",
        (Asked::Effort | Asked::Thinking, Ollama) => "think",
        (Asked::Effort, _) => "reasoning_effort",
        (Asked::Messages, Responses) => "input",
        (Asked::Messages, _) => "messages",
        (Asked::Output, Anthropic) => "output_config.format",
        (Asked::Output, Responses) => "text.format",
        (Asked::Output, Ollama) => "format",
        (Asked::Output, Bedrock) => "outputConfig.textFormat",
        (Asked::Output, _) => "response_format",
        (Asked::Parallel, Anthropic) => "tool_choice.disable_parallel_tool_use",
        (Asked::Parallel, _) => "parallel_tool_calls",
        (Asked::Thinking, Bedrock) => "additionalModelRequestFields.thinking",
        (Asked::Thinking, _) => "thinking",
        (Asked::Tier, Bedrock) => "serviceTier",
        (Asked::Tier, _) => "service_tier",
        (Asked::ToolChoice, Bedrock) => "toolConfig.toolChoice",
        (Asked::ToolChoice, _) => "tool_choice",
        (Asked::User, Anthropic) => "metadata.user_id",
        (Asked::User, _) => "user",
    }
}

/// The member that says how closely to look at a picture.
pub(crate) const fn detail(origin: Dialect) -> &'static str {
    match origin {
        Dialect::Responses => "detail",
        _ => "image_url.detail",
    }
}

/// The member that names a document.
pub(crate) const fn title(origin: Dialect) -> &'static str {
    match origin {
        Dialect::OpenAi => "file.filename",
        Dialect::Responses => "filename",
        Dialect::Bedrock => "document.name",
        _ => "title",
    }
}
