//! What a client and an operator notice of the Gemini dialect by itself.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod answers;
mod facts;
mod hostile;
mod requests;
mod streams;
mod taps;

use marshal_adapter_api::{Adapter, ChatRequest, Encoded, Named};
use marshal_gemini::Gemini;
use marshal_openai::OpenAi;
use serde_json::Value;

const NAMED: Named<'_> = Named {
    model: Some("gemini-2.5-flash"),
    stream: Some(false),
};

fn gemini(body: &Value) -> ChatRequest {
    Gemini
        .decode_request(body.to_string().as_bytes(), NAMED)
        .unwrap()
}

fn openai(body: &Value) -> ChatRequest {
    OpenAi
        .decode_request(body.to_string().as_bytes(), Named::default())
        .unwrap()
}

fn value(encoded: &Encoded) -> Value {
    serde_json::from_slice(&encoded.body).unwrap()
}

/// A request of an OpenAI client, written for a Gemini model, and what was left out.
fn for_model(body: &Value, model: &str) -> (Value, Vec<String>) {
    let encoded = Gemini.encode_request(&openai(body), model, 1).unwrap();
    (value(&encoded), encoded.dropped)
}

fn refusal(body: &Value) -> String {
    let refused = Gemini
        .encode_request(&openai(body), "gemini-2.5-flash", 1)
        .unwrap_err();
    refused.param.unwrap_or_default()
}
