//! Where and how a provider wants a request of a dialect: addresses, envelopes, signatures.
//!
//! A dialect says what a conversation looks like. The same dialect is served at different places in different wrappings:
//! OpenAI's by Azure under deployments, Anthropic's by Vertex AI and Bedrock with the model in the address. A
//! [`Platform`] is that difference, so that no dialect knows of it. Nothing here reads a clock or opens a connection:
//! what a signature or a token needs of either is handed in.

mod address;
mod aws;
mod envelope;
mod google;
mod percent;
mod quirks;
mod sigv4;
mod token;

pub use aws::{AwsCredentials, AwsService, Signable};
pub use envelope::{EnvelopeError, Unwrapped, unwrap_invoke};
pub use google::{KeyFileError, ServiceAccount};
pub use quirks::Quirks;
pub use token::{Found, Token, TokenCache, TokenError, TokenFuture, TokenSource};

use marshal_types::Dialect;
use marshal_wire::frame::Framing;

/// What lies between a dialect and the place that serves it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Platform {
    /// Nothing: the dialect's own paths below a base URL.
    #[default]
    Plain,
    /// Azure OpenAI: a resource whose models are deployments.
    Azure {
        /// `api-version` of every address; needed with `deployments`.
        api_version: Option<String>,
        /// Whether addresses name the deployment (`/openai/deployments/NAME/…`), and not the body
        /// (`/openai/v1/…`).
        deployments: bool,
    },
    /// Google's Vertex AI: a project's publisher models.
    Vertex {
        /// The project's id.
        project: String,
        /// `global`, a multi-region such as `eu`, or a region such as `europe-west4`.
        location: String,
    },
    /// Amazon Bedrock's runtime.
    Bedrock {
        /// The region: `eu-central-1`.
        region: String,
    },
}

/// A request that is to be sent, as far as its address depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The dialect of its body.
    pub dialect: Dialect,
    /// The provider's own name of the model; empty where no model is asked for (files, batches).
    pub model: &'a str,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// How the dialect frames its streams.
    pub framing: Framing,
    /// What the dialect appends to a base URL, with its query: `/chat/completions`.
    pub path: &'a str,
}

impl Platform {
    /// How a stream of this dialect is framed here, where the dialect itself says `framing`.
    #[must_use]
    pub fn framing(&self, dialect: Dialect, framing: Framing) -> Framing {
        match (self, dialect) {
            // InvokeModel wraps each event of the model's own stream.
            (Self::Bedrock { .. }, Dialect::Anthropic) => Framing::Chunks,
            _ => framing,
        }
    }
}
