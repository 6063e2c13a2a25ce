//! Words of this dialect, in both directions.

use marshal_adapter_api::{Finish, FinishReason};
use marshal_types::Dialect;
use marshal_wire::json::{Doc, NodeId};

/// A string member.
pub(crate) fn text(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .map(std::borrow::Cow::into_owned)
}

/// True where the member is a string that says `word`.
pub(crate) fn is(doc: Doc<'_>, node: NodeId, name: &str, word: &str) -> bool {
    doc.get(node, name)
        .and_then(|node| doc.str(node))
        .is_some_and(|text| text == word)
}

/// A whole number member.
pub(crate) fn number(doc: Doc<'_>, node: NodeId, name: &str) -> Option<u64> {
    doc.get(node, name).and_then(|node| doc.u64(node))
}

/// Why an answer ended, in its own word: its `status`, or the reason where it is incomplete.
pub(crate) fn finish_word(doc: Doc<'_>, answer: NodeId) -> Option<String> {
    let status = text(doc, answer, "status")?;
    match status.as_str() {
        "" | "queued" | "in_progress" => None,
        "incomplete" => {
            let details = doc.get(answer, "incomplete_details");
            Some(
                details
                    .and_then(|node| text(doc, node, "reason"))
                    .unwrap_or(status),
            )
        }
        _ => Some(status),
    }
}

/// What such a word means; `calls` where the answer calls a tool of the client's.
pub(crate) fn finish_of(word: String, calls: bool) -> Finish {
    let reason = match word.as_str() {
        "completed" if calls => FinishReason::ToolCalls,
        "completed" => FinishReason::Stop,
        "max_output_tokens" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::Refusal,
        _ => FinishReason::Other,
    };
    Finish {
        reason,
        word,
        stop_sequence: None,
    }
}

/// The status of an answer that ended with this word.
pub(crate) fn status_of(word: &str) -> &str {
    match word {
        "completed" | "failed" | "cancelled" => word,
        _ => "incomplete",
    }
}

/// Why an answer of another dialect is incomplete here; `None` where it is complete.
pub(crate) const fn incomplete(
    reason: Option<FinishReason>,
    refused_in_words: bool,
) -> Option<&'static str> {
    match reason {
        Some(FinishReason::Length | FinishReason::ContextFull) => Some("max_output_tokens"),
        Some(FinishReason::Refusal) if !refused_in_words => Some("content_filter"),
        _ => None,
    }
}

/// True for endings that this dialect can only approach.
pub(crate) const fn is_approximate(reason: Option<FinishReason>) -> bool {
    matches!(
        reason,
        None | Some(FinishReason::Pause | FinishReason::Other)
    )
}

/// Splits `data:image/png;base64,AAAA`; anything less plain stays an address.
pub(crate) fn data_url(url: &str) -> Option<(&str, &str)> {
    let (media_type, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
    (!media_type.is_empty() && !media_type.contains([';', ','])).then_some((media_type, data))
}

/// A setting, in the words of the dialect that a request came from.
pub(crate) fn origin_word(origin: Dialect, setting: Setting) -> &'static str {
    use Dialect::{Anthropic, Bedrock, Cohere, Gemini, Ollama};
    match (setting, origin) {
        (Setting::Stop, Anthropic | Cohere) => "stop_sequences",
        (Setting::Stop, Gemini) => "generationConfig.stopSequences",
        (Setting::Stop, Bedrock) => "inferenceConfig.stopSequences",
        (Setting::Stop, Ollama) => "options.stop",
        (Setting::Stop, _) => "stop",
        (Setting::Seed, Gemini) => "generationConfig.seed",
        (Setting::Seed, Ollama) => "options.seed",
        (Setting::Seed, _) => "seed",
        (Setting::TopK, Gemini) => "generationConfig.topK",
        (Setting::TopK, Bedrock) => "additionalModelRequestFields.top_k",
        (Setting::TopK, Cohere) => "k",
        (Setting::TopK, Ollama) => "options.top_k",
        (Setting::TopK, _) => "top_k",
        (Setting::Choices, Gemini) => "generationConfig.candidateCount",
        (Setting::Choices, _) => "n",
        (Setting::ToolChoice, Gemini) => "toolConfig",
        (Setting::ToolChoice, Bedrock) => "toolConfig.toolChoice",
        (Setting::ToolChoice, _) => "tool_choice",
        (Setting::Output, Anthropic) => "output_config.format",
        (Setting::Output, Gemini) => "generationConfig.responseSchema",
        (Setting::Output, Ollama) => "format",
        (Setting::Output, Bedrock) => "outputConfig",
        (Setting::Output, _) => "response_format",
        (Setting::Thinking, Gemini) => "generationConfig.thinkingConfig",
        (Setting::Thinking, Ollama) => "think",
        (Setting::Thinking, _) => "thinking",
        (Setting::Tier, Bedrock) => "serviceTier",
        (Setting::Tier, _) => "service_tier",
        (Setting::Turns, Gemini) => "contents",
        (Setting::Turns, _) => "messages",
    }
}

/// A setting that dialects name differently.
#[derive(Clone, Copy)]
pub(crate) enum Setting {
    Stop,
    Seed,
    TopK,
    Choices,
    ToolChoice,
    Output,
    Thinking,
    Tier,
    Turns,
}
