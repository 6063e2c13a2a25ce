//! Cohere's chat dialect, version 2, whole and streamed, as a client's surface and as a provider's.
//!
//! Retrieved documents (`documents`, and `document` parts of a tool's answer) are read as text, so that every
//! other dialect can put them before its model; Cohere gets them back as it was sent them.

mod asked;
mod error;
mod facts;
mod request;
mod response;
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

/// Cohere's `POST /v2/chat`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cohere;

impl Adapter for Cohere {
    fn dialect(&self) -> Dialect {
        Dialect::Cohere
    }

    fn facts(&self, doc: Doc<'_>, _: Named<'_>) -> Result<ChatFacts, Malformed> {
        facts::facts(doc)
    }

    fn setting_paths(&self) -> &'static SettingPaths {
        &facts::SETTINGS
    }

    fn set_model(&self, doc: Doc<'_>, model: &str, edits: &mut Edits) {
        if let Some(node) = doc.get(doc.root(), "model") {
            edits.replace_str(doc, node, model);
        }
    }

    fn decode_request(&self, body: &[u8], _: Named<'_>) -> Result<ChatRequest, Malformed> {
        request::decode(body)
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

    fn upstream_path(&self, _model: &str, _stream: bool, _framing: Framing) -> String {
        "/chat".to_owned()
    }
}
