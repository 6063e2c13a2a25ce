//! Which door of the gateway a recorded exchange belongs to.

use marshal_adapter_api::Named;
use marshal_types::{Dialect, Surface};

use crate::recording::Recording;

/// Where an exchange belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A conversation in a dialect.
    Chat(Chat),
    /// A question of another kind to one model, or something that a provider keeps.
    Task(Task),
    /// What no door of its own takes: `/passthrough/{provider}/…`.
    Passthrough,
}

/// A conversation, and what its address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// The dialect.
    pub dialect: Dialect,
    /// The model, where the address names it.
    pub model: Option<String>,
    /// Whether the answer is streamed, where the address says so.
    pub stream: Option<bool>,
}

/// A question that is no conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The door.
    pub surface: Surface,
    /// The dialect.
    pub dialect: Dialect,
    /// The model, where the address names it.
    pub model: Option<String>,
}

impl Chat {
    const fn plain(dialect: Dialect) -> Self {
        Self {
            dialect,
            model: None,
            stream: None,
        }
    }

    /// What the address says, for the adapters.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        Named {
            model: self.model.as_deref(),
            stream: self.stream,
        }
    }

    /// The model that the request asks for.
    #[must_use]
    pub fn wanted_model<'a>(&'a self, recording: &'a Recording) -> Option<&'a str> {
        self.model
            .as_deref()
            .or_else(|| recording.request_body["model"].as_str())
    }

    /// Whether the request asks for a stream.
    #[must_use]
    pub fn wants_stream(&self, recording: &Recording) -> bool {
        let unasked = self.dialect == Dialect::Ollama; // which streams unless told otherwise
        self.stream.unwrap_or_else(|| {
            recording.request_body["stream"]
                .as_bool()
                .unwrap_or(unasked)
        })
    }
}

/// Where the exchange belongs.
#[must_use]
pub fn route(recording: &Recording) -> Route {
    if let Some(chat) = chat(recording) {
        return Route::Chat(chat);
    }
    match task(recording) {
        Some(task) => Route::Task(task),
        None => Route::Passthrough,
    }
}

/// The door that takes a question which is no conversation.
fn task(recording: &Recording) -> Option<Task> {
    let api = recording.api.as_str();
    let path = recording.path();
    let posted = recording.method.is_empty() || recording.method == "POST";
    // What an organisation used, prompts that a provider keeps, and the version before of Cohere's embeddings.
    let elsewhere = ["/organization/", "/prompts/"]
        .iter()
        .any(|part| path.contains(part));
    if elsewhere || api == "cohere.v1.embed" {
        return None;
    }
    let door = |surface, dialect| {
        Some(Task {
            surface,
            dialect,
            model: model_in(path),
        })
    };
    let ollama = api.starts_with("ollama.");
    if api.starts_with("bedrock.invoke") {
        return door(Surface::Invoke, Dialect::Bedrock);
    }
    let last = path.rsplit(['/', ':']).next().unwrap_or_default();
    match (last, posted) {
        ("completions", true) => door(Surface::Completions, Dialect::OpenAi),
        ("embeddings", true) if !ollama => door(Surface::Embeddings, Dialect::OpenAi),
        ("embed", true) if ollama => door(Surface::OllamaEmbed, Dialect::Ollama),
        ("embed", true) => door(Surface::CohereEmbed, Dialect::Cohere),
        ("generate", true) if ollama => door(Surface::OllamaGenerate, Dialect::Ollama),
        ("rerank", true) => door(Surface::Rerank, Dialect::Cohere),
        ("moderations", true) => door(Surface::Moderations, Dialect::OpenAi),
        ("generations", true) => door(Surface::ImageGenerations, Dialect::OpenAi),
        ("edits" | "variations", true) => door(Surface::ImageEdits, Dialect::OpenAi),
        ("speech", true) => door(Surface::Speech, Dialect::OpenAi),
        ("transcriptions" | "translations", true) => door(Surface::Transcriptions, Dialect::OpenAi),
        ("input_tokens" | "compact", true) => door(Surface::ResponseTools, Dialect::Responses),
        ("count_tokens", true) => door(Surface::CountTokens, Dialect::Anthropic),
        ("countTokens", true) => door(Surface::GeminiCountTokens, Dialect::Gemini),
        ("embedContent" | "batchEmbedContents", true) => {
            door(Surface::EmbedContent, Dialect::Gemini)
        }
        _ if api.ends_with(".models") => door(Surface::Models, Dialect::OpenAi),
        _ if api == "openai.batches" => door(Surface::Batches, Dialect::OpenAi),
        _ if api == "openai.files" => door(Surface::Files, Dialect::OpenAi),
        _ if api.ends_with(".responses") => door(Surface::StoredResponses, Dialect::Responses),
        _ => None,
    }
}

fn chat(recording: &Recording) -> Option<Chat> {
    if !recording.method.is_empty() && recording.method != "POST" {
        return None;
    }
    let api = recording.api.as_str();
    let action = api.rsplit('.').next().unwrap_or_default();
    match action {
        "messages" => Some(Chat::plain(Dialect::Anthropic)),
        "rawPredict" | "streamRawPredict" if api.contains("anthropic") => Some(Chat {
            dialect: Dialect::Anthropic,
            model: model_in(recording.path()),
            stream: Some(action == "streamRawPredict"),
        }),
        "invoke" | "invoke-with-response-stream" => invoked(recording, action),
        "converse" | "converse-stream" => Some(Chat {
            dialect: Dialect::Bedrock,
            model: model_in(recording.path()),
            stream: Some(action == "converse-stream"),
        }),
        "generateContent" | "streamGenerateContent" => Some(Chat {
            dialect: Dialect::Gemini,
            model: model_in(recording.path()),
            stream: Some(action == "streamGenerateContent"),
        }),
        "responses" => {
            let path = recording.path();
            (path.is_empty() || path.ends_with("/responses"))
                .then(|| Chat::plain(Dialect::Responses))
        }
        "chat" => chat_dialect(recording).map(|dialect| Chat {
            model: deployment(recording).filter(|_| dialect == Dialect::OpenAi),
            ..Chat::plain(dialect)
        }),
        _ => None,
    }
}

/// Most are copies of OpenAI's. Cohere's version before is no client's of today.
fn chat_dialect(recording: &Recording) -> Option<Dialect> {
    let (api, path) = (recording.api.as_str(), recording.path());
    let known = [
        ("/chat/completions", Dialect::OpenAi),
        ("/v2/chat", Dialect::Cohere),
        ("/api/chat", Dialect::Ollama),
    ];
    if let Some((_, dialect)) = known.iter().find(|(end, _)| path.ends_with(end)) {
        return Some(*dialect);
    }
    match api {
        "cohere.chat" => Some(Dialect::Cohere),
        "ollama.chat" => Some(Dialect::Ollama),
        api if api.starts_with("cohere.") => None,
        _ => Some(Dialect::OpenAi),
    }
}

/// Bodies of Anthropic's messages; other families have bodies of their own.
fn invoked(recording: &Recording, action: &str) -> Option<Chat> {
    let model = model_in(recording.path())?;
    let ours = recording.request_body.is_null() || recording.request_body["messages"].is_array();
    (model.contains("anthropic.") && ours).then(|| Chat {
        dialect: Dialect::Anthropic,
        model: Some(model),
        stream: Some(action != "invoke"),
    })
}

/// Azure's deployments name the model where the body need not.
fn deployment(recording: &Recording) -> Option<String> {
    if recording.request_body["model"].is_string() {
        return None;
    }
    let (_, rest) = recording.path().split_once("/deployments/")?;
    rest.split('/').next().map(decoded)
}

/// The model of `…/models/MODEL:action` and of `/model/MODEL/action`.
fn model_in(path: &str) -> Option<String> {
    if let Some((_, rest)) = path.split_once("/model/") {
        return rest.split('/').next().map(decoded);
    }
    let (_, rest) = path.rsplit_once("/models/")?;
    let (model, _) = rest.rsplit_once(':')?;
    Some(decoded(model))
}

fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match hex {
            Some(value) if byte == b'%' => {
                out.push(value);
                rest = &after[2..];
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decoded, model_in};

    #[test]
    fn a_model_is_read_from_every_kind_of_address() {
        for (path, model) in [
            (
                "/v1beta/models/gemini-2.5-flash:generateContent",
                "gemini-2.5-flash",
            ),
            (
                "/v1/projects/p/locations/l/publishers/google/models/m:rawPredict",
                "m",
            ),
            (
                "/model/us.amazon.nova-lite-v1%3A0/converse",
                "us.amazon.nova-lite-v1:0",
            ),
            (
                "/model/us.amazon.nova-lite-v1:0/converse",
                "us.amazon.nova-lite-v1:0",
            ),
        ] {
            assert_eq!(model_in(path).as_deref(), Some(model));
        }
        assert_eq!(decoded("50%"), "50%");
    }
}
