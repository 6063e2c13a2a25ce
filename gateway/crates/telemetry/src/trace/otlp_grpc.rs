//! OTLP over gRPC: one unary call a batch over HTTP/2, on the exporting thread. The exporter speaks HTTP, so what a gRPC
//! collector answers is told to it as the HTTP status that means the same.

use std::io;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, TE};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_http::{HttpClient, HttpError};

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// A collector's answer is a few bytes; one that is longer is an error.
const MAX_BODY: usize = 64 * 1024;
/// A message is preceded by whether it is compressed and by its length.
const PREFIX: usize = 5;

/// Sends messages to `http://` addresses, each over a connection of its own and within one deadline.
#[derive(Debug)]
pub(super) struct OtlpGrpc {
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
}

impl OtlpGrpc {
    /// Adds `headers` to every call; each is over after `timeout`, well or not.
    pub(super) const fn new(headers: Vec<(HeaderName, HeaderValue)>, timeout: Duration) -> Self {
        Self { headers, timeout }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The thread has no runtime, and one that was kept could not be dropped just anywhere.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            tokio::time::timeout(self.timeout, self.exchange(request))
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let uri = request.uri();
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(80);
        let stream = tokio::net::TcpStream::connect((host, port)).await?;
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await?;
        let call = self.call(&request)?;
        let answer = async {
            let (head, body) = sender.send_request(call).await?.into_parts();
            let body = Limited::new(body, MAX_BODY).collect().await?;
            // An answer without a message has its status among the head's fields.
            let trailers = body.trailers().cloned().unwrap_or_default();
            let status = status_of(&trailers).or_else(|| status_of(&head.headers));
            Ok(answer(head.status, status, body.to_bytes()))
        };
        tokio::select! {
            answer = answer => answer,
            ended = connection => match ended {
                Ok(()) => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Err(error) => Err(error.into()),
            },
        }
    }

    fn call(&self, request: &Request<Bytes>) -> Result<Request<Full<Bytes>>, HttpError> {
        let mut uri = request.uri().clone().into_parts();
        uri.path_and_query = Some(http::uri::PathAndQuery::from_static(METHOD));
        let mut call =
            Request::post(Uri::from_parts(uri)?).body(Full::new(framed(request.body())?))?;
        let headers = call.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        Ok(call)
    }
}

#[async_trait::async_trait]
impl HttpClient for OtlpGrpc {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.send(request)
    }
}

fn framed(message: &Bytes) -> io::Result<Bytes> {
    let length = u32::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(0); // not compressed
    framed.put_u32(length);
    framed.put_slice(message);
    Ok(framed.freeze())
}

fn status_of(headers: &HeaderMap) -> Option<u16> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// What came, as HTTP says it: the exporter tries 503 and 429 again and nothing else.
fn answer(http: StatusCode, grpc: Option<u16>, mut body: Bytes) -> Response<Bytes> {
    let status = match (http, grpc) {
        (StatusCode::OK, Some(0)) => StatusCode::OK,
        // Cancelled, deadline, aborted, out of range, unavailable, data loss: OTLP says to try these again.
        (StatusCode::OK, Some(1 | 4 | 10 | 11 | 14 | 15)) => StatusCode::SERVICE_UNAVAILABLE,
        (StatusCode::OK, Some(8)) => StatusCode::TOO_MANY_REQUESTS,
        (StatusCode::OK, Some(7 | 16)) => StatusCode::UNAUTHORIZED,
        (StatusCode::OK, _) => StatusCode::BAD_GATEWAY,
        (other, _) => other,
    };
    let message = if body.len() >= PREFIX {
        body.split_off(PREFIX)
    } else {
        Bytes::new()
    };
    let mut answer = Response::new(message);
    *answer.status_mut() = status;
    answer
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::SocketAddr;
    use std::sync::mpsc::{Receiver, channel};

    use http_body_util::StreamBody;
    use hyper::body::{Frame, Incoming};
    use hyper::service::service_fn;

    use super::*;

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
                    let mut answer =
                        Response::new(StreamBody::new(futures_util::stream::iter(frames)));
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
        let client = OtlpGrpc::new(vec![token], Duration::from_secs(5));
        let spans = Bytes::from_static(b"spans");
        client.send(Request::post(format!("http://{to}/")).body(spans).unwrap())
    }

    #[test]
    fn a_batch_is_one_unary_call_with_its_headers() {
        let (address, sight) = collector("0", false);
        assert_eq!(send(address).unwrap().status(), 200);
        let (head, body) = sight.recv().unwrap();
        assert_eq!(head.uri.path(), METHOD);
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
            use std::io::{Read, Write};
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
        let client = OtlpGrpc::new(Vec::new(), Duration::from_millis(20));
        let request = Request::post(format!("http://{address}/")).body(Bytes::new());
        assert!(client.send(request.unwrap()).is_err());
    }
}
