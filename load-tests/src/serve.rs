//! The HTTP/1.1 server under the mock and the replay provider: one thread, keep-alive, no delay.

use std::convert::Infallible;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::error::Error;
use crate::frames::Frames;

/// Something that answers whole requests.
pub trait Provider: Send + Sync + 'static {
    /// The answer to one request, whose body has been read.
    fn answer(&self, request: Request<Bytes>) -> impl Future<Output = Response<Frames>> + Send;
}

/// Listens on `address`; port 0 takes a free one.
///
/// # Errors
/// [`Error::Io`] if the address is taken or not of this machine.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(Error::io(format!("cannot listen on {address}")))
}

/// Prints `listening on ADDRESS` as a line of its own, for whoever started this program.
///
/// # Errors
/// [`Error::Io`] if standard output is closed.
pub fn announce(listener: &TcpListener) -> Result<(), Error> {
    let address = listener
        .local_addr()
        .map_err(Error::io("cannot learn the bound address"))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {address}")
        .and_then(|()| out.flush())
        .map_err(Error::io("cannot write to standard output"))
}

/// Serves until the caller drops the future.
pub async fn run<P: Provider>(listener: TcpListener, provider: Arc<P>) {
    loop {
        // A refused accept (too many open files, say) is over as soon as a connection closes.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        tokio::spawn(connection(stream, Arc::clone(&provider)));
    }
}

/// A JSON answer.
#[must_use]
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Frames> {
    let mut response = Response::new(Frames::whole(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

async fn connection<P: Provider>(stream: TcpStream, provider: Arc<P>) {
    // Without this a stream's small chunks wait for the other side's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let provider = Arc::clone(&provider);
        async move { Ok::<_, Infallible>(whole(&*provider, request).await) }
    });
    // An error here is the other side's leaving, or a break that was asked for.
    let _ = http1::Builder::new()
        .keep_alive(true)
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn whole<P: Provider>(provider: &P, request: Request<Incoming>) -> Response<Frames> {
    let (parts, body) = request.into_parts();
    match body.collect().await {
        Ok(body) => {
            provider
                .answer(Request::from_parts(parts, body.to_bytes()))
                .await
        }
        Err(_) => json(
            StatusCode::BAD_REQUEST,
            r#"{"error":{"message":"the request body ended early","type":"invalid_request_error"}}"#,
        ),
    }
}
