//! Which controls act on which door: the table that `marshal check --coverage` prints.

use marshal_types::{Surface, SurfaceKind};

use crate::dispatch::COUNTS;

/// What acts on one door. Every door is authenticated, asked of the access policy, limited, and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The door.
    pub surface: Surface,
    /// Its address.
    pub path: &'static str,
    /// What the access policy is asked for.
    pub access: &'static str,
    /// What detectors look at on the way in.
    pub inspected: &'static str,
    /// What becomes of the answer.
    pub answer: &'static str,
    /// What budgets count.
    pub metered: &'static str,
    /// Whether providers of other dialects can answer.
    pub translated: bool,
}

/// Every door with what acts on it, in the order of [`Surface::ALL`].
#[must_use]
pub fn coverage() -> Vec<Coverage> {
    Surface::ALL.iter().map(|surface| of(*surface)).collect()
}

fn of(surface: Surface) -> Coverage {
    Coverage {
        surface,
        path: path(surface),
        access: access(surface),
        inspected: inspected(surface),
        answer: answer(surface),
        metered: metered(surface),
        translated: translated(surface),
    }
}

const fn path(surface: Surface) -> &'static str {
    match surface {
        Surface::ChatCompletions => "POST /v1/chat/completions",
        Surface::Messages => "POST /v1/messages",
        Surface::Responses => "POST /v1/responses",
        Surface::GenerateContent => {
            "POST /v1beta/models/{model}:generateContent, :streamGenerateContent"
        }
        Surface::Converse => "POST /bedrock/model/{model}/converse, /converse-stream",
        Surface::InvokeMessages => {
            "POST /bedrock/model/{claude}/invoke, /invoke-with-response-stream"
        }
        Surface::CohereChat => "POST /v2/chat",
        Surface::OllamaChat => "POST /api/chat",
        Surface::Models => "GET /v1/models, /v1beta/models, /api/tags",
        Surface::Completions => "POST /v1/completions",
        Surface::Embeddings => "POST /v1/embeddings",
        Surface::Moderations => "POST /v1/moderations",
        Surface::ImageGenerations => "POST /v1/images/generations",
        Surface::ImageEdits => "POST /v1/images/edits, /variations",
        Surface::Speech => "POST /v1/audio/speech",
        Surface::Transcriptions => "POST /v1/audio/transcriptions, /translations",
        Surface::ResponseTools => "POST /v1/responses/input_tokens, /compact",
        Surface::CountTokens => "POST /v1/messages/count_tokens",
        Surface::GeminiCountTokens => "POST /v1beta/models/{model}:countTokens",
        Surface::EmbedContent => "POST /v1beta/models/{model}:embedContent, :batchEmbedContents",
        Surface::Rerank => "POST /v1/rerank, /v2/rerank",
        Surface::CohereEmbed => "POST /v2/embed",
        Surface::OllamaEmbed => "POST /api/embed",
        Surface::OllamaGenerate => "POST /api/generate",
        Surface::Invoke => "POST /bedrock/model/{model}/invoke, /invoke-with-response-stream",
        Surface::StoredResponses => "/v1/responses/{id}…",
        Surface::Files => "/v1/files…",
        Surface::Batches => "/v1/batches…, /v1/messages/batches…",
        Surface::Realtime => "GET /v1/realtime (WebSocket)",
        Surface::Passthrough => "/passthrough/{provider}/…",
    }
}

const fn access(surface: Surface) -> &'static str {
    match surface.kind() {
        SurfaceKind::Chat | SurfaceKind::Local => "model:",
        SurfaceKind::Task | SurfaceKind::Socket => "model:, api:",
        SurfaceKind::Object => match surface {
            Surface::Passthrough => "api:, and model: where one is named",
            _ => "api:, the tenant's own objects",
        },
    }
}

const fn inspected(surface: Surface) -> &'static str {
    match surface {
        Surface::Models => "nothing comes in",
        Surface::ImageEdits | Surface::Transcriptions => {
            "texts of the form; pictures and sound only by data.yaml uninspected"
        }
        Surface::Files | Surface::Passthrough => {
            "every string, texts of files; other bytes only by data.yaml uninspected"
        }
        Surface::Realtime => "every string of every event; sound only by data.yaml uninspected",
        _ => "every string",
    }
}

const fn answer(surface: Surface) -> &'static str {
    match surface {
        Surface::Models => "made here",
        Surface::Speech | Surface::ImageGenerations | Surface::ImageEdits => "passed on",
        Surface::Embeddings
        | Surface::EmbedContent
        | Surface::CohereEmbed
        | Surface::OllamaEmbed
        | Surface::CountTokens
        | Surface::GeminiCountTokens
        | Surface::Moderations
        | Surface::Batches => "passed on: holds no text of the caller's",
        Surface::Files => "passed on; lists hold the tenant's own",
        _ => "surrogates restored",
    }
}

const fn metered(surface: Surface) -> &'static str {
    match surface {
        Surface::Models | Surface::CountTokens | Surface::GeminiCountTokens => "costs nothing",
        Surface::Files | Surface::StoredResponses => "costs nothing here",
        Surface::Realtime => "tokens, as each answer states them",
        Surface::Batches => "not budgeted: billed by the provider when it is done",
        Surface::ImageGenerations | Surface::ImageEdits => "tokens, pictures",
        Surface::Speech => "tokens, characters",
        Surface::Transcriptions => "tokens, seconds",
        Surface::Rerank => "tokens, searches",
        Surface::Passthrough => "tokens, where a known model is named",
        _ => "tokens",
    }
}

fn translated(surface: Surface) -> bool {
    match surface.kind() {
        SurfaceKind::Chat => true,
        // A question for a number of tokens is asked in the words of whoever can answer it.
        _ if COUNTS.contains(&surface) => true,
        _ => matches!(
            surface,
            Surface::Embeddings
                | Surface::EmbedContent
                | Surface::CohereEmbed
                | Surface::OllamaEmbed
                | Surface::Rerank
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_has_a_line() {
        let lines = coverage();
        assert_eq!(lines.len(), Surface::ALL.len());
        for line in lines {
            assert!(line.path.contains('/'), "{:?}", line.surface);
        }
    }
}
