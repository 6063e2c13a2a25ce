//! Words of this dialect and what they are elsewhere.

use marshal_adapter_api::{Finish, FinishReason};
use marshal_types::Dialect;

/// What a `stopReason` means.
pub(crate) fn finish_of(word: &str, stop_sequence: Option<String>) -> Finish {
    let reason = match word {
        "end_turn" => FinishReason::Stop,
        "stop_sequence" => FinishReason::StopSequence,
        "max_tokens" => FinishReason::Length,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        "tool_use" => FinishReason::ToolCalls,
        "guardrail_intervened" | "content_filtered" | "refusal" => FinishReason::Refusal,
        "pause_turn" => FinishReason::Pause,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word: word.to_owned(),
        stop_sequence,
    }
}

/// The `stopReason` for an answer of another dialect. An answer that calls tools waits for their results.
pub(crate) const fn word_of(reason: FinishReason, calls: bool, refuses: bool) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::Other if calls => "tool_use",
        FinishReason::Stop if refuses => "content_filtered",
        FinishReason::Stop | FinishReason::Other | FinishReason::Pause => "end_turn",
        FinishReason::StopSequence => "stop_sequence",
        FinishReason::Length => "max_tokens",
        FinishReason::ContextFull => "model_context_window_exceeded",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::Refusal => "content_filtered",
    }
}

/// Which fields beyond the common ones a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Anthropic's models: thinking, `top_k`, cache points, strict tools.
    Claude,
    /// Amazon's first models: cache points, `inferenceConfig.topK`.
    Nova,
    /// Amazon's models that reason.
    Nova2,
    /// OpenAI's open models: `reasoning_effort`.
    GptOss,
    /// Any other.
    Other,
}

impl Family {
    /// By the model's id, profile or ARN.
    pub(crate) fn of(model: &str) -> Self {
        if model.contains("anthropic") || model.contains("claude") {
            Self::Claude
        } else if model.contains("nova-2") {
            Self::Nova2
        } else if model.contains("amazon.nova") {
            Self::Nova
        } else if model.contains("gpt-oss") {
            Self::GptOss
        } else {
            Self::Other
        }
    }

    /// Whether a point up to which the prompt is cached may be set.
    pub(crate) const fn caches(self) -> bool {
        matches!(self, Self::Claude | Self::Nova | Self::Nova2)
    }
}

/// What is asked for in other words by other dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Choices,
    Effort,
    Messages,
    Output,
    Parallel,
    Seed,
    Temperature,
    Thinking,
    ToolChoice,
    TopK,
    TopP,
    User,
}

/// Where a client of `origin` said it.
pub(crate) const fn path(origin: Dialect, said: Said) -> &'static str {
    use Dialect::{Anthropic, Cohere, Gemini, Ollama, Responses};
    match (said, origin) {
        (Said::Choices, Gemini) => "generationConfig.candidateCount",
        (Said::Choices, _) => "n",
        (Said::Effort, Anthropic) => "output_config.effort",
        (Said::Effort, Responses) => "reasoning.effort",
        (Said::Effort | Said::Thinking, Gemini) => "generationConfig.thinkingConfig",
        (Said::Effort | Said::Thinking, Ollama) => "think",
        (Said::Effort, _) => "reasoning_effort",
        (Said::Thinking, _) => "thinking",
        (Said::Messages, Gemini) => "contents",
        (Said::Messages, Responses) => "input",
        (Said::Messages, _) => "messages",
        (Said::Output, Anthropic) => "output_config.format",
        (Said::Output, Responses) => "text.format",
        (Said::Output, Gemini) => "generationConfig.responseSchema",
        (Said::Output, Ollama) => "format",
        (Said::Output, _) => "response_format",
        (Said::Parallel, Anthropic) => "tool_choice.disable_parallel_tool_use",
        (Said::Parallel, _) => "parallel_tool_calls",
        (Said::Seed, Gemini) => "generationConfig.seed",
        (Said::Seed, Ollama) => "options.seed",
        (Said::Seed, _) => "seed",
        (Said::Temperature, Gemini) => "generationConfig.temperature",
        (Said::Temperature, Ollama) => "options.temperature",
        (Said::Temperature, _) => "temperature",
        (Said::ToolChoice, Gemini) => "toolConfig.functionCallingConfig",
        (Said::ToolChoice, _) => "tool_choice",
        (Said::TopK, Gemini) => "generationConfig.topK",
        (Said::TopK, Ollama) => "options.top_k",
        (Said::TopK, Cohere) => "k",
        (Said::TopK, _) => "top_k",
        (Said::TopP, Gemini) => "generationConfig.topP",
        (Said::TopP, Ollama) => "options.top_p",
        (Said::TopP, Cohere) => "p",
        (Said::TopP, _) => "top_p",
        (Said::User, Anthropic) => "metadata.user_id",
        (Said::User, _) => "user",
    }
}

/// Formats whose media type is not `{kind}/{format}`, sorted as they are met.
const FORMATS: [(&str, &str, &str); 17] = [
    ("document", "pdf", "application/pdf"),
    ("document", "txt", "text/plain"),
    ("document", "md", "text/markdown"),
    ("document", "csv", "text/csv"),
    ("document", "html", "text/html"),
    ("document", "doc", "application/msword"),
    (
        "document",
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("document", "xls", "application/vnd.ms-excel"),
    (
        "document",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("video", "mov", "video/quicktime"),
    ("video", "mkv", "video/x-matroska"),
    ("video", "flv", "video/x-flv"),
    ("video", "wmv", "video/x-ms-wmv"),
    ("video", "three_gp", "video/3gpp"),
    ("audio", "mp3", "audio/mpeg"),
    ("audio", "mka", "audio/x-matroska"),
    ("audio", "m4a", "audio/x-m4a"),
];

/// The media type of a `format`; `None` where it would not lead back to it.
pub(crate) fn media_type(kind: &str, format: &str) -> Option<String> {
    let known = FORMATS
        .iter()
        .find(|(of, name, _)| *of == kind && *name == format);
    match known {
        Some((_, _, media_type)) => Some((*media_type).to_owned()),
        None if kind == "document" => None,
        None => {
            let guess = format!("{kind}/{format}");
            (self::format(kind, &guess).as_deref() == Some(format)).then_some(guess)
        }
    }
}

/// The `format` of a media type; `None` where this dialect has none of that kind.
pub(crate) fn format(kind: &str, media_type: &str) -> Option<String> {
    let plain = media_type.split(';').next().unwrap_or_default().trim();
    let known = FORMATS
        .iter()
        .find(|(of, _, name)| *of == kind && *name == plain);
    if let Some((_, format, _)) = known {
        return Some((*format).to_owned());
    }
    match (kind, plain.strip_prefix(kind)?.strip_prefix('/')?) {
        ("image", "jpg") => Some("jpeg".to_owned()),
        ("document", _) => None,
        ("image", "jpeg" | "png" | "gif" | "webp") | ("video" | "audio", _) => plain
            .split_once('/')
            .map(|(_, format)| format.strip_prefix("x-").unwrap_or(format).to_owned()),
        _ => None,
    }
}

/// The path of a model's operation; the model percent-encoded as AWS signs it.
pub(crate) fn upstream_path(model: &str, stream: bool) -> String {
    let mut path = String::with_capacity(model.len() + 32);
    path.push_str("/model/");
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            path.push('%');
            path.push(char::from(HEX[usize::from(byte >> 4)]));
            path.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    path.push_str(if stream {
        "/converse-stream"
    } else {
        "/converse"
    });
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_address_is_encoded_as_aws_does() {
        assert_eq!(
            upstream_path("us.anthropic.claude-3-7-sonnet-20250219-v1:0", true),
            "/model/us.anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse-stream"
        );
        assert_eq!(
            upstream_path("arn:aws:bedrock:us-east-1:1:inference-profile/x y", false),
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx%20y/converse"
        );
    }

    #[test]
    fn every_format_leads_back_to_itself() {
        for (kind, name, _) in FORMATS {
            let media_type = media_type(kind, name).unwrap();
            assert_eq!(format(kind, &media_type).as_deref(), Some(name));
        }
        assert_eq!(media_type("image", "png").as_deref(), Some("image/png"));
        assert_eq!(format("image", "image/jpg").as_deref(), Some("jpeg"));
        assert_eq!(format("image", "image/svg+xml"), None);
        assert_eq!(media_type("document", "new"), None);
        assert_eq!(
            format("document", "text/plain; charset=utf-8").as_deref(),
            Some("txt")
        );
    }
}
