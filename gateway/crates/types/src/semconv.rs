//! Attribute and metric names, from OpenTelemetry's GenAI conventions where they have one.
//!
//! This file alone has them: none is stable yet. Current ones are those of semantic-conventions-genai v0.1.0, legacy ones
//! those of OpenTelemetry's semantic conventions v1.37.0, which the switch `telemetry.conventions` chooses between.

/// The operation, `chat` for a conversation.
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// The provider that answered.
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// The provider again, as it was called before v1.37: legacy alone.
pub const SYSTEM: &str = "gen_ai.system";
/// The model that was asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// Whether the answer was asked for as a stream.
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";
/// The most output tokens that the request allows.
pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
/// How many alternative answers are asked for, if not one.
pub const REQUEST_CHOICES: &str = "gen_ai.request.choice.count";
/// The temperature asked for.
pub const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
/// The nucleus asked for.
pub const REQUEST_TOP_P: &str = "gen_ai.request.top_p";
/// So many candidates for each token are asked for.
pub const REQUEST_TOP_K: &str = "gen_ai.request.top_k";
/// The penalty asked for what was said often.
pub const REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";
/// The penalty asked for what was said at all.
pub const REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";
/// The seed asked for.
pub const REQUEST_SEED: &str = "gen_ai.request.seed";
/// How the numbers of an embedding are to be written.
pub const REQUEST_ENCODINGS: &str = "gen_ai.request.encoding_formats";
/// How many numbers an embedding is to have.
pub const EMBEDDING_DIMENSIONS: &str = "gen_ai.embeddings.dimension.count";
/// The form in which the answer is asked for.
pub const OUTPUT_TYPE: &str = "gen_ai.output.type";
/// The provider's id of the conversation.
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// The provider's id of the answer.
pub const RESPONSE_ID: &str = "gen_ai.response.id";
/// The provider's host.
pub const SERVER_ADDRESS: &str = "server.address";
/// The port there.
pub const SERVER_PORT: &str = "server.port";
/// The model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// Why the answer ended.
pub const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// From a streamed request's going out to the answer's first piece, in seconds.
pub const TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// Input tokens, cached ones included.
pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Output tokens, reasoning ones included.
pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// Input tokens read from a prompt cache.
pub const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// Input tokens written to a prompt cache.
pub const CACHE_WRITE_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// Output tokens spent on reasoning.
pub const REASONING_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// Whether tokens went in or out: legacy metrics alone.
pub const TOKEN_TYPE: &str = "gen_ai.token.type";
/// What kind of content the tokens stand for.
pub const TOKEN_MODALITY: &str = "gen_ai.token.modality";
/// What failed: a Marshal code or a status.
pub const ERROR_TYPE: &str = "error.type";
/// The HTTP method.
pub const HTTP_METHOD: &str = "http.request.method";
/// The path's pattern, its names left out.
pub const HTTP_ROUTE: &str = "http.route";
/// The HTTP status.
pub const HTTP_STATUS: &str = "http.response.status_code";
/// Where a call or an attempt ends: a path without what a client could write into it.
pub const URL_PATH: &str = "url.path";
/// `http` or `https`.
pub const URL_SCHEME: &str = "url.scheme";
/// Marshal's own id of the call.
pub const CALL_ID: &str = "marshal.call.id";
/// The attempt's number within the call, from 1.
pub const ATTEMPT: &str = "marshal.attempt";
/// The provider, as the operator named it.
pub const OWN_PROVIDER: &str = "marshal.provider";
/// The policy bundle's digest.
pub const POLICY_DIGEST: &str = "marshal.policy.digest";
/// The tenant.
pub const TENANT: &str = "marshal.tenant";
/// On a link: how the two attempts belong together.
pub const LINK: &str = "marshal.link";

/// A metric of the conventions: its name and its unit, as they write both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// With dots.
    pub name: &'static str,
    /// `s`, or a word in braces for what is counted.
    pub unit: &'static str,
}

impl Metric {
    const fn new(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit }
    }

    /// Its name on `/metrics`: dots become underscores, seconds are spelled out, what is counted in braces is not.
    #[must_use]
    pub fn prometheus(self) -> String {
        let unit = match self.unit {
            "s" => "_seconds",
            _ => "",
        };
        format!("{}{unit}", underscored(self.name))
    }
}

/// An attribute's name as a label of `/metrics`.
#[must_use]
pub fn underscored(name: &str) -> String {
    name.replace('.', "_")
}

const TOKENS: &str = "{token}";
const SECONDS: &str = "s";

/// Counts input tokens, cached ones included.
pub const USED_INPUT: Metric = Metric::new("gen_ai.client.inference.usage.input_tokens", TOKENS);
/// Counts output tokens, reasoning ones included.
pub const USED_OUTPUT: Metric = Metric::new("gen_ai.client.inference.usage.output_tokens", TOKENS);
/// Counts input tokens read from a prompt cache.
pub const USED_CACHE_READ: Metric = Metric::new(
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    TOKENS,
);
/// Counts input tokens written to a prompt cache.
pub const USED_CACHE_WRITE: Metric = Metric::new(
    "gen_ai.client.inference.usage.cache_write.input_tokens",
    TOKENS,
);
/// Counts output tokens spent on reasoning.
pub const USED_REASONING: Metric = Metric::new(
    "gen_ai.client.inference.usage.reasoning.output_tokens",
    TOKENS,
);
/// Input tokens of one operation.
pub const OPERATION_INPUT: Metric =
    Metric::new("gen_ai.client.inference.operation.input_tokens", TOKENS);
/// Output tokens of one operation.
pub const OPERATION_OUTPUT: Metric =
    Metric::new("gen_ai.client.inference.operation.output_tokens", TOKENS);
/// Both kinds of tokens of one operation: legacy alone.
pub const TOKEN_USAGE: Metric = Metric::new("gen_ai.client.token.usage", TOKENS);
/// An attempt, from its going out to its answer's last byte.
pub const OPERATION_DURATION: Metric = Metric::new("gen_ai.client.operation.duration", SECONDS);
/// An attempt, from its going out to a streamed answer's first piece.
pub const OPERATION_FIRST_CHUNK: Metric =
    Metric::new("gen_ai.client.operation.time_to_first_chunk", SECONDS);
/// From one piece of a streamed answer to the next.
pub const OPERATION_PER_CHUNK: Metric =
    Metric::new("gen_ai.client.operation.time_per_output_chunk", SECONDS);
/// A call, from its first byte in to its last byte out.
pub const SERVER_DURATION: Metric = Metric::new("gen_ai.server.request.duration", SECONDS);
/// A call, from its first byte in to its answer's first byte.
pub const SERVER_FIRST_TOKEN: Metric = Metric::new("gen_ai.server.time_to_first_token", SECONDS);
/// From the first to the last byte of a call's answer, by output token after the first.
pub const SERVER_PER_TOKEN: Metric = Metric::new("gen_ai.server.time_per_output_token", SECONDS);

/// Which conventions spans and metrics follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conventions {
    /// semantic-conventions-genai v0.1.0.
    #[default]
    Current,
    /// OpenTelemetry's semantic conventions v1.37.0, and `gen_ai.system` from before.
    Legacy,
}

impl Conventions {
    /// The word in `marshal.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Legacy => "legacy",
        }
    }

    /// Whether the conventions have a name: some came after v1.37.0, and some ended with it.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        match self {
            Self::Current => !matches!(name, SYSTEM | TOKEN_TYPE) && name != TOKEN_USAGE.name,
            Self::Legacy => {
                let later = [
                    REQUEST_STREAM,
                    EMBEDDING_DIMENSIONS,
                    TIME_TO_FIRST_CHUNK,
                    CACHE_READ_TOKENS,
                    CACHE_WRITE_TOKENS,
                    REASONING_TOKENS,
                    TOKEN_MODALITY,
                    OPERATION_FIRST_CHUNK.name,
                    OPERATION_PER_CHUNK.name,
                ];
                !later.contains(&name) && !name.starts_with("gen_ai.client.inference.")
            }
        }
    }
}

/// What the conventions call a provider: their own word for the ones that they list, and its name for every other.
#[must_use]
pub fn provider(known_as: &str) -> &str {
    match known_as {
        "azure" => "azure.ai.openai",
        "bedrock" => "aws.bedrock",
        "gemini" => "gcp.gemini",
        "mistral" => "mistral_ai",
        "moonshot" => "moonshot_ai",
        "vertex" => "gcp.vertex_ai",
        "xai" => "x_ai",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_the_page_has_its_unit_and_no_braces() {
        let page = OPERATION_DURATION.prometheus();
        assert_eq!(page, "gen_ai_client_operation_duration_seconds");
        let page = USED_CACHE_READ.prometheus();
        let name = "gen_ai_client_inference_usage_cache_read_input_tokens";
        assert_eq!(page, name);
    }

    #[test]
    fn each_conventions_leave_out_what_is_the_others() {
        assert!(Conventions::Current.has(USED_INPUT.name));
        assert!(!Conventions::Current.has(TOKEN_USAGE.name));
        assert!(Conventions::Legacy.has(TOKEN_USAGE.name) && Conventions::Legacy.has(SYSTEM));
        assert!(!Conventions::Legacy.has(USED_INPUT.name));
        assert!(!Conventions::Legacy.has(REQUEST_STREAM));
        for both in [PROVIDER_NAME, ERROR_TYPE, CALL_ID, SERVER_DURATION.name] {
            assert!(Conventions::Current.has(both) && Conventions::Legacy.has(both));
        }
    }
}
