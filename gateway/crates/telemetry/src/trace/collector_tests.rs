//! One collector at a time, over both protocols.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};

use http::header::HeaderMap;
use http_body_util::StreamBody;
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;

use hyper_util::rt::TokioIo;

use super::*;

fn collector_of(
    protocol: OtlpProtocol,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
) -> Collector {
    Collector::new(protocol, headers, timeout, None).unwrap()
}

/// A collector for one connection that answers with this status, behind a message or alone.
fn collector(
    status: &'static str,
    alone: bool,
) -> (SocketAddr, Receiver<(http::request::Parts, Bytes)>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, sight) = channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let serve = |request: Request<Incoming>| {
            let seen = seen.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                seen.send((head, body)).unwrap();
                let mut fields = HeaderMap::new();
                fields.insert("grpc-status", HeaderValue::from_static(status));
                let message = Frame::data(Bytes::from_static(&[0, 0, 0, 0, 0]));
                let frames = if alone {
                    Vec::new()
                } else {
                    vec![message, Frame::trailers(fields.clone())]
                };
                let frames = frames.into_iter().map(Ok::<_, Infallible>);
                let mut answer = Response::new(StreamBody::new(futures_util::stream::iter(frames)));
                if alone {
                    *answer.headers_mut() = fields;
                }
                Ok::<_, Infallible>(answer)
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let served = builder.serve_connection(TokioIo::new(stream), service_fn(serve));
            let _ = served.await; // the client hangs up when it has its answer
        });
    });
    (address, sight)
}

fn send(to: SocketAddr) -> Result<Response<Bytes>, HttpError> {
    let token = ("x-token".parse().unwrap(), "t0".parse().unwrap());
    let client = collector_of(OtlpProtocol::Grpc, vec![token], Duration::from_secs(30));
    let spans = Bytes::from_static(b"spans");
    client.send(Request::post(format!("http://{to}/")).body(spans).unwrap())
}

#[test]
fn a_batch_is_one_unary_call_with_its_headers() {
    let (address, sight) = collector("0", false);
    assert_eq!(send(address).unwrap().status(), 200);
    let (head, body) = sight.recv().unwrap();
    assert_eq!(
        head.uri.path(),
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    );
    assert_eq!(head.headers["content-type"], "application/grpc");
    assert_eq!(head.headers["te"], "trailers");
    assert_eq!(head.headers["x-token"], "t0");
    assert_eq!(body.as_ref(), b"\0\0\0\0\x05spans");
}

#[test]
fn what_a_collector_refuses_is_an_error_and_what_is_worth_another_try_says_so() {
    for (status, alone, http) in [
        ("14", true, 503),
        ("8", true, 429),
        ("16", true, 401),
        ("3", true, 502),
        ("14", false, 503),
    ] {
        let (address, _sight) = collector(status, alone);
        assert_eq!(send(address).unwrap().status(), http, "{status}");
    }
}

#[test]
fn a_collector_that_does_not_speak_http_2_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read(&mut [0; 64]);
    });
    assert!(send(address).is_err());
}

#[test]
fn a_collector_that_never_answers_is_given_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = collector_of(OtlpProtocol::Grpc, Vec::new(), Duration::from_millis(20));
    let request = Request::post(format!("http://{address}/")).body(Bytes::new());
    assert!(client.send(request.unwrap()).is_err());
}

/// Sends one request to a server that answers with `answer` and returns both sides' view.
fn exchange(answer: &'static [u8]) -> (Result<Response<Bytes>, HttpError>, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = vec![0; 4_096];
        let mut length = 0;
        while !seen[..length].ends_with(b"spans") {
            let read = stream.read(&mut seen[length..]).unwrap();
            assert!(read > 0, "the client hung up");
            length += read;
        }
        stream.write_all(answer).unwrap();
        String::from_utf8(seen[..length].to_vec()).unwrap()
    });
    let token = ("x-token".parse().unwrap(), "t0".parse().unwrap());
    let client = collector_of(OtlpProtocol::Http, vec![token], Duration::from_secs(30));
    let request = Request::post(format!("http://{address}/v1/traces"))
        .header("content-type", "application/x-protobuf")
        .body(Bytes::from_static(b"spans"))
        .unwrap();
    let response = client.send(request);
    (response, server.join().unwrap())
}

#[test]
fn a_batch_is_one_post_with_its_headers() {
    let (response, seen) = exchange(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    assert_eq!(response.unwrap().body().as_ref(), b"ok");
    assert!(seen.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{seen}");
    for line in [
        "host: 127.0.0.1:",
        "content-length: 5\r\n",
        "content-type: application/x-protobuf\r\n",
        "x-token: t0\r\n",
    ] {
        assert!(seen.contains(&format!("\r\n{line}")), "{seen}");
    }
}

#[test]
fn a_busy_collector_says_when_to_come_back() {
    let (response, _) = exchange(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\nlater");
    let response = response.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()[http::header::RETRY_AFTER], "7");
}

#[test]
fn an_answer_that_is_not_http_is_an_error() {
    assert!(exchange(b"SSH-2.0-x\r\n\r\n").0.is_err());
    assert!(exchange(b"").0.is_err());
    assert!(exchange(b"HTTP/1.1 two\r\n\r\n").0.is_err());
}

#[test]
fn a_collector_over_http_that_never_answers_is_given_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = collector_of(OtlpProtocol::Http, Vec::new(), Duration::from_millis(20));
    let request = Request::post(format!("http://{address}/v1/traces"))
        .body(Bytes::from(vec![0; 16 << 20])) // more than the sockets' buffers hold
        .unwrap();
    assert!(client.send(request).is_err());
}
