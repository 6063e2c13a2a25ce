//! The dialects that are spoken, and what each can hold.

use marshal_adapter_api::Adapter;
use marshal_anthropic::Anthropic;
use marshal_bedrock::Bedrock;
use marshal_cohere::Cohere;
use marshal_gemini::Gemini;
use marshal_ollama::Ollama;
use marshal_openai::OpenAi;
use marshal_responses::Responses;
use marshal_types::Dialect;

/// The adapter of a dialect; `None` where there is none yet.
#[must_use]
pub fn spoken(dialect: Dialect) -> Option<&'static dyn Adapter> {
    Some(match dialect {
        Dialect::OpenAi => &OpenAi,
        Dialect::Anthropic => &Anthropic,
        Dialect::Bedrock => &Bedrock,
        Dialect::Cohere => &Cohere,
        Dialect::Responses => &Responses,
        Dialect::Ollama => &Ollama,
        Dialect::Gemini => &Gemini,
    })
}

/// Every dialect that is spoken, with its adapter.
pub(crate) fn all() -> impl Iterator<Item = (Dialect, &'static dyn Adapter)> {
    Dialect::ALL
        .iter()
        .filter_map(|&dialect| Some((dialect, spoken(dialect)?)))
}

/// What an answer in a dialect can hold. What it cannot is not compared; everything else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// In which order texts, thoughts and calls came: one list of parts, not a member for each.
    pub order: bool,
    /// Ids of tool calls.
    pub ids: bool,
    /// How many input tokens were read from a cache.
    pub cached: bool,
    /// A word for an answer that was refused or filtered.
    pub refusal: bool,
    /// More than one alternative answer.
    pub choices: bool,
}

impl Holds {
    /// Everything: a dialect reading itself.
    pub const ALL: Self = Self {
        order: true,
        ids: true,
        cached: true,
        refusal: true,
        choices: true,
    };
}

/// The one table of what may differ between an answer and its translation, each with its reason.
#[must_use]
pub const fn holds(dialect: Dialect) -> Holds {
    match dialect {
        // A message has one `content`, one `reasoning_content` and one `tool_calls`.
        Dialect::OpenAi => Holds {
            order: false,
            ..Holds::ALL
        },
        // One answer, by the shape of its body.
        Dialect::Anthropic | Dialect::Responses | Dialect::Bedrock => Holds {
            choices: false,
            ..Holds::ALL
        },
        Dialect::Gemini => Holds::ALL,
        // One answer; calls stand apart from `content`; no finish reason speaks of refusal.
        Dialect::Cohere => Holds {
            order: false,
            refusal: false,
            choices: false,
            ..Holds::ALL
        },
        // One answer with one `content`, one `thinking` and one `tool_calls`; two counters; `stop` or `length`.
        Dialect::Ollama => Holds {
            order: false,
            ids: true,
            cached: false,
            refusal: false,
            choices: false,
        },
    }
}
