//! What governance needs of a request and of an answer.

use marshal_types::{Units, Usage};

/// What a chat request asks for, read without building a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatFacts {
    /// The model as the client named it; never empty.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The most output tokens the client allows, where it said.
    pub max_output: Option<u64>,
    /// What a model must be able to do to serve it.
    pub needs: Needs,
    /// How many alternative answers are asked for; at least 1.
    pub choices: u32,
}

/// Abilities that a request needs of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Tools are offered, or tool calls stand in the conversation.
    pub tools: bool,
    /// An image is shown.
    pub vision: bool,
    /// The answer must follow a JSON schema.
    pub json_schema: bool,
    /// Extended thinking, or reasoning at a stated effort, is asked for.
    pub thinking: bool,
    /// A document (PDF, text) is attached.
    pub documents: bool,
    /// Audio is attached or asked for.
    pub audio: bool,
}

/// What an answer said about itself, whole or streamed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerMeta {
    /// The provider's id of the answer.
    pub id: Option<String>,
    /// The model that the provider says answered.
    pub model: Option<String>,
    /// The dialect's finish words, in the order they came, one per choice.
    pub finish_reasons: Vec<String>,
    /// What the provider says it cost, in tokens.
    pub usage: Option<Usage>,
    /// What it used that is not counted in tokens.
    pub units: Units,
    /// Characters of generated text seen, roughly: for estimates where no usage came.
    pub output_chars: u64,
    /// The dialect's terminal marker or a finish reason was seen.
    pub finished: bool,
}
