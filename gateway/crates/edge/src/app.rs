//! One connection: pingora's stream in, hyper's codec over it, [`Serve`] behind it.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use marshal_types::{Code, Refusal};
use pin_project_lite::pin_project;
use pingora_core::apps::ServerApp;
use pingora_core::protocols::{ALPN, Stream};
use pingora_core::server::ShutdownWatch;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::Drain;
use crate::drain::{InFlight, Phase};
use crate::gate::{Gate, HeadLimits, Offence, Protocol, Times, take_offence};

/// What a connection may take, in bytes and in time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of a request's head.
    pub head: HeadLimits,
    /// How long the edge waits for what.
    pub times: Times,
    /// Streams that one HTTP/2 connection may have open.
    pub h2_streams: u32,
    /// Connections at once; one more is closed unanswered.
    pub connections: usize,
}

/// A request as it came in.
#[derive(Debug)]
pub struct Arrived {
    /// The request; its body is not read yet.
    pub request: http::Request<Incoming>,
    /// Set if the edge already knows that the call cannot be served: it goes the way of every call nevertheless.
    pub refused: Option<Refusal>,
    /// The other end, where there is one.
    pub peer: Option<SocketAddr>,
}

/// Whatever answers requests. Cloned once a connection.
pub trait Serve: Clone + Send + Sync + 'static {
    /// The answer's body.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static;
    /// Answers one request; an error is an answer too.
    fn serve(&self, arrived: Arrived) -> impl Future<Output = http::Response<Self::Body>> + Send;
    /// Told of each connection; what it gives lives as long as the connection does.
    fn connected(&self) -> impl Send {}
}

/// What becomes of calls that arrive after the gateway was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenStopping {
    /// They are served nevertheless: health and metrics are wanted most now.
    Serve,
    /// They are refused with [`Code::Draining`].
    Refuse,
}

/// Connections that are answered by one [`Serve`], wherever their bytes come from.
#[derive(Debug)]
pub struct Connections<S> {
    serve: S,
    limits: Limits,
    drain: Drain,
    when_stopping: WhenStopping,
    open: Arc<AtomicUsize>,
}

impl<S: Serve> Connections<S> {
    /// None yet.
    pub fn new(serve: S, limits: Limits, drain: Drain, when_stopping: WhenStopping) -> Self {
        Self {
            serve,
            limits,
            drain,
            when_stopping,
            open: Arc::default(),
        }
    }

    /// Serves one connection to its end. `known`: what it speaks, where that was agreed upon already.
    pub async fn serve<I>(&self, io: I, known: Option<Protocol>, peer: Option<SocketAddr>)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let _open = Open::count(&self.open);
        if self.open.load(Ordering::Relaxed) > self.limits.connections {
            return;
        }
        let _connected = self.serve.connected();
        let Limits { head, times, .. } = self.limits;
        if let Ok((gate, protocol)) = Gate::open(io, known, head, times, &self.drain).await {
            self.speak(gate, protocol, peer).await;
        }
    }

    async fn speak<I>(&self, gate: Gate<I>, protocol: Protocol, peer: Option<SocketAddr>)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = Service {
            serve: self.serve.clone(),
            drain: self.drain.clone(),
            when_stopping: self.when_stopping,
            head: self.limits.head,
            busy: gate.busy(),
            peer,
        };
        let leaving = Leaving {
            drain: self.drain.clone(),
            busy: gate.busy(),
        };
        let io = TokioIo::new(gate);
        // A client that breaks off, or a stream that ends early, has been recorded where it was seen: the call's own body.
        match protocol {
            Protocol::Http1 => {
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(None::<Duration>)
                    .max_headers(self.limits.head.max_fields)
                    .serve_connection(io, service)
                    .with_upgrades();
                leaving
                    .drive(connection, |connection| connection.graceful_shutdown())
                    .await;
            }
            Protocol::Http2 => {
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .max_concurrent_streams(self.limits.h2_streams)
                    .max_pending_accept_reset_streams(20)
                    .max_local_error_reset_streams(64)
                    // Twice what is allowed: what is only a little too large is refused in words and on record.
                    .max_header_list_size(
                        u32::try_from(self.limits.head.max_bytes * 2).unwrap_or(u32::MAX),
                    )
                    .keep_alive_interval(Some(self.limits.times.idle))
                    .serve_connection(io, service);
                leaving
                    .drive(connection, |connection| connection.graceful_shutdown())
                    .await;
            }
        }
    }
}

/// The same as a pingora application.
pub(crate) struct App<S>(pub(crate) Connections<S>);

#[async_trait]
impl<S: Serve> ServerApp for App<S> {
    async fn process_new(
        self: &Arc<Self>,
        stream: Stream,
        _shutdown: &ShutdownWatch,
    ) -> Option<Stream> {
        let known = match stream.selected_alpn_proto() {
            Some(ALPN::H2) => Some(Protocol::Http2),
            Some(_) => Some(Protocol::Http1),
            None => None,
        };
        let peer = stream.get_socket_digest().and_then(|digest| {
            digest
                .peer_addr()
                .and_then(|address| address.as_inet().copied())
        });
        self.0.serve(stream, known, peer).await;
        None
    }
}

/// What a connection has to do with the gateway's end.
struct Leaving {
    drain: Drain,
    busy: Arc<AtomicUsize>,
}

impl Leaving {
    /// Runs a connection to its end, and tells it once when the gateway drains.
    async fn drive<C, E>(self, connection: C, stop: impl Fn(Pin<&mut C>))
    where
        C: Future<Output = Result<(), E>>,
    {
        let mut draining = self.drain.watch();
        let mut connection = std::pin::pin!(connection);
        let told = tokio::select! {
            // First, so that a request that is already here is seen before the connection is told to end.
            biased;
            _ = connection.as_mut() => false,
            changed = draining.wait_for(|phase| *phase != Phase::Serving) => changed.is_ok(),
        };
        if told {
            // An answer may be made and still lie in the codec's buffers: the connection's end is what counts now.
            let answering = self.busy.load(Ordering::Relaxed) > 0;
            let _unsent = answering.then(|| self.drain.enter());
            stop(connection.as_mut());
            let _ = connection.await;
        }
    }
}

struct Service<S> {
    serve: S,
    drain: Drain,
    when_stopping: WhenStopping,
    head: HeadLimits,
    busy: Arc<AtomicUsize>,
    peer: Option<SocketAddr>,
}

impl<S: Serve> hyper::service::Service<http::Request<Incoming>> for Service<S> {
    type Response = http::Response<Counted<S::Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: http::Request<Incoming>) -> Self::Future {
        let counted = (self.drain.enter(), Open::count(&self.busy));
        let offence = take_offence(request.headers_mut()).map(Offence::refusal);
        let refused = offence
            .or_else(|| self.too_large(&request))
            .or_else(|| self.too_late());
        // The gate does not read on after an upgrade request: if it is answered in HTTP, that is the connection's last answer.
        let upgrade = request.headers().get(http::header::UPGRADE);
        let last = refused.is_some()
            || upgrade.is_some_and(|to| !to.as_bytes().eq_ignore_ascii_case(b"h2c"));
        let is_http1 = request.version() < http::Version::HTTP_2;
        let arrived = Arrived {
            request,
            refused,
            peer: self.peer,
        };
        let serve = self.serve.clone();
        Box::pin(async move {
            let mut response = serve.serve(arrived).await;
            if last && is_http1 && response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
                response.headers_mut().insert(
                    http::header::CONNECTION,
                    http::HeaderValue::from_static("close"),
                );
            }
            Ok(response.map(|body| Counted {
                body,
                counted: Some(counted),
            }))
        })
    }
}

impl<S> Service<S> {
    /// HTTP/2 heads do not pass the gate.
    fn too_large(&self, request: &http::Request<Incoming>) -> Option<Refusal> {
        let headers = request.headers();
        let is_large = || {
            let bytes = headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len() + 4);
            headers.len() > self.head.max_fields || bytes.sum::<usize>() > self.head.max_bytes
        };
        (request.version() == http::Version::HTTP_2 && is_large())
            .then(|| Offence::TooLarge.refusal())
    }

    fn too_late(&self) -> Option<Refusal> {
        (self.when_stopping == WhenStopping::Refuse && self.drain.is_stopping()).then(|| {
            let message =
                "This gateway is shutting down and takes no new calls; send the call again.";
            Refusal::new(Code::Draining, message).retry_after(Duration::from_secs(1))
        })
    }
}

pin_project! {
    /// A body that counts as in flight until its last byte is out or it is dropped.
    pub(crate) struct Counted<B> {
        #[pin]
        body: B,
        counted: Option<(InFlight, Open)>,
    }
}

impl<B: Body> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// One more of something while it lives.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn count(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
