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
}

impl Dialect {
    /// Every dialect, for vocabularies and tests.
    pub const ALL: &'static [Self] = &[Self::OpenAi, Self::Anthropic];

    /// The word in `marshal.yaml` and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A door of the data plane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Surface {
    /// `POST /v1/chat/completions`.
    ChatCompletions,
    /// `POST /v1/messages`.
    Messages,
    /// `GET /v1/models` and `GET /v1/models/{model}`.
    Models,
}

impl Surface {
    /// The word in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Messages => "messages",
            Self::Models => "models",
        }
    }
}
