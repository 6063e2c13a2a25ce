//! Members that other dialects keep aside and that mean the same here.

use marshal_adapter_api::{ChatRequest, Object};
use marshal_types::Dialect;

/// The word here, and the word there.
type Pair = (&'static str, &'static str);

const RESPONSES: [Pair; 10] = [
    ("metadata", "metadata"),
    ("store", "store"),
    ("prompt_cache_key", "prompt_cache_key"),
    ("prompt_cache_retention", "prompt_cache_retention"),
    ("safety_identifier", "safety_identifier"),
    ("top_logprobs", "top_logprobs"),
    ("verbosity", "text.verbosity"),
    ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
    ("logit_bias", "logit_bias"),
];
const GEMINI: [Pair; 4] = [
    ("presence_penalty", "generationConfig.presencePenalty"),
    ("frequency_penalty", "generationConfig.frequencyPenalty"),
    ("logprobs", "generationConfig.responseLogprobs"),
    ("top_logprobs", "generationConfig.logprobs"),
];
const COHERE: [Pair; 3] = [
    ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
    ("logprobs", "logprobs"),
];
const OLLAMA: [Pair; 4] = [
    ("presence_penalty", "options.presence_penalty"),
    ("frequency_penalty", "options.frequency_penalty"),
    ("logprobs", "logprobs"),
    ("top_logprobs", "top_logprobs"),
];

/// Writes what means the same, and says which members that were.
pub(super) fn write(request: &ChatRequest, root: &mut Object<'_>) -> Vec<&'static str> {
    let pairs: &[Pair] = match request.origin {
        Dialect::Responses => &RESPONSES,
        Dialect::Gemini => &GEMINI,
        Dialect::Cohere => &COHERE,
        Dialect::Ollama => &OLLAMA,
        Dialect::OpenAi | Dialect::Anthropic | Dialect::Bedrock => &[],
    };
    // Which version of Anthropic's dialect Amazon and Google are spoken to in says nothing here.
    let mut understood = vec!["stream_options", "anthropic_version"];
    for (here, there) in pairs {
        let value = request.extra.get(there).filter(|value| !value.is_empty());
        if let Some(value) = value {
            root.json(here, value);
            understood.push(there);
        }
    }
    // Asking for the likeliest tokens is asking for their logprobs.
    let asks = |word: &str| understood.contains(&word);
    if asks("top_logprobs") && !asks("logprobs") {
        root.bool("logprobs", true);
    }
    understood
}
