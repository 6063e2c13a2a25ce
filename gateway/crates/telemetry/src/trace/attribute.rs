//! The attributes that a span may carry. This list is the allow list: there is no way to a free key.

use std::time::Duration;

use marshal_types::{CallId, Code, Digest, ProviderName, Tokens, semconv};
use opentelemetry::{Array, KeyValue, StringValue, Value};

use crate::operation::Operation;

/// One attribute of a span. Borrows, so that a call that is not recorded pays nothing for it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Attribute<'a> {
    /// What the call asks for.
    Operation(Operation),
    /// The provider that is asked, as the conventions call it.
    Provider(&'a str),
    /// The same, as the operator named it.
    OwnProvider(&'a ProviderName),
    /// The model that is asked for. Give it once the name has resolved to something.
    RequestModel(&'a str),
    /// Whether the answer is asked for as a stream.
    RequestStream(bool),
    /// The most output tokens that the request allows.
    MaxTokens(u64),
    /// How many alternative answers are asked for, if not one.
    Choices(u32),
    /// The temperature asked for.
    Temperature(f64),
    /// The nucleus asked for.
    TopP(f64),
    /// So many candidates for each token are asked for.
    TopK(f64),
    /// The penalty asked for what was said often.
    FrequencyPenalty(f64),
    /// The penalty asked for what was said at all.
    PresencePenalty(f64),
    /// The seed asked for.
    Seed(i64),
    /// How the numbers of an embedding are to be written.
    Encodings(&'a [&'static str]),
    /// How many numbers an embedding is to have.
    Dimensions(u64),
    /// The form in which the answer is asked for: `text` or `json`.
    OutputType(&'static str),
    /// The provider's id of the conversation.
    Conversation(&'a str),
    /// The provider's id of the answer.
    ResponseId(&'a str),
    /// The provider's host.
    ServerAddress(&'a str),
    /// The port there.
    ServerPort(u16),
    /// The model that says it answered.
    ResponseModel(&'a str),
    /// Why the answer ended. Words that no dialect has are written `other`.
    FinishReasons(&'a [String]),
    /// Input tokens, cached ones included.
    InputTokens(Tokens),
    /// Output tokens.
    OutputTokens(Tokens),
    /// Input tokens read from a prompt cache.
    CacheReadTokens(Tokens),
    /// Input tokens written to a prompt cache.
    CacheWriteTokens(Tokens),
    /// Output tokens spent on reasoning.
    ReasoningTokens(Tokens),
    /// From the attempt's start to a streamed answer's first piece.
    TimeToFirstChunk(Duration),
    /// What failed.
    Error(Code),
    /// The method of the client's request.
    HttpMethod(&'a str),
    /// The pattern of its path.
    HttpRoute(&'static str),
    /// Its path, without what a client could write into it.
    UrlPath(&'static str),
    /// `http` or `https`.
    UrlScheme(&'static str),
    /// The HTTP status that was sent, or received.
    HttpStatus(u16),
    /// Marshal's id of the call.
    Call(CallId),
    /// The attempt's number within the call, from 1.
    Attempt(u32),
    /// The policies that decided.
    Policy(&'a Digest),
    /// The tenant, as the operator named it.
    Tenant(&'a str),
}

impl From<Attribute<'_>> for KeyValue {
    fn from(attribute: Attribute<'_>) -> Self {
        match attribute {
            Attribute::Operation(name) => Self::new(semconv::OPERATION_NAME, name.as_str()),
            Attribute::Provider(name) => Self::new(semconv::PROVIDER_NAME, word(name)),
            Attribute::OwnProvider(name) => Self::new(semconv::OWN_PROVIDER, word(name.as_str())),
            Attribute::RequestModel(name) => Self::new(semconv::REQUEST_MODEL, word(name)),
            Attribute::RequestStream(stream) => Self::new(semconv::REQUEST_STREAM, stream),
            Attribute::MaxTokens(most) => Self::new(semconv::REQUEST_MAX_TOKENS, whole(most)),
            Attribute::Choices(many) => Self::new(semconv::REQUEST_CHOICES, i64::from(many)),
            Attribute::Temperature(one) => Self::new(semconv::REQUEST_TEMPERATURE, one),
            Attribute::TopP(one) => Self::new(semconv::REQUEST_TOP_P, one),
            Attribute::TopK(one) => Self::new(semconv::REQUEST_TOP_K, one),
            Attribute::FrequencyPenalty(one) => Self::new(semconv::REQUEST_FREQUENCY_PENALTY, one),
            Attribute::PresencePenalty(one) => Self::new(semconv::REQUEST_PRESENCE_PENALTY, one),
            Attribute::Seed(seed) => Self::new(semconv::REQUEST_SEED, seed),
            Attribute::Encodings(words) => {
                let words = words.iter().map(|word| StringValue::from(*word)).collect();
                let words = Value::Array(Array::String(words));
                Self::new(semconv::REQUEST_ENCODINGS, words)
            }
            Attribute::Dimensions(many) => Self::new(semconv::EMBEDDING_DIMENSIONS, whole(many)),
            Attribute::OutputType(form) => Self::new(semconv::OUTPUT_TYPE, form),
            Attribute::Conversation(id) => Self::new(semconv::CONVERSATION_ID, word(id)),
            Attribute::ResponseId(id) => Self::new(semconv::RESPONSE_ID, word(id)),
            Attribute::ServerAddress(host) => Self::new(semconv::SERVER_ADDRESS, host.to_owned()),
            Attribute::ServerPort(port) => Self::new(semconv::SERVER_PORT, i64::from(port)),
            Attribute::ResponseModel(name) => Self::new(semconv::RESPONSE_MODEL, word(name)),
            Attribute::FinishReasons(words) => {
                let words = words.iter().take(MOST_REASONS);
                let words = words.map(|word| StringValue::from(finish_reason(word)));
                let words = Array::String(words.collect());
                Self::new(semconv::FINISH_REASONS, Value::Array(words))
            }
            Attribute::InputTokens(tokens) => Self::new(semconv::INPUT_TOKENS, count(tokens)),
            Attribute::OutputTokens(tokens) => Self::new(semconv::OUTPUT_TOKENS, count(tokens)),
            Attribute::CacheReadTokens(tokens) => {
                Self::new(semconv::CACHE_READ_TOKENS, count(tokens))
            }
            Attribute::CacheWriteTokens(tokens) => {
                Self::new(semconv::CACHE_WRITE_TOKENS, count(tokens))
            }
            Attribute::ReasoningTokens(tokens) => {
                Self::new(semconv::REASONING_TOKENS, count(tokens))
            }
            Attribute::TimeToFirstChunk(after) => {
                Self::new(semconv::TIME_TO_FIRST_CHUNK, after.as_secs_f64())
            }
            Attribute::HttpMethod(name) => Self::new(semconv::HTTP_METHOD, method(name)),
            Attribute::HttpRoute(path) => Self::new(semconv::HTTP_ROUTE, path),
            Attribute::UrlPath(path) => Self::new(semconv::URL_PATH, path),
            Attribute::UrlScheme(word) => Self::new(semconv::URL_SCHEME, word),
            Attribute::Error(code) => Self::new(semconv::ERROR_TYPE, code.as_str()),
            Attribute::HttpStatus(status) => Self::new(semconv::HTTP_STATUS, i64::from(status)),
            Attribute::Call(id) => Self::new(semconv::CALL_ID, id.to_string()),
            Attribute::Attempt(number) => Self::new(semconv::ATTEMPT, i64::from(number)),
            Attribute::Policy(digest) => Self::new(semconv::POLICY_DIGEST, digest.to_string()),
            Attribute::Tenant(name) => Self::new(semconv::TENANT, word(name)),
        }
    }
}

/// `chat gpt-4o`: a span's name.
pub(super) fn span_name(operation: Operation, model: &str) -> String {
    format!("{} {}", operation.as_str(), word(model))
}

const MOST_REASONS: usize = 8;
const LONGEST_WORD: usize = 128;

/// A name as it is; whatever is too long for one, or has a space in it, is no name and may be someone's text.
fn word(text: &str) -> String {
    let is_name = text.len() <= LONGEST_WORD && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name { text } else { "other" }.to_owned()
}

/// The dialects' own words only: the field holds whatever a provider sends.
///
/// Sources: the reference pages of OpenAI (chat completions, responses), Anthropic (messages), Google (`FinishReason`),
/// Cohere (chat), Amazon Bedrock (Converse, `stopReason`) and Ollama (`done_reason`).
fn finish_reason(word: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "function_call",
        "completed",
        "incomplete",
        "max_output_tokens",
        // Anthropic, and Bedrock after it.
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        // Google.
        "STOP",
        "MAX_TOKENS",
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "IMAGE_OTHER",
        "NO_IMAGE",
        // Cohere.
        "COMPLETE",
        "STOP_SEQUENCE",
        "TOOL_CALL",
        "TIMEOUT",
        "ERROR",
        "ERROR_TOXIC",
        "ERROR_LIMIT",
        "USER_CANCEL",
        // Ollama.
        "load",
        "unload",
        "error",
    ];
    let known = KNOWN.iter().find(|known| **known == word);
    known.copied().unwrap_or("other")
}

/// The methods that HTTP has; whatever else a client writes there is `_OTHER`.
fn method(name: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    KNOWN
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or("_OTHER")
}

fn count(tokens: Tokens) -> i64 {
    whole(tokens.0)
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(attribute: Attribute<'_>) -> String {
        KeyValue::from(attribute).value.to_string()
    }

    #[test]
    fn text_in_the_place_of_a_name_does_not_reach_a_span() {
        assert_eq!(value(Attribute::RequestModel("gpt-4o")), "gpt-4o");
        assert_eq!(
            value(Attribute::RequestModel("please tell me a story")),
            "other"
        );
        assert_eq!(
            value(Attribute::ResponseModel("line\u{1b}[31mbreak")),
            "other"
        );
        assert_eq!(value(Attribute::Tenant(&"x".repeat(129))), "other");
        assert_eq!(span_name(Operation::Chat, "a secret"), "chat other");
    }

    #[test]
    fn a_method_that_http_does_not_have_is_not_shown() {
        assert_eq!(value(Attribute::HttpMethod("POST")), "POST");
        assert_eq!(value(Attribute::HttpMethod("my-secret")), "_OTHER");
    }

    #[test]
    fn finish_reasons_are_the_dialects_own_words() {
        let words = ["end_turn".to_owned(), "because I said so".to_owned()];
        assert_eq!(
            value(Attribute::FinishReasons(&words)),
            r#"["end_turn","other"]"#
        );
    }
}
