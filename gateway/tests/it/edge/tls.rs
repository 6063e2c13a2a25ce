//! TLS on both sides: the data plane's own certificate, and a provider behind a private authority.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::wire::{Certificates, call, https, run, whole};
use crate::lifecycle::fails_to_serve;
use crate::support::{Dialect, Setup, Speech, holds, of_call, the};

fn with_tls(cert: &Path, key: &Path) -> String {
    format!(
        "tls: {{cert: \"{}\", key: \"{}\"}}\nproviders: {{demo: {{}}}}\n",
        cert.display(),
        key.display()
    )
}

#[test]
fn over_tls_http2_and_http1_are_agreed_upon() {
    let Some(certificates) = Certificates::make() else {
        return;
    };
    let gateway = Setup::with(with_tls(&certificates.cert(), &certificates.key())).start();
    let base = format!("https://localhost:{}", gateway.data.port());
    assert!(
        gateway
            .stdout()
            .contains(&format!("curl https://{}", gateway.data)),
        "{}",
        gateway.stdout()
    );
    let question = Dialect::OpenAi.says("demo-chat", "hello");
    let mut streamed = question.clone();
    streamed["stream"] = json!(true);
    for (http2, version) in [
        (true, http::Version::HTTP_2),
        (false, http::Version::HTTP_11),
    ] {
        run(async {
            let client = https(&certificates, http2);
            for _ in 0..2 {
                let answer = client
                    .request(call(&base, &gateway.key, &question))
                    .await
                    .unwrap();
                assert_eq!((answer.version(), answer.status().as_u16()), (version, 200));
                assert!(holds(&whole(answer).await, "choices"));
            }
            let answer = client
                .request(call(&base, &gateway.key, &streamed))
                .await
                .unwrap();
            let heard = Dialect::OpenAi.heard_in(&whole(answer).await);
            assert!(heard.ended && heard.text.contains("hello"), "{heard:?}");
        });
    }
}

#[test]
fn a_client_that_speaks_no_tls_does_the_tls_port_no_harm() {
    let Some(certificates) = Certificates::make() else {
        return;
    };
    let mut gateway = Setup::with(with_tls(&certificates.cert(), &certificates.key())).start();
    let mut stranger = TcpStream::connect(gateway.data).unwrap();
    stranger
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .unwrap();
    let _ = stranger.read_to_end(&mut Vec::new());
    assert!(gateway.is_running());
    run(async {
        let request = call(
            &format!("https://localhost:{}", gateway.data.port()),
            &gateway.key,
            &Dialect::OpenAi.says("demo-chat", "hello"),
        );
        assert_eq!(
            https(&certificates, true)
                .request(request)
                .await
                .unwrap()
                .status(),
            200
        );
    });
}

#[test]
fn bad_tls_files_are_named_in_a_sentence() {
    let Some(certificates) = Certificates::make() else {
        return;
    };
    let (cert, key) = (certificates.cert(), certificates.key());
    let missing = cert.with_file_name("missing.pem");
    for (cert, key, says) in [
        (&missing, &key, "tls.cert: there is no such file"),
        (&key, &key, "holds no PEM certificate"),
        (&cert, &cert, "holds no PEM private key"),
        (
            &cert,
            &certificates.other_key(),
            "is not the key of the certificate",
        ),
    ] {
        let said = fails_to_serve(&with_tls(cert, key));
        assert!(said.contains(says), "{said}");
        assert_eq!(
            said.trim().lines().count(),
            1 + usize::from(said.contains("1 mistake")),
            "{said}"
        );
    }
}

/// A provider that speaks TLS and answers every request with the same thing.
fn tls_provider(certificates: &Certificates) -> SocketAddr {
    let chain = CertificateDer::pem_file_iter(certificates.cert())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(certificates.key()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = Arc::new(
        config
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Ends with the test's process: it holds nothing.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tls = ServerConnection::new(config.clone()).unwrap();
            answer_once(StreamOwned::new(tls, stream.unwrap()));
        }
    });
    address
}

fn answer_once(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut read = Vec::new();
    while !holds(&read, "\"hello\"") {
        let mut block = [0; 4_096];
        match stream.read(&mut block) {
            Ok(count @ 1..) => read.extend_from_slice(&block[..count]),
            _ => return,
        }
    }
    let body = Dialect::OpenAi.answers("fine").to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()));
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

#[test]
fn a_provider_behind_a_private_authority_is_called_only_by_who_trusts_it() {
    let Some(certificates) = Certificates::make() else {
        return;
    };
    let port = tls_provider(&certificates).port();
    let entry = |name: &str, host: &str, rest: &str| {
        format!(
            "  {name}: {{base_url: \"https://{host}:{port}/v1\", models: [{{name: m, price: free}}]{rest}}}\n"
        )
    };
    let ca = format!(", tls_ca: \"{}\"", certificates.ca().display());
    let config = format!(
        "providers:\n{}{}{}",
        entry("trusted", "localhost", &ca),
        entry("stranger", "localhost", ""),
        // The certificate does not name this address.
        entry("misnamed", "127.0.0.2", &ca),
    );
    let gateway = Setup::with(config).start();
    let ask = |model: &str| gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says(model, "hello"));
    assert_eq!(ask("trusted/m").status, 200);
    for model in ["stranger/m", "misnamed/m"] {
        let answer = ask(model);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "upstream_unreachable"),
            "{model}"
        );
        assert_eq!(
            the(&of_call(&gateway.records(), &answer.call()), "abort")["code"],
            "upstream_unreachable"
        );
    }
    let wrong = format!(
        "providers:\n{}",
        entry(
            "up",
            "localhost",
            &format!(", tls_ca: \"{}\"", certificates.key().display())
        )
    );
    let said = fails_to_serve(&wrong);
    assert!(
        said.contains("tls_ca") && said.contains("holds no PEM certificate"),
        "{said}"
    );
}
