//! The Gemini dialect: `generateContent`, whole and streamed, as a client's surface and as a provider's.
//!
//! Google AI and Vertex AI bodies. The address names the model and says whether the answer is streamed. Members
//! are read in both spellings that Google reads (`maxOutputTokens`, `max_output_tokens`).

mod address;
mod aside;
mod error;
mod facts;
mod ids;
mod model;
mod parts;
mod paths;
mod reader;
mod request;
mod response;
mod schema;
mod seal;
mod stream;
mod tap;
mod time;
mod usage;
mod words;

use marshal_adapter_api::{
    Adapter, AnswerMeta, ChatFacts, ChatRequest, ChatResponse, Encoded, Malformed, Named,
    ProviderError, SettingPaths, StreamDecoder, StreamEncoder, StreamShape, StreamTap, TextAt,
    Untranslatable,
};
use marshal_types::Dialect;
use marshal_wire::frame::Framing;
use marshal_wire::json::{Doc, Edits};

/// Gemini's `generateContent` and `streamGenerateContent`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gemini;

impl Adapter for Gemini {
    fn dialect(&self) -> Dialect {
        Dialect::Gemini
    }

    fn facts(&self, doc: Doc<'_>, named: Named<'_>) -> Result<ChatFacts, Malformed> {
        facts::facts(doc, named)
    }

    fn setting_paths(&self) -> &'static SettingPaths {
        &facts::SETTINGS
    }

    /// The address names the model. What another provider sealed and this one would refuse goes, though.
    fn set_model(&self, doc: Doc<'_>, _model: &str, edits: &mut Edits) {
        seal::remove_foreign(doc, edits);
    }

    fn decode_request(&self, body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
        request::decode(body, named)
    }

    fn encode_request(
        &self,
        request: &ChatRequest,
        model: &str,
        _default_max_output: u64,
    ) -> Result<Encoded, Untranslatable> {
        request::encode(request, model)
    }

    fn decode_response(&self, body: &[u8]) -> Result<ChatResponse, Malformed> {
        response::decode(body)
    }

    fn encode_response(&self, response: &ChatResponse) -> Encoded {
        response::encode(response)
    }

    fn stream_decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::default())
    }

    fn stream_encoder(&self, shape: StreamShape) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(shape))
    }

    fn stream_tap(&self) -> Box<dyn StreamTap> {
        Box::new(tap::Tap::default())
    }

    fn meta(&self, doc: Doc<'_>) -> AnswerMeta {
        response::meta(doc)
    }

    fn answer_texts(&self, doc: Doc<'_>, out: &mut Vec<TextAt>) {
        response::texts(doc, out);
    }

    fn decode_error(&self, status: u16, body: &[u8]) -> ProviderError {
        error::decode(status, body)
    }

    fn upstream_path(&self, model: &str, stream: bool, framing: Framing) -> String {
        address::upstream_path(model, stream, framing)
    }
}
