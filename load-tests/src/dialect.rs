//! The two request dialects that the mock answers and the generator speaks.

use clap::ValueEnum;

/// Whose wire format a call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// `/v1/chat/completions`.
    Openai,
    /// `/v1/messages`.
    Anthropic,
}

impl Dialect {
    /// The dialect that a path belongs to, whatever prefix it has.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        if path.ends_with("/chat/completions") {
            Some(Self::Openai)
        } else if path.ends_with("/messages") {
            Some(Self::Anthropic)
        } else {
            None
        }
    }

    /// What the last event of a whole stream contains.
    #[must_use]
    pub fn stream_end(self) -> &'static [u8] {
        match self {
            Self::Openai => b"[DONE]",
            Self::Anthropic => b"message_stop",
        }
    }
}
