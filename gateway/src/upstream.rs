//! A provider over the network: hyper-util's client with hyper-rustls, one connection pool each.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_rustls::builderstates::WantsProtocols1;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use marshal_pipeline::{BoxError, Transport, TransportError, UpstreamBody};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tower::{ServiceExt, service_fn};

use crate::assemble::chain;

/// Connections that wait for the next call, for each provider.
const IDLE_CONNECTIONS: usize = 256;

/// What another machine said.
pub(crate) struct Answered {
    pub status: u16,
    /// As much of its body as was to be read.
    pub body: Bytes,
    /// Whether that is all of it.
    pub whole: bool,
}

/// Asks a machine that is no provider; of its answer at most so many bytes are read.
///
/// # Errors
/// Why there is none, with its causes.
pub(crate) async fn ask(
    transport: Transport,
    request: http::Request<Full<Bytes>>,
    most: usize,
) -> Result<Answered, String> {
    let answer = transport.oneshot(request).await;
    let answer = answer.map_err(|error| chain(error.source().unwrap_or(&error)))?;
    let status = answer.status().as_u16();
    let (mut answered, mut body, mut whole) = (answer.into_body(), Vec::new(), true);
    while let Some(frame) = answered.frame().await {
        // Its status counts, whatever becomes of the rest.
        let Ok(frame) = frame else {
            whole = false;
            break;
        };
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if body.len() + data.len() > most {
            whole = false;
            break;
        }
        body.extend_from_slice(data);
    }
    Ok(Answered {
        status,
        body: body.into(),
        whole,
    })
}

/// A transport to a provider.
///
/// # Errors
/// A sentence if the private CA cannot be read.
pub(crate) fn transport(connect: Duration, private_ca: Option<&Path>) -> Result<Transport, String> {
    let connector = over(private_ca)?.enable_http1().enable_http2();
    Ok(client(connector.wrap_connector(tcp(connect))))
}

/// A transport for what becomes a socket: only HTTP/1.1 hands a connection over.
///
/// # Errors
/// A sentence if the private CA cannot be read.
pub(crate) fn sockets(connect: Duration, private_ca: Option<&Path>) -> Result<Transport, String> {
    let connector = over(private_ca)?.enable_http1();
    Ok(client(connector.wrap_connector(tcp(connect))))
}

fn tcp(connect: Duration) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect));
    tcp.set_keepalive(Some(Duration::from_secs(60)));
    tcp.enforce_http(false);
    tcp
}

fn over(private_ca: Option<&Path>) -> Result<HttpsConnectorBuilder<WantsProtocols1>, String> {
    let tls = tls(private_ca)?;
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http())
}

fn client(connector: HttpsConnector<HttpConnector>) -> Transport {
    let client: Client<HttpsConnector<HttpConnector>, Full<Bytes>> =
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .build(connector);
    Transport::new(service_fn(move |request| {
        let sent = client.request(request);
        async move { sent.await.map(into_body).map_err(into_error) }
    }))
}

/// Whom to trust: the usual authorities, and those of a file.
///
/// # Errors
/// A sentence if the private CA cannot be read.
pub(crate) fn tls(private_ca: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(file) = private_ca {
        let unreadable = || {
            format!(
                "tls_ca: {} holds no PEM certificate that can be read",
                file.display()
            )
        };
        let mut found = 0;
        for certificate in CertificateDer::pem_file_iter(file).map_err(|_| unreadable())? {
            roots
                .add(certificate.map_err(|_| unreadable())?)
                .map_err(|_| unreadable())?;
            found += 1;
        }
        if found == 0 {
            return Err(unreadable());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn into_body(response: http::Response<hyper::body::Incoming>) -> http::Response<UpstreamBody> {
    response.map(|body| {
        body.map_err(|error| -> BoxError { Box::new(error) })
            .boxed_unsync()
    })
}

fn into_error(error: hyper_util::client::legacy::Error) -> TransportError {
    if error.is_connect() {
        TransportError::Connect(Box::new(error))
    } else {
        TransportError::Broken(Box::new(error))
    }
}
