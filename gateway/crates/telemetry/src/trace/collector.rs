//! The way to a collector: one request a batch, over a connection of its own, with TLS where its address says so.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

use super::otlp_grpc;
use super::tracer::{OtlpProtocol, TraceError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A collector's answer is a few bytes; one that is longer is an error.
const MAX_BODY: usize = 64 * 1024;

/// Sends batches to a collector, each within one deadline.
#[derive(Debug)]
pub(super) struct Collector {
    protocol: OtlpProtocol,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
    connector: HttpsConnector<HttpConnector>,
}

impl Collector {
    /// Adds `headers` to every request; each is over after `timeout`, well or not.
    ///
    /// # Errors
    /// [`TraceError::Tls`]
    pub(super) fn new(
        protocol: OtlpProtocol,
        headers: Vec<(HeaderName, HeaderValue)>,
        timeout: Duration,
        tls: Option<ClientConfig>,
    ) -> Result<Self, TraceError> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls.map_or_else(trusting_nobody, Ok)?)
            .https_or_http();
        let connector = match protocol {
            OtlpProtocol::Http => connector.enable_http1().wrap_connector(tcp),
            OtlpProtocol::Grpc => connector.enable_http2().wrap_connector(tcp),
        };
        Ok(Self {
            protocol,
            headers,
            timeout,
            connector,
        })
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The SDK's thread has no runtime, and one that was kept could not be dropped just anywhere.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let sent = runtime.block_on(async {
            tokio::time::timeout(self.timeout, self.exchange(request))
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        });
        // A name that is still being looked up is not waited for.
        runtime.shutdown_background();
        sent
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let stream = self.connector.clone().call(request.uri().clone()).await?;
        match self.protocol {
            OtlpProtocol::Http => {
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(stream).await?;
                let answer = async { taken(sender.send_request(self.post(request)?).await?).await };
                let (head, body, _) = with(connection, answer).await?;
                Ok(Response::from_parts(head, body))
            }
            OtlpProtocol::Grpc => {
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await?;
                let call = self.dressed(otlp_grpc::call(&request)?);
                let answer = async { taken(sender.send_request(call).await?).await };
                let (head, body, trailers) = with(connection, answer).await?;
                let status =
                    otlp_grpc::status_of(&trailers).or_else(|| otlp_grpc::status_of(&head.headers));
                Ok(otlp_grpc::answer(head.status, status, body))
            }
        }
    }

    /// The exporter's request as HTTP/1.1 wants it.
    fn post(&self, request: Request<Bytes>) -> Result<Request<Full<Bytes>>, HttpError> {
        let (mut head, body) = request.into_parts();
        let host = head
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        head.headers.insert(HOST, HeaderValue::from_str(host)?);
        let path = head.uri.path_and_query().cloned();
        head.uri = path.map_or_else(Uri::default, Uri::from);
        Ok(self.dressed(Request::from_parts(head, Full::new(body))))
    }

    fn dressed(&self, mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
        for (name, value) in &self.headers {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        request
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.send(request)
    }
}

type Taken = (http::response::Parts, Bytes, http::HeaderMap);

async fn taken(response: Response<Incoming>) -> Result<Taken, HttpError> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    Ok((head, body.to_bytes(), trailers))
}

/// Drives the connection until there is the answer.
async fn with(
    connection: impl Future<Output = hyper::Result<()>>,
    answer: impl Future<Output = Result<Taken, HttpError>>,
) -> Result<Taken, HttpError> {
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        ended = connection => match ended {
            // All of it may have come with the connection's end.
            Ok(()) => answer.await,
            Err(error) => Err(error.into()),
        },
    }
}

/// Of a collector to which no TLS leads.
fn trusting_nobody() -> Result<ClientConfig, TraceError> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|_| TraceError::Tls)?;
    Ok(config
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

#[cfg(test)]
#[path = "collector_tests.rs"]
mod tests;
