//! The provider as a tower service, and a request to it with its times.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use marshal_platform::{AwsCredentials, AwsService, Signable, TokenSource};
use marshal_types::{Code, Secret};
use marshal_wire::frame::Framing;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use super::encode;
use super::outcome::Sent;
use crate::voice::Voice;
use crate::{BoxError, Cleared, Shared};

/// A provider's answer, as it streams in.
pub type UpstreamBody = UnsyncBoxBody<Bytes, BoxError>;

/// Sends a request to a provider and gives its answer's head. One connection pool each.
pub type Transport =
    BoxCloneSyncService<http::Request<Full<Bytes>>, http::Response<UpstreamBody>, TransportError>;

/// What authenticates Marshal at a provider.
#[derive(Clone)]
pub enum UpstreamCredential {
    /// Nothing: a local server.
    None,
    /// `authorization: Bearer …`.
    Bearer(Secret),
    /// A header of its own, such as `x-api-key`.
    Header(HeaderName, Secret),
    /// A signature over each request, as Amazon wants it.
    Aws(AwsCredentials),
    /// Short-lived tokens of Google's cloud.
    Google(Arc<dyn TokenSource>),
}

/// Says of what kind it is, never what it is.
impl std::fmt::Debug for UpstreamCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer",
            Self::Header(..) => "Header",
            Self::Aws(_) => "Aws",
            Self::Google(_) => "Google",
        })
    }
}

/// How long to wait for a provider.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamTimes {
    /// Until the answer's head is there.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// For the whole answer.
    pub total: Duration,
}

/// Why a provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection: refused, unknown host, TLS.
    #[error("no connection to the provider")]
    Connect(#[source] BoxError),
    /// The connection broke off.
    #[error("the connection to the provider broke off")]
    Broken(#[source] BoxError),
    /// Nothing came in time.
    #[error("the provider did not answer within {0:?}")]
    Timeout(Duration),
    /// No token for the provider could be had.
    #[error("no token for the provider: {0}")]
    Token(String),
    /// The configured provider cannot be asked at all.
    #[error("the provider's configuration does not make a request: {0}")]
    Unusable(&'static str),
}

impl TransportError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Connect(_) | Self::Broken(_) => Code::UpstreamUnreachable,
            Self::Timeout(_) => Code::UpstreamTimeout,
            Self::Token(_) => Code::UpstreamCredential,
            Self::Unusable(_) => Code::Internal,
        }
    }
}

/// Sends the request and waits for the answer's head.
pub(super) async fn send(
    shared: &Shared,
    cleared: &Cleared,
    sent: &Sent,
    encoded: encode::Request,
) -> Result<http::Response<UpstreamBody>, TransportError> {
    let provider = &sent.provider;
    let within = provider.times.first_byte.min(provider.times.total);
    let answer = async {
        let mut request = request(shared, cleared, sent, encoded).await?;
        let ask = cleared.inspected().limited().permitted.ask();
        let Some(knock) = &ask.socket else {
            return provider.transport.clone().oneshot(request).await;
        };
        request.headers_mut().remove(ACCEPT);
        knock.ask(request.headers_mut());
        provider.sockets.clone().oneshot(request).await
    };
    tokio::time::timeout(within, answer)
        .await
        .map_err(|_| TransportError::Timeout(within))?
}

async fn request(
    shared: &Shared,
    cleared: &Cleared,
    sent: &Sent,
    encoded: encode::Request,
) -> Result<http::Request<Full<Bytes>>, TransportError> {
    let ask = cleared.inspected().limited().permitted.ask();
    let provider = &sent.provider;
    let body = encoded.body.clone();
    let mut request = http::Request::builder()
        .method(encoded.method)
        .uri(encoded.address)
        .body(Full::new(encoded.body))
        .map_err(|_| TransportError::Unusable("base_url and path make no address"))?;
    let headers = request.headers_mut();
    if !body.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(
        ACCEPT,
        accepted(encoded.voice, encoded.framing, ask.facts.stream),
    );
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("marshal/", env!("CARGO_PKG_VERSION"))),
    );
    for (name, value) in &provider.headers {
        headers.insert(name.clone(), value.clone());
    }
    if encoded.same {
        for (name, value) in &ask.along {
            headers.insert(name.clone(), value.clone());
        }
    }
    if shared.telemetry.traceparent_to_providers
        && let Ok(value) = HeaderValue::from_str(&sent.traceparent())
    {
        headers.insert("traceparent", value);
    }
    headers.remove(HOST);
    authenticate(shared, &mut request, &provider.credential, &body).await?;
    Ok(request)
}

/// What kind of answer is asked for. What makes pictures, sound or files is not told what to make.
fn accepted(voice: Voice, framing: Framing, stream: bool) -> HeaderValue {
    let media = match voice {
        Voice::Task(..) if !stream => "*/*",
        _ if stream => match framing {
            Framing::Sse => "text/event-stream",
            Framing::Ndjson => "application/x-ndjson",
            Framing::JsonArray => "application/json",
            Framing::EventStream | Framing::Chunks => "application/vnd.amazon.eventstream",
        },
        _ => "application/json",
    };
    HeaderValue::from_static(media)
}

/// The one place where a provider's key is exposed: it goes into the request's own header.
async fn authenticate(
    shared: &Shared,
    request: &mut http::Request<Full<Bytes>>,
    credential: &UpstreamCredential,
    body: &[u8],
) -> Result<(), TransportError> {
    let (name, text) = match credential {
        UpstreamCredential::None => return Ok(()),
        UpstreamCredential::Bearer(secret) => {
            (AUTHORIZATION, format!("Bearer {}", secret.expose()))
        }
        UpstreamCredential::Header(name, secret) => (name.clone(), secret.expose().to_owned()),
        UpstreamCredential::Google(source) => {
            let token = source
                .token()
                .await
                .map_err(|error| TransportError::Token(error.to_string()))?;
            (AUTHORIZATION, format!("Bearer {}", token.expose()))
        }
        UpstreamCredential::Aws(credentials) => {
            return sign(shared, request, credentials, body);
        }
    };
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| TransportError::Unusable("the API key is no header value"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

/// Adds Amazon's signature over the request as it is about to be sent.
fn sign(
    shared: &Shared,
    request: &mut http::Request<Full<Bytes>>,
    credentials: &AwsCredentials,
    body: &[u8],
) -> Result<(), TransportError> {
    let uri = request.uri().clone();
    let host = uri.authority().map_or("", http::uri::Authority::as_str);
    let media = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|media| media.to_str().ok());
    let headers: Vec<(&str, &str)> = media
        .map(|media| ("content-type", media))
        .into_iter()
        .collect();
    let signed = credentials.sign(
        AwsService::Bedrock,
        &Signable {
            method: request.method().as_str(),
            host,
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            headers: &headers,
            body,
        },
        shared.clock.now(),
    );
    for (name, text) in signed {
        let mut value = HeaderValue::try_from(text)
            .map_err(|_| TransportError::Unusable("the AWS credentials make no header value"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
    Ok(())
}
