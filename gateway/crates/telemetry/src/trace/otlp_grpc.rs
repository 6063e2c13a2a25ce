//! OTLP over gRPC: one unary call a batch. The exporter speaks HTTP, so what a gRPC collector answers is told to it as the
//! HTTP status that means the same.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, TE};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use opentelemetry_http::HttpError;

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// A message is preceded by whether it is compressed and by its length.
const PREFIX: usize = 5;

/// The exporter's request as a call.
pub(super) fn call(request: &Request<Bytes>) -> Result<Request<Full<Bytes>>, HttpError> {
    let mut uri = request.uri().clone().into_parts();
    uri.path_and_query = Some(http::uri::PathAndQuery::from_static(METHOD));
    let mut call = Request::post(Uri::from_parts(uri)?).body(Full::new(framed(request.body())?))?;
    let headers = call.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    Ok(call)
}

fn framed(message: &Bytes) -> io::Result<Bytes> {
    let length = u32::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(0); // not compressed
    framed.put_u32(length);
    framed.put_slice(message);
    Ok(framed.freeze())
}

/// The call's status: an answer without a message has it among the head's fields.
pub(super) fn status_of(headers: &HeaderMap) -> Option<u16> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// What came, as HTTP says it: the exporter tries 503 and 429 again and nothing else.
pub(super) fn answer(http: StatusCode, grpc: Option<u16>, mut body: Bytes) -> Response<Bytes> {
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
