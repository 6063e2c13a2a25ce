//! Clients that speak HTTP/2 or TLS, and the certificates that they trust.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::support::{Folder, PATIENCE};

/// Runs a client, and gives it up when it takes too long.
pub(crate) fn run<T>(client: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, client)
            .await
            .expect("an answer in time")
    })
}

/// A call in the OpenAI dialect.
pub(crate) fn call(base: &str, key: &str, body: &Value) -> http::Request<Full<Bytes>> {
    http::Request::post(format!("{base}/v1/chat/completions"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap()
}

/// A cleartext HTTP/2 connection with prior knowledge.
pub(crate) async fn http2(to: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

/// The whole of an answer's body.
pub(crate) async fn whole(response: http::Response<Incoming>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

/// An HTTPS client that trusts one authority, and speaks HTTP/2 where that is agreed upon or HTTP/1.1 alone.
pub(crate) fn https(
    authority: &Certificates,
    http2: bool,
) -> Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(authority.ca()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_only()
        .enable_http1();
    let connector = if http2 {
        connector.enable_http2().build()
    } else {
        connector.build()
    };
    Client::builder(TokioExecutor::new()).build(connector)
}

/// An authority of the test's own, and a certificate for `localhost` by it.
#[derive(Debug)]
pub(crate) struct Certificates(Folder);

impl Certificates {
    /// Makes them; says so and gives nothing where there is no `openssl`.
    pub(crate) fn make() -> Option<Self> {
        let folder = Folder::new();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        let script = format!(
            "set -e
            openssl req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority
            openssl req {key} -keyout key.pem -out leaf.csr -subj /CN=localhost
            echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' > leaf.ext
            openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.ext -out cert.pem"
        );
        if Command::new("openssl").arg("version").output().is_err() {
            crate::support::skipped("openssl, which makes the certificates, is not installed");
            return None;
        }
        let made = Command::new("sh")
            .arg("-c")
            .arg(script)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Some(Self(folder))
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    pub(crate) fn cert(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    /// A key that belongs to another certificate.
    pub(crate) fn other_key(&self) -> PathBuf {
        self.0.path().join("ca.key")
    }
}
