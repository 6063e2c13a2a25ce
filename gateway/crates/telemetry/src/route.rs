//! The pattern of each door's paths, as `http.route` has it: what a client can write into a path is left out.

use marshal_types::Surface;

/// The pattern of a door's paths; the shortest one where it has several.
#[must_use]
pub const fn route(surface: Surface) -> &'static str {
    match surface {
        Surface::ChatCompletions => "/v1/chat/completions",
        Surface::Messages => "/v1/messages",
        Surface::Responses => "/v1/responses",
        Surface::GenerateContent => "/v1beta/models/{model}:generateContent",
        Surface::Converse => "/bedrock/model/{model}/converse",
        Surface::InvokeMessages | Surface::Invoke => "/bedrock/model/{model}/invoke",
        Surface::CohereChat => "/v2/chat",
        Surface::OllamaChat => "/api/chat",
        Surface::Models => "/v1/models",
        Surface::Completions => "/v1/completions",
        Surface::Embeddings => "/v1/embeddings",
        Surface::Moderations => "/v1/moderations",
        Surface::ImageGenerations => "/v1/images/generations",
        Surface::ImageEdits => "/v1/images/edits",
        Surface::Speech => "/v1/audio/speech",
        Surface::Transcriptions => "/v1/audio/transcriptions",
        Surface::ResponseTools => "/v1/responses/{tool}",
        Surface::CountTokens => "/v1/messages/count_tokens",
        Surface::GeminiCountTokens => "/v1beta/models/{model}:countTokens",
        Surface::EmbedContent => "/v1beta/models/{model}:embedContent",
        Surface::Rerank => "/v2/rerank",
        Surface::CohereEmbed => "/v2/embed",
        Surface::OllamaEmbed => "/api/embed",
        Surface::OllamaGenerate => "/api/generate",
        Surface::StoredResponses => "/v1/responses/{id}",
        Surface::Files => "/v1/files",
        Surface::Batches => "/v1/batches",
        Surface::Realtime => "/v1/realtime",
        Surface::Passthrough => "/passthrough/{provider}",
    }
}
