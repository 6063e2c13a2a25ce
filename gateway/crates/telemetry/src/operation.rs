//! What a call asks for, in the conventions' words.

use marshal_types::{Mode, Surface};

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $text:literal;)*) => {
        /// What a call asks for, as `gen_ai.operation.name` has it.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Operation { $($(#[$doc])* $variant,)* }

        impl Operation {
            /// Every operation, in the order of its discriminant.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on spans and metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

operations! {
    /// A conversation.
    #[default]
    Chat = "chat";
    /// Pictures, sound or words out of pictures, sound or words; and a conversation in Gemini's words.
    GenerateContent = "generate_content";
    /// A text to be gone on with.
    TextCompletion = "text_completion";
    /// Texts to vectors.
    Embeddings = "embeddings";
    // The conventions have no word for the rest; their list is open.
    /// Whether a text is harmful.
    Moderation = "moderation";
    /// Texts in the order of their fitness.
    Rerank = "rerank";
    /// How many tokens a question has.
    CountTokens = "count_tokens";
    /// The list of models.
    ListModels = "list_models";
    /// Answers that a provider keeps.
    StoredResponses = "stored_responses";
    /// Files that a provider keeps.
    Files = "files";
    /// Batches of questions.
    Batches = "batches";
    /// Whatever else a provider offers.
    Passthrough = "passthrough";
}

impl Operation {
    /// What is asked for through a door.
    #[must_use]
    pub const fn of(surface: Surface) -> Self {
        match surface {
            Surface::Models => Self::ListModels,
            Surface::StoredResponses => Self::StoredResponses,
            Surface::Files => Self::Files,
            Surface::Batches => Self::Batches,
            Surface::Passthrough => Self::Passthrough,
            Surface::CountTokens | Surface::GeminiCountTokens | Surface::ResponseTools => {
                Self::CountTokens
            }
            Surface::GenerateContent => Self::GenerateContent,
            other => match other.mode() {
                Mode::Completion => Self::TextCompletion,
                Mode::Embedding => Self::Embeddings,
                Mode::Rerank => Self::Rerank,
                Mode::Moderation => Self::Moderation,
                Mode::Image | Mode::Speech | Mode::Transcription => Self::GenerateContent,
                Mode::Chat | Mode::Realtime | Mode::Any => Self::Chat,
            },
        }
    }

    /// False where a provider is asked for what it keeps: no model works, so the conventions have no metrics of it.
    #[must_use]
    pub const fn asks_a_model(self) -> bool {
        !matches!(
            self,
            Self::ListModels
                | Self::StoredResponses
                | Self::Files
                | Self::Batches
                | Self::Passthrough
        )
    }
}
