//! What a client speaks, and through which door it came.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A way of writing conversations, requests, streams and errors.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `OpenAI` chat completions and whatever copies them.
    OpenAi,
    /// Anthropic messages.
    Anthropic,
    /// `OpenAI` responses.
    Responses,
    /// Gemini `generateContent`, at Google AI and at Vertex AI.
    Gemini,
    /// Amazon Bedrock's Converse.
    Bedrock,
    /// Cohere's chat, version 2.
    Cohere,
    /// Ollama's own chat.
    Ollama,
}

impl Dialect {
    /// Every dialect, for vocabularies and tests.
    pub const ALL: &'static [Self] = &[
        Self::OpenAi,
        Self::Anthropic,
        Self::Responses,
        Self::Gemini,
        Self::Bedrock,
        Self::Cohere,
        Self::Ollama,
    ];

    /// The word in `marshal.yaml` and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Responses => "responses",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
            Self::Cohere => "cohere",
            Self::Ollama => "ollama",
        }
    }

    /// False where the address of a request names its model.
    #[must_use]
    pub const fn names_model_in_body(self) -> bool {
        !matches!(self, Self::Gemini | Self::Bedrock)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! surfaces {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $kind:ident;)*) => {
        /// A door of the data plane.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Surface { $($(#[$doc])* $variant,)* }

        impl Surface {
            /// Every door.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in records, metrics and policies (`api:WORD`).
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What passes through the door.
            #[must_use]
            pub const fn kind(self) -> SurfaceKind {
                match self { $(Self::$variant => SurfaceKind::$kind,)* }
            }
        }
    };
}

/// What passes through a door.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SurfaceKind {
    /// A conversation to be answered, in any dialect.
    Chat,
    /// One question of another kind to one model, answered by a provider that knows the kind.
    Task,
    /// Something that a provider keeps for its owner: no model is asked for.
    Object,
    /// A WebSocket.
    Socket,
    /// What the gateway itself knows.
    Local,
}

surfaces! {
    /// `POST /v1/chat/completions`.
    ChatCompletions = "chat_completions", Chat;
    /// `POST /v1/messages`.
    Messages = "messages", Chat;
    /// `POST /v1/responses`.
    Responses = "responses", Chat;
    /// `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
    GenerateContent = "generate_content", Chat;
    /// `POST /bedrock/model/{model}/converse` and `/converse-stream`.
    Converse = "converse", Chat;
    /// `POST /bedrock/model/{model}/invoke` and `/invoke-with-response-stream`, with a body of Anthropic's.
    InvokeMessages = "invoke_messages", Chat;
    /// `POST /v2/chat`.
    CohereChat = "cohere_chat", Chat;
    /// `POST /api/chat`.
    OllamaChat = "ollama_chat", Chat;
    /// `GET /v1/models` and `GET /v1/models/{model}`.
    Models = "models", Local;
    /// `POST /v1/completions`.
    Completions = "completions", Task;
    /// `POST /v1/embeddings`.
    Embeddings = "embeddings", Task;
    /// `POST /v1/moderations`.
    Moderations = "moderations", Task;
    /// `POST /v1/images/generations`.
    ImageGenerations = "image_generations", Task;
    /// `POST /v1/images/edits` and `/v1/images/variations`.
    ImageEdits = "image_edits", Task;
    /// `POST /v1/audio/speech`.
    Speech = "speech", Task;
    /// `POST /v1/audio/transcriptions` and `/v1/audio/translations`.
    Transcriptions = "transcriptions", Task;
    /// `POST /v1/responses/input_tokens` and `/v1/responses/compact`.
    ResponseTools = "response_tools", Task;
    /// `POST /v1/messages/count_tokens`.
    CountTokens = "count_tokens", Task;
    /// `POST /v1beta/models/{model}:countTokens`.
    GeminiCountTokens = "gemini_count_tokens", Task;
    /// `POST /v1beta/models/{model}:embedContent` and `:batchEmbedContents`.
    EmbedContent = "embed_content", Task;
    /// `POST /v1/rerank` and `POST /v2/rerank`.
    Rerank = "rerank", Task;
    /// `POST /v2/embed`.
    CohereEmbed = "cohere_embed", Task;
    /// `POST /api/embed`.
    OllamaEmbed = "ollama_embed", Task;
    /// `POST /api/generate`.
    OllamaGenerate = "ollama_generate", Task;
    /// `POST /bedrock/model/{model}/invoke`, with a body of the model's own family.
    Invoke = "invoke", Task;
    /// `/v1/responses/{id}` and what lies below it.
    StoredResponses = "stored_responses", Object;
    /// `/v1/files`.
    Files = "files", Object;
    /// `/v1/batches`.
    Batches = "batches", Object;
    /// `/v1/realtime`.
    Realtime = "realtime", Socket;
    /// `/passthrough/{provider}/…`.
    Passthrough = "passthrough", Object;
}

/// What a model is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default)]
pub enum Mode {
    /// Conversations.
    #[default]
    Chat,
    /// Texts to be gone on with.
    Completion,
    /// Texts to vectors.
    Embedding,
    /// Texts in the order of their fitness.
    Rerank,
    /// Words to pictures.
    Image,
    /// Words to sound.
    Speech,
    /// Sound to words.
    Transcription,
    /// Whether a text is harmful.
    Moderation,
    /// Conversations by voice, over a socket.
    Realtime,
    /// Nobody said: the provider knows.
    Any,
}

impl Mode {
    /// Each with its word in the catalog and in `marshal.yaml`.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("chat", Self::Chat),
        ("completion", Self::Completion),
        ("embedding", Self::Embedding),
        ("rerank", Self::Rerank),
        ("image", Self::Image),
        ("speech", Self::Speech),
        ("transcription", Self::Transcription),
        ("moderation", Self::Moderation),
        ("realtime", Self::Realtime),
        ("any", Self::Any),
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, mode)| *mode == self)
            .map_or("any", |(word, _)| word)
    }

    /// True if a model of this kind can be asked through a door that wants the other.
    #[must_use]
    pub fn serves(self, wanted: Self) -> bool {
        self == wanted || self == Self::Any || wanted == Self::Any
    }
}

impl Surface {
    /// What a model must be for, to be asked through this door.
    #[must_use]
    pub const fn mode(self) -> Mode {
        match self {
            Self::Completions | Self::OllamaGenerate => Mode::Completion,
            Self::Embeddings | Self::EmbedContent | Self::CohereEmbed | Self::OllamaEmbed => {
                Mode::Embedding
            }
            Self::Rerank => Mode::Rerank,
            Self::ImageGenerations | Self::ImageEdits => Mode::Image,
            Self::Speech => Mode::Speech,
            Self::Transcriptions => Mode::Transcription,
            Self::Moderations => Mode::Moderation,
            Self::Realtime => Mode::Realtime,
            Self::CountTokens | Self::GeminiCountTokens | Self::Invoke | Self::Passthrough => {
                Mode::Any
            }
            _ => Mode::Chat,
        }
    }
}
