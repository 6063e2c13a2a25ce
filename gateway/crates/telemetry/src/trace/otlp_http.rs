//! The smallest HTTP client that carries spans: one blocking HTTP/1.1 POST a batch, on the exporting thread.
//!
//! The SDK's batch processor polls the exporter on a thread without a runtime, so an async client has no
//! reactor there; blocking is right where nothing else runs.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, RETRY_AFTER, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use opentelemetry_http::{HttpClient, HttpError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_HEAD: usize = 16 * 1024;
/// A collector's answer is a few bytes; what is longer is not read.
const MAX_BODY: usize = 64 * 1024;

/// Sends requests to `http://` addresses, each over a connection of its own and within one deadline.
#[derive(Debug)]
pub(super) struct OtlpHttp {
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
}

impl OtlpHttp {
    /// Adds `headers` to every request; each request is over after `timeout`, well or not.
    pub(super) const fn new(headers: Vec<(HeaderName, HeaderValue)>, timeout: Duration) -> Self {
        Self { headers, timeout }
    }

    fn send(&self, request: &Request<Bytes>) -> io::Result<Response<Bytes>> {
        let deadline = Instant::now() + self.timeout;
        let mut stream = connect(request, deadline)?;
        write_all(&mut stream, &self.head(request), deadline)?;
        write_all(&mut stream, request.body(), deadline)?;
        receive(&mut stream, deadline)
    }

    fn head(&self, request: &Request<Bytes>) -> Vec<u8> {
        let uri = request.uri();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let length = request.body().len();
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n"
        )
        .into_bytes();
        let own = self.headers.iter().map(|(name, value)| (name, value));
        for (name, value) in request.headers().iter().chain(own) {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

#[async_trait::async_trait]
impl HttpClient for OtlpHttp {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Ok(self.send(&request)?)
    }
}

fn connect(request: &Request<Bytes>, deadline: Instant) -> io::Result<TcpStream> {
    let uri = request.uri();
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, uri.port_u16().unwrap_or(80)).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?.min(CONNECT_TIMEOUT)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Reads the status, the header fields and, if its length is told or the end of the connection tells it,
/// the body.
fn receive(stream: &mut TcpStream, deadline: Instant) -> io::Result<Response<Bytes>> {
    let mut bytes = Vec::with_capacity(1_024);
    let body_at = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if bytes.len() > MAX_HEAD || read_some(stream, &mut bytes, deadline)? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    };
    let (status, headers) = parse_head(&bytes[..body_at])?;
    bytes.drain(..body_at);
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if headers.contains_key(TRANSFER_ENCODING) {
        bytes.clear(); // only a remark on spans refused in part; not worth decoding chunks for
    } else {
        let wanted = length.unwrap_or(MAX_BODY).min(MAX_BODY);
        while bytes.len() < wanted && read_some(stream, &mut bytes, deadline)? > 0 {}
        bytes.truncate(wanted);
    }
    let mut response = Response::new(Bytes::from(bytes));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The status and the fields that matter here: two for the body's length, one for the next try.
fn parse_head(head: &[u8]) -> io::Result<(StatusCode, HeaderMap)> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let head = std::str::from_utf8(head).map_err(|_| bad())?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .filter(|line| line.starts_with("HTTP/1."))
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(bad)?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        for known in [CONTENT_LENGTH, TRANSFER_ENCODING, RETRY_AFTER] {
            if name.eq_ignore_ascii_case(known.as_str()) {
                headers.insert(known, value.trim().parse().map_err(|_| bad())?);
            }
        }
    }
    Ok((status, headers))
}

/// As `Write::write_all`, but a peer that takes a byte at a time cannot stretch the deadline.
fn write_all(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(deadline)?))?;
        match stream.write(bytes)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}

fn read_some(stream: &mut TcpStream, into: &mut Vec<u8>, deadline: Instant) -> io::Result<usize> {
    let mut some = [0; 4_096];
    stream.set_read_timeout(Some(left(deadline)?))?;
    let read = stream.read(&mut some)?;
    into.extend_from_slice(&some[..read]);
    Ok(read)
}

/// The time until `deadline`; never zero, which a socket takes for no timeout at all.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Sends one request to a server that answers with `answer` and returns both sides' view.
    fn exchange(answer: &'static [u8]) -> (io::Result<Response<Bytes>>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = vec![0; 4_096];
            let mut length = 0;
            while !seen[..length].ends_with(b"spans") {
                length += stream.read(&mut seen[length..]).unwrap();
            }
            stream.write_all(answer).unwrap();
            String::from_utf8(seen[..length].to_vec()).unwrap()
        });
        let client = OtlpHttp::new(
            vec![("x-token".parse().unwrap(), "t0".parse().unwrap())],
            Duration::from_secs(5),
        );
        let request = Request::post(format!("http://{address}/v1/traces"))
            .header("content-type", "application/x-protobuf")
            .body(Bytes::from_static(b"spans"))
            .unwrap();
        let response = client.send(&request);
        (response, server.join().unwrap())
    }

    #[test]
    fn a_collector_that_never_answers_is_given_up_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = OtlpHttp::new(Vec::new(), Duration::from_millis(20));
        let request = Request::post(format!("http://{address}/v1/traces"))
            .body(Bytes::from(vec![0; 16 << 20])) // more than the sockets' buffers hold
            .unwrap();
        assert!(client.send(&request).is_err());
    }

    #[test]
    fn a_batch_is_one_post_with_its_headers() {
        let (response, seen) = exchange(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokmore");
        assert_eq!(response.unwrap().body().as_ref(), b"ok");
        assert!(seen.starts_with("POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1:"));
        assert!(seen.contains("\r\ncontent-length: 5\r\n"));
        assert!(seen.contains("\r\ncontent-type: application/x-protobuf\r\n"));
        assert!(seen.ends_with("\r\nx-token: t0\r\n\r\nspans"));
    }

    #[test]
    fn a_busy_collector_says_when_to_come_back() {
        let (response, _) = exchange(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\nlater");
        let response = response.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "7");
        assert_eq!(response.body().as_ref(), b"later");
    }

    #[test]
    fn chunks_are_not_taken_for_a_body() {
        let (response, _) =
            exchange(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        assert!(response.unwrap().body().is_empty());
    }

    #[test]
    fn an_answer_that_is_not_http_is_an_error() {
        assert!(exchange(b"SSH-2.0-x\r\n\r\n").0.is_err());
        assert!(exchange(b"").0.is_err());
        assert!(exchange(b"HTTP/1.1 two\r\n\r\n").0.is_err());
    }
}
