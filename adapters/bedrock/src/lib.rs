//! Amazon Bedrock's Converse dialect, whole and streamed, as a client's surface and as a provider's.
//!
//! The address names the model and says whether the answer is streamed; the body says neither.

mod error;
mod facts;
mod marks;
mod request;
mod response;
mod seals;
mod stream;
mod tap;
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

/// Bedrock's Converse and ConverseStream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bedrock;

impl Adapter for Bedrock {
    fn dialect(&self) -> Dialect {
        Dialect::Bedrock
    }

    fn facts(&self, doc: Doc<'_>, named: Named<'_>) -> Result<ChatFacts, Malformed> {
        facts::facts(doc, named)
    }

    fn setting_paths(&self) -> &'static SettingPaths {
        &facts::SETTINGS
    }

    fn set_model(&self, doc: Doc<'_>, _model: &str, edits: &mut Edits) {
        seals::remove_foreign(doc, edits);
    }

    fn decode_request(&self, body: &[u8], named: Named<'_>) -> Result<ChatRequest, Malformed> {
        request::decode(body, named)
    }

    fn encode_request(
        &self,
        request: &ChatRequest,
        model: &str,
        default_max_output: u64,
    ) -> Result<Encoded, Untranslatable> {
        request::encode(request, model, default_max_output)
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

    fn stream_encoder(&self, _shape: StreamShape) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::default())
    }

    fn stream_tap(&self) -> Box<dyn StreamTap> {
        Box::new(tap::Tap::new())
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

    fn upstream_path(&self, model: &str, stream: bool, _framing: Framing) -> String {
        words::upstream_path(model, stream)
    }

    fn framing(&self) -> Framing {
        Framing::EventStream
    }
}
