//! The canonical conversation: typed where dialects agree, kept aside where they do not.

use marshal_types::{Dialect, Usage};
use marshal_wire::json::{Doc, NodeId};

use crate::extra::Extra;
use crate::json::Json;

/// A request for an answer to a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// Whose words the extras and paths are.
    pub origin: Dialect,
    /// The model as the client named it.
    pub model: String,
    /// The system prompt where the dialect keeps it apart from the messages.
    pub system: Option<Message>,
    /// The turns, oldest first.
    pub messages: Vec<Message>,
    /// The tools on offer; `None` where the client did not write a list.
    pub tools: Option<Vec<Tool>>,
    /// Whether and which tool must be called.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several tools may be called at once.
    pub parallel_tool_calls: Option<bool>,
    /// The most output tokens.
    pub max_output: Option<u64>,
    /// True where the client wrote the limit in the dialect's older word (`max_tokens` of `OpenAI`).
    pub max_output_old_word: bool,
    /// How many alternative answers.
    pub choices: Option<u64>,
    /// As written, so that `0.70` stays `0.70`.
    pub temperature: Option<Json>,
    /// As written.
    pub top_p: Option<Json>,
    /// As written.
    pub top_k: Option<Json>,
    /// As written.
    pub seed: Option<Json>,
    /// Texts that end the answer; `None` where the client did not write any.
    pub stop: Option<Vec<String>>,
    /// True where `stop` was one bare string.
    pub stop_bare: bool,
    /// The form that the answer must have.
    pub output: Option<OutputFormat>,
    /// How hard to think, in words (`low`, `medium`, `high`, ...).
    pub effort: Option<String>,
    /// Extended thinking.
    pub thinking: Option<Thinking>,
    /// A pseudonym of the end user, for the provider's abuse checks.
    pub user: Option<String>,
    /// The service tier, in the words of `origin`.
    pub service_tier: Option<String>,
    /// Whether the answer is streamed; `None` where the client did not say.
    pub stream: Option<bool>,
    /// Whether a stream is to end with usage.
    pub stream_usage: Option<bool>,
    /// Everything else.
    pub extra: Extra,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The application's instructions.
    System,
    /// The same under `OpenAI`'s newer name.
    Developer,
    /// The end user.
    User,
    /// The model.
    Assistant,
    /// A tool, answering a call.
    Tool,
}

/// One turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// True where the content was one bare string and not a list of parts.
    pub bare: bool,
    /// Everything else.
    pub extra: Extra,
}

impl Message {
    /// A turn of one text.
    #[must_use]
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            parts: vec![Part::Text {
                text: text.into(),
                extra: Extra::default(),
            }],
            bare: true,
            extra: Extra::default(),
        }
    }
}

/// Gives each tool's answer that names no call the call that it answers: the first open one of its tool, where the
/// message names a tool, else the first open one.
pub fn answer_open_calls(messages: &mut [Message]) {
    let mut open: Vec<(String, String)> = Vec::new();
    for message in messages {
        let tool = message.extra.get("name").map(Json::as_str);
        let tool = tool.map(|name| name.trim_matches('"').to_owned());
        for part in &mut message.parts {
            match part {
                Part::ToolCall { id, name, .. } => open.push((id.clone(), name.clone())),
                Part::ToolResult { call_id, .. } => {
                    let unnamed = call_id.is_empty();
                    let answers = |(id, name): &(String, String)| {
                        id == call_id || unnamed && tool.as_ref().is_none_or(|tool| tool == name)
                    };
                    let found = open.iter().position(answers);
                    let found = found.or_else(|| (unnamed && !open.is_empty()).then_some(0));
                    if let Some((id, _)) = found.map(|at| open.remove(at)) {
                        *call_id = id;
                    }
                }
                _ => {}
            }
        }
    }
}

/// A piece of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Plain text.
    Text {
        /// The text.
        text: String,
        /// Everything else.
        extra: Extra,
    },
    /// The model declined, in words.
    Refusal {
        /// The words.
        text: String,
        /// Everything else.
        extra: Extra,
    },
    /// The model thought aloud.
    Thinking {
        /// The thoughts.
        text: String,
        /// The provider's seal; without it the thoughts cannot be shown to that provider again.
        signature: Option<String>,
        /// The member that held it, where a dialect has several (`reasoning`).
        word: Option<&'static str>,
        /// Everything else.
        extra: Extra,
    },
    /// A picture.
    Image {
        /// Where it is.
        source: MediaSource,
        /// How closely to look, in `OpenAI`'s words.
        detail: Option<String>,
        /// Everything else.
        extra: Extra,
    },
    /// A document.
    Document {
        /// Where it is.
        source: MediaSource,
        /// Its name.
        title: Option<String>,
        /// Everything else.
        extra: Extra,
    },
    /// Sound or moving pictures.
    Media {
        /// Which.
        medium: Medium,
        /// Where it is.
        source: MediaSource,
        /// Everything else.
        extra: Extra,
    },
    /// The model calls a tool.
    ToolCall {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// JSON source of the arguments; models may write what is not quite JSON.
        arguments: String,
        /// The provider's seal on the call (Gemini's `thoughtSignature`), which the next turn must repeat.
        signature: Option<String>,
        /// Everything else.
        extra: Extra,
    },
    /// A tool answered.
    ToolResult {
        /// The call that it answers.
        call_id: String,
        /// What it answered; `None` where the dialect's member was absent.
        content: Option<Vec<Part>>,
        /// True where the content was one bare string.
        bare: bool,
        /// Whether the tool failed.
        is_error: Option<bool>,
        /// Everything else.
        extra: Extra,
    },
    /// What only one dialect knows, as it was written.
    Opaque {
        /// The dialect's word for it.
        kind: String,
        /// As it was written.
        value: Json,
        /// Where it stood.
        path: String,
    },
}

impl Part {
    /// What the canonical form has no word for, kept as it is written, with its place.
    #[must_use]
    pub fn opaque(doc: Doc<'_>, node: NodeId, kind: impl Into<String>) -> Self {
        Self::Opaque {
            kind: kind.into(),
            value: Json::of(doc, node),
            path: doc.path(node),
        }
    }

    /// Where it stood, in the words of the dialect it came from.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Opaque { path, .. } => path,
            Self::Text { extra, .. }
            | Self::Refusal { extra, .. }
            | Self::Thinking { extra, .. }
            | Self::Image { extra, .. }
            | Self::Document { extra, .. }
            | Self::Media { extra, .. }
            | Self::ToolCall { extra, .. }
            | Self::ToolResult { extra, .. } => extra.path(),
        }
    }
}

/// What is heard or seen moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
}

/// Where a picture or a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSource {
    /// At an address.
    Url(String),
    /// In the request.
    Base64 {
        /// `image/png`, `application/pdf`.
        media_type: String,
        /// Base64 text.
        data: String,
    },
    /// Plain text in the request.
    Text {
        /// `text/plain`.
        media_type: String,
        /// The text.
        data: String,
    },
    /// Uploaded to the provider before, under this id.
    File(String),
    /// Another way that only one dialect knows.
    Opaque(Json),
}

/// A tool on offer.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// A function that the client runs.
    Function {
        /// Its name.
        name: String,
        /// What it does.
        description: Option<String>,
        /// JSON schema of its arguments.
        schema: Option<Json>,
        /// Whether arguments must follow the schema exactly.
        strict: Option<bool>,
        /// Everything else.
        extra: Extra,
        /// Everything else of the object that wraps the function, where the dialect has one.
        wrapper: Extra,
    },
    /// A tool that the provider runs, or another kind that only one dialect knows.
    Opaque {
        /// The dialect's word for it.
        kind: String,
        /// Its name, where it has one.
        name: Option<String>,
        /// As it was written.
        value: Json,
        /// Where it stood.
        path: String,
    },
}

/// Whether and which tool must be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// Some tool.
    Required,
    /// This tool.
    Named(String),
    /// A rule that only one dialect knows.
    Opaque(Json),
}

/// The form that an answer must have.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputFormat {
    /// Any text.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// The schema's name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// The schema.
        schema: Option<Json>,
        /// Whether it must be followed exactly.
        strict: Option<bool>,
        /// True where the client wrote it in the dialect's older word (`output_format`).
        old_word: bool,
        /// Everything else.
        extra: Extra,
    },
    /// A form that only one dialect knows.
    Opaque(Json),
}

/// Extended thinking.
#[derive(Clone, Debug, PartialEq)]
pub struct Thinking {
    /// How much.
    pub mode: ThinkingMode,
    /// Everything else.
    pub extra: Extra,
}

/// How much to think.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThinkingMode {
    /// Not at all.
    Off,
    /// At most so many tokens.
    Budget(u64),
    /// As the model sees fit.
    Adaptive,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatResponse {
    /// Whose words the extras and paths are.
    pub origin: Dialect,
    /// The provider's id of the answer.
    pub id: Option<String>,
    /// The model that the provider says answered.
    pub model: Option<String>,
    /// Seconds since 1970.
    pub created: Option<u64>,
    /// The alternative answers.
    pub choices: Vec<Choice>,
    /// What it cost, in tokens.
    pub usage: Option<ReportedUsage>,
    /// Everything else.
    pub extra: Extra,
}

/// One of the alternative answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its number, from 0.
    pub index: u32,
    /// What the model said.
    pub message: Message,
    /// Why it ended; `None` where the provider did not say.
    pub finish: Option<Finish>,
    /// Everything else.
    pub extra: Extra,
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The reason, in canonical words.
    pub reason: FinishReason,
    /// The reason, in the provider's word.
    pub word: String,
    /// The stop text that was met.
    pub stop_sequence: Option<String>,
}

/// Why an answer ended, in canonical words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// One of the client's stop texts was met.
    StopSequence,
    /// The output limit was met.
    Length,
    /// The context window was full.
    ContextFull,
    /// The model waits for tool results.
    ToolCalls,
    /// A filter, or the model itself, refused.
    Refusal,
    /// The provider paused a long turn; send it back to go on.
    Pause,
    /// A word that is not known here.
    Other,
}

/// What an answer cost, as counted and as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedUsage {
    /// In canonical words.
    pub tokens: Usage,
    /// As the provider wrote it; `None` where several reports were added up.
    pub source: Option<Json>,
}
