//! The provider as a tower service, and a request to it with its times.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use marshal_types::{Code, Dialect, Secret};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use super::encode;
use super::outcome::Sent;
use crate::{BoxError, Cleared, Shared};

/// A provider's answer, as it streams in.
pub type UpstreamBody = UnsyncBoxBody<Bytes, BoxError>;

/// Sends a request to a provider and gives its answer's head. One connection pool each.
pub type Transport =
    BoxCloneSyncService<http::Request<Full<Bytes>>, http::Response<UpstreamBody>, TransportError>;

/// What authenticates Marshal at a provider.
#[derive(Clone, Debug)]
pub enum UpstreamCredential {
    /// Nothing: a local server.
    None,
    /// `authorization: Bearer …`.
    Bearer(Secret),
    /// A header of its own, such as `x-api-key`.
    Header(HeaderName, Secret),
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
            Self::Unusable(_) => Code::Internal,
        }
    }
}

/// Sends the request and waits for the answer's head.
pub(super) async fn send(
    shared: &Shared,
    cleared: &Cleared,
    sent: &Sent,
    dialect: Dialect,
    encoded: encode::Request,
) -> Result<http::Response<UpstreamBody>, TransportError> {
    let provider = &sent.provider;
    let request = request(shared, cleared, sent, dialect, encoded)?;
    let transport = provider.transport.clone();
    let within = provider.times.first_byte.min(provider.times.total);
    tokio::time::timeout(within, transport.oneshot(request))
        .await
        .map_err(|_| TransportError::Timeout(within))?
}

fn request(
    shared: &Shared,
    cleared: &Cleared,
    sent: &Sent,
    dialect: Dialect,
    encoded: encode::Request,
) -> Result<http::Request<Full<Bytes>>, TransportError> {
    let permitted = &cleared.inspected().limited().permitted;
    let chat = permitted.chat();
    let provider = &sent.provider;
    let same_dialect = permitted.call().ctx().dialect == dialect;
    let path = shared.adapter(dialect).upstream_path(chat.facts.stream);
    let query = chat
        .along
        .query
        .as_deref()
        .filter(|_| same_dialect)
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let mut request = http::Request::post(format!("{}{path}{query}", provider.base_url))
        .body(Full::new(encoded.body))
        .map_err(|_| TransportError::Unusable("base_url and path make no address"))?;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let accept = if chat.facts.stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("marshal/", env!("CARGO_PKG_VERSION"))),
    );
    for (name, value) in &provider.headers {
        headers.insert(name.clone(), value.clone());
    }
    if same_dialect {
        for (name, value) in &chat.along.headers {
            headers.insert(name.clone(), value.clone());
        }
    }
    if shared.telemetry.traceparent_to_providers
        && let Ok(value) = HeaderValue::from_str(&sent.traceparent())
    {
        headers.insert("traceparent", value);
    }
    authenticate(headers, &provider.credential)?;
    headers.remove(HOST);
    Ok(request)
}

/// The one place where a provider's key is exposed: it goes into the request's own header.
fn authenticate(
    headers: &mut http::HeaderMap,
    credential: &UpstreamCredential,
) -> Result<(), TransportError> {
    let (name, text) = match credential {
        UpstreamCredential::None => return Ok(()),
        UpstreamCredential::Bearer(secret) => {
            (AUTHORIZATION, format!("Bearer {}", secret.expose()))
        }
        UpstreamCredential::Header(name, secret) => (name.clone(), secret.expose().to_owned()),
    };
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| TransportError::Unusable("the API key is no header value"))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}
