//! The trait that each dialect implements.

use marshal_types::{Code, Dialect};
use marshal_wire::frame::{Framing, Payload, RawEvent};
use marshal_wire::json::{Doc, Edits, NodeId};

use crate::chat::{ChatRequest, ChatResponse};
use crate::event::ChatEvent;
use crate::facts::{AnswerMeta, ChatFacts};
use crate::settings::SettingPaths;

/// A body that breaks its dialect's rules. Public: it holds paths and rules, no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// What is wrong and what to write instead.
    pub message: String,
    /// Where, in the dialect's words: `messages[0].role`.
    pub param: Option<String>,
}

/// A request that the other dialect cannot say without changing what it means. Public.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Untranslatable {
    /// What cannot be said there, and what to do.
    pub message: String,
    /// Where, in the client's words.
    pub param: Option<String>,
}

/// A body in the wanted dialect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The body.
    pub body: Vec<u8>,
    /// Paths, in the words of the dialect that it came from, of what could not be said.
    pub dropped: Vec<String>,
}

/// One running text of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Channel {
    /// Which alternative answer.
    pub choice: u32,
    /// Which part of it: a tool call's or a content block's index.
    pub part: u32,
    /// What kind of text.
    pub kind: ChannelKind,
}

/// What kind of running text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// Answer text.
    Text,
    /// A refusal's text.
    Refusal,
    /// Thinking (`reasoning_content`, `thinking_delta`).
    Thinking,
    /// Thinking under the name `reasoning`.
    Reasoning,
    /// A tool call's arguments.
    Arguments,
    /// A member that the dialect does not know; its channel's part tells one from another.
    Other,
}

/// A generated text inside an event or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextAt {
    /// Which running text it belongs to.
    pub channel: Channel,
    /// The JSON string (or number) that holds it.
    pub node: NodeId,
    /// The text is a fragment of JSON source: what is put into it must be JSON-escaped first.
    pub json_text: bool,
}

/// Which running texts an event ends. Texts of the same event come before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closes {
    /// None.
    Nothing,
    /// These.
    Channels(Vec<Channel>),
    /// Every one.
    All,
}

/// How a stream is written for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamShape {
    /// Whether the client asked for usage at the end.
    pub include_usage: bool,
    /// The model name that the client sees.
    pub model: String,
    /// Seconds since 1970, where the provider gave none.
    pub created: u64,
}

/// What kind of failure a provider reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderErrorKind {
    /// The provider refused our key.
    Credential,
    /// Too many requests or tokens.
    RateLimited,
    /// The provider has no capacity now.
    Overloaded,
    /// The provider did not like the request.
    InvalidRequest,
    /// No such model or path.
    NotFound,
    /// The request is too large.
    TooLarge,
    /// The provider took too long.
    Timeout,
    /// The provider failed.
    Server,
}

impl ProviderErrorKind {
    /// Marshal's word for such a failure.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Credential => Code::UpstreamCredential,
            Self::RateLimited => Code::UpstreamRateLimited,
            Self::Overloaded => Code::UpstreamOverloaded,
            Self::InvalidRequest | Self::NotFound | Self::TooLarge => Code::UpstreamRejected,
            Self::Timeout => Code::UpstreamTimeout,
            Self::Server => Code::UpstreamFailed,
        }
    }
}

/// A failure as a provider reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// What kind.
    pub kind: ProviderErrorKind,
    /// The provider's code or type.
    pub code: Option<String>,
    /// The provider's own words, which may repeat what was asked: for whoever asked, and for no record in the clear.
    pub message: String,
}

/// What a request's address says, where the dialect puts it there and not into the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named<'a> {
    /// The model.
    pub model: Option<&'a str>,
    /// Whether the answer is to be streamed.
    pub stream: Option<bool>,
}

/// A dialect, both as a client's surface and as a provider's.
pub trait Adapter: Send + Sync + 'static {
    /// Which dialect.
    fn dialect(&self) -> Dialect;

    /// What governance needs of a request, without building a tree.
    ///
    /// # Errors
    /// When a member that governance relies on has the wrong type. Unknown members pass.
    fn facts(&self, doc: Doc<'_>, named: Named<'_>) -> Result<ChatFacts, Malformed>;

    /// Where requests say how an answer is to be made.
    fn setting_paths(&self) -> &'static SettingPaths;

    /// Replaces the model's name and nothing else. Does nothing where the address names the model.
    fn set_model(&self, doc: Doc<'_>, model: &str, edits: &mut Edits);

    /// Reads a request into the canonical form.
    ///
    /// # Errors
    /// When it breaks the dialect's rules.
    fn decode_request(&self, body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed>;

    /// Writes a request for `model`; `default_max_output` stands where the dialect demands a limit and the client gave none.
    ///
    /// # Errors
    /// When what cannot be said here would change what the request means.
    fn encode_request(
        &self,
        request: &ChatRequest,
        model: &str,
        default_max_output: u64,
    ) -> Result<Encoded, Untranslatable>;

    /// Reads a whole answer into the canonical form.
    ///
    /// # Errors
    /// When it is not an answer of this dialect.
    fn decode_response(&self, body: &[u8]) -> Result<ChatResponse, Malformed>;

    /// Writes a whole answer. The caller sets `model` to the name that the client sees, and `created` where the
    /// provider gave none; usage and finish are always written where the dialect's clients count on them.
    fn encode_response(&self, response: &ChatResponse) -> Encoded;

    /// Reads a stream into canonical events.
    fn stream_decoder(&self) -> Box<dyn StreamDecoder>;

    /// Writes canonical events as a stream.
    fn stream_encoder(&self, shape: StreamShape) -> Box<dyn StreamEncoder>;

    /// Watches a stream that is forwarded verbatim.
    fn stream_tap(&self) -> Box<dyn StreamTap>;

    /// What a whole answer says about itself.
    fn meta(&self, doc: Doc<'_>) -> AnswerMeta;

    /// Where generated text stands in a whole answer, tool arguments included.
    fn answer_texts(&self, doc: Doc<'_>, out: &mut Vec<TextAt>);

    /// What a provider's error answer means.
    fn decode_error(&self, status: u16, body: &[u8]) -> ProviderError;

    /// What is appended to a provider's base URL, which includes its version; with a query where one is needed for
    /// `framing`. A model in it is percent-encoded.
    fn upstream_path(&self, model: &str, stream: bool, framing: Framing) -> String;

    /// How the dialect's streams are framed, unless a client asks otherwise.
    fn framing(&self) -> Framing {
        Framing::Sse
    }
}

/// Reads one stream, event by event.
pub trait StreamDecoder: Send {
    /// Adds what the event means to `out`. Unknown events mean nothing.
    ///
    /// # Errors
    /// When the event's data is not of the dialect; the stream cannot be trusted after.
    fn event(&mut self, event: &RawEvent, out: &mut Vec<ChatEvent>) -> Result<(), Malformed>;

    /// The connection ended: adds an `Error` if the answer had not, an `End` if only the marker lacks.
    fn end(&mut self, out: &mut Vec<ChatEvent>);
}

/// Writes one stream, event by event.
pub trait StreamEncoder: Send {
    /// Appends the bytes that say `event`, in the dialect's own framing.
    fn event(&mut self, event: &ChatEvent, out: &mut Vec<u8>);

    /// Appends what still lacks of a finished answer: idempotent, and nothing after an error.
    fn end(&mut self, out: &mut Vec<u8>);

    /// What could not be said, so far.
    fn dropped(&self) -> &[String];
}

/// Watches one stream on its way: cheap enough for every event.
pub trait StreamTap: Send {
    /// Takes note of an event.
    fn observe(&mut self, event: &RawEvent);

    /// What was noted so far.
    fn meta(&self) -> &AnswerMeta;

    /// True for the dialect's terminal marker. Where a dialect has none, a stream ends with its connection.
    fn is_terminal(&self, event: &RawEvent) -> bool;

    /// False where the dialect has no terminal marker: what follows a finish is then held until the connection ends.
    fn has_terminal(&self) -> bool {
        true
    }

    /// Where generated text stands in the event.
    fn texts(&self, event: &RawEvent, doc: Doc<'_>, out: &mut Vec<TextAt>);

    /// Which running texts the event ends.
    fn closes(&self, event: &RawEvent, doc: Doc<'_>) -> Closes;

    /// An event that carries `text` on `channel`, in the name of the stream seen so far.
    fn text_event(&self, channel: &Channel, text: &str) -> Payload;
}
