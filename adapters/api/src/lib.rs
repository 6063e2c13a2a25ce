//! The contract of a dialect: the canonical conversation and the trait [`Adapter`].
//!
//! A dialect decodes its own words into the canonical form and encodes the canonical form into its
//! own words. What one dialect says and another cannot is kept aside ([`Extra`]) and reported
//! ([`Encoded::dropped`]), never lost unseen.

mod adapter;
mod assemble;
mod chat;
mod errors;
mod event;
mod extra;
mod facts;
mod fields;
mod json;
mod oblige;
mod scan;
mod settings;
mod writer;

pub use adapter::{
    Adapter, Channel, ChannelKind, Closes, Encoded, Malformed, Named, ProviderError,
    ProviderErrorKind, StreamDecoder, StreamEncoder, StreamShape, StreamTap, TextAt,
    Untranslatable,
};
pub use assemble::Assembler;
pub use chat::{
    ChatRequest, ChatResponse, Choice, Finish, FinishReason, MediaSource, Medium, Message,
    OutputFormat, Part, ReportedUsage, Role, Thinking, ThinkingMode, Tool, ToolChoice,
    answer_open_calls,
};
pub use errors::{kind_of_both, kind_of_status, kind_of_word, public_sentence};
pub use event::{ChatEvent, Delta};
pub use extra::Extra;
pub use facts::{AnswerMeta, ChatFacts, Needs};
pub use fields::{Fields, index, malformed};
pub use json::Json;
pub use oblige::{keep_nothing, limit_completion, limit_output, takes_new_limit};
pub use scan::text_bytes;
pub use settings::{OutputForm, SettingPaths, Settings};
pub use writer::{Array, Object};

#[cfg(test)]
mod tests;
