//! Attribute and metric names, from OpenTelemetry's GenAI conventions where they have one.
//!
//! This file alone has them: none is stable yet (semantic-conventions-genai v0.1.0, status Development).

/// The operation, `chat` for a conversation.
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// The provider that answered.
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// The model that was asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// Whether the answer was asked for as a stream.
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";
/// The model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// Why the answer ended.
pub const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// Input tokens, cached ones included.
pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Output tokens.
pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// Input tokens read from a prompt cache.
pub const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// What failed: a Marshal code or a status.
pub const ERROR_TYPE: &str = "error.type";
/// The HTTP status.
pub const HTTP_STATUS: &str = "http.response.status_code";
/// Marshal's own id of the call.
pub const CALL_ID: &str = "marshal.call.id";
/// The attempt's number within the call, from 1.
pub const ATTEMPT: &str = "marshal.attempt";
/// The policy bundle's digest.
pub const POLICY_DIGEST: &str = "marshal.policy.digest";
/// The tenant.
pub const TENANT: &str = "marshal.tenant";
