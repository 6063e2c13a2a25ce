//! The built-in demo provider as a transport: the real wire formats, without a network.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use marshal_pipeline::{BoxError, Transport, TransportError, UpstreamBody};
use marshal_types::Dialect;
use tower::service_fn;

/// Answers within this process.
pub(crate) fn transport() -> Transport {
    Transport::new(service_fn(answer))
}

async fn answer(
    request: http::Request<Full<Bytes>>,
) -> Result<http::Response<UpstreamBody>, TransportError> {
    let embeddings = request.uri().path().ends_with("/embeddings");
    let dialect = if request.uri().path().ends_with("/messages") {
        Dialect::Anthropic
    } else {
        Dialect::OpenAi
    };
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(never) => match never {},
    };
    let answer = if embeddings {
        marshal_demo::answer_embeddings(&body)
    } else {
        marshal_demo::answer(dialect, &body)
    };
    let frames = answer
        .chunks
        .into_iter()
        .map(|chunk| Ok::<_, Infallible>(Frame::data(chunk)));
    let body = StreamBody::new(futures_util::stream::iter(frames))
        .map_err(|never| -> BoxError { match never {} });
    let mut response = http::Response::new(body.boxed_unsync());
    *response.status_mut() =
        http::StatusCode::from_u16(answer.status).unwrap_or(http::StatusCode::OK);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(answer.content_type),
    );
    Ok(response)
}
