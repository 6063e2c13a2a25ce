//! The mock provider: fixed answers in the right dialect, as fast as one thread gives them.
//!
//! It can fail on demand (a status, a broken stream), be slow, and write down every request that it
//! saw before it answers, so that a test knows what left the gateway.

mod answers;
pub(crate) mod seen;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use crate::dialect::Dialect;
use crate::error::Error;
use crate::frames::Frames;
use crate::serve::{self, Provider};
use answers::Answers;
use seen::Seen;

/// Options of `marshal-load mock`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free port. The first line printed says where.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    pub listen: SocketAddr,
    /// Text events in a streamed answer (at most 1,000,000).
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub chunks: u32,
    /// Wait before each event but the first, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub chunk_delay_ms: u64,
    /// Wait before each answer, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub first_delay_ms: u64,
    /// Answer with this status; from 400 on with an error in the caller's dialect.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=599))]
    pub status: u16,
    /// With --status: only every Nth request gets it (1: all).
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub fail_every: u64,
    /// With a failing --status: the answer's retry-after, in seconds.
    #[arg(long, value_name = "SECONDS")]
    pub retry_after: Option<u32>,
    /// Drop the connection after this many events of a stream.
    #[arg(long, value_name = "EVENTS")]
    pub break_after: Option<usize>,
    /// Append every request to FILE before answering it: a JSON line with n, at_us, method, path, headers, body_base64.
    #[arg(long, value_name = "FILE")]
    pub seen: Option<PathBuf>,
}

/// A provider that always says the same.
pub struct Mock {
    openai: Answers,
    anthropic: Answers,
    delay: Duration,
    first_delay: Duration,
    fault: Option<Fault>,
    break_after: Option<usize>,
    seen: Option<Seen>,
    count: AtomicU64,
}

struct Fault {
    status: StatusCode,
    every: u64,
    retry_after: Option<HeaderValue>,
}

impl Mock {
    /// Builds every answer once.
    ///
    /// # Errors
    /// [`Error::Io`] if the `seen` file cannot be opened for appending.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let chunks = usize::try_from(options.chunks).unwrap_or(usize::MAX);
        let status = StatusCode::from_u16(options.status).unwrap_or(StatusCode::OK);
        let fault = (status != StatusCode::OK).then(|| Fault {
            status,
            every: options.fail_every,
            retry_after: options.retry_after.map(HeaderValue::from),
        });
        Ok(Self {
            openai: Answers::openai(chunks),
            anthropic: Answers::anthropic(chunks),
            delay: Duration::from_millis(options.chunk_delay_ms),
            first_delay: Duration::from_millis(options.first_delay_ms),
            fault,
            break_after: options.break_after,
            seen: options.seen.as_deref().map(Seen::open).transpose()?,
            count: AtomicU64::new(0),
        })
    }

    fn chat(&self, dialect: Dialect, body: &[u8], n: u64) -> Response<Frames> {
        let answers = match dialect {
            Dialect::Openai => &self.openai,
            Dialect::Anthropic => &self.anthropic,
        };
        if let Some(fault) = self
            .fault
            .as_ref()
            .filter(|fault| n.is_multiple_of(fault.every))
        {
            return fault.response(dialect, answers);
        }
        if !wants_stream(body) {
            return serve::json(StatusCode::OK, answers.whole.clone());
        }
        let events = Arc::clone(answers.events(body));
        let pieces = (0..events.len()).map_while(move |at| events.get(at).cloned());
        let mut response = Response::new(Frames::pieces(pieces, self.delay, self.break_after));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

impl Fault {
    fn response(&self, dialect: Dialect, answers: &Answers) -> Response<Frames> {
        let body = if self.status.is_client_error() || self.status.is_server_error() {
            answers::error(dialect, self.status.as_u16())
        } else {
            answers.whole.clone()
        };
        let mut response = serve::json(self.status, body);
        if let Some(after) = &self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, after.clone());
        }
        response
    }
}

impl Provider for Mock {
    async fn answer(&self, request: Request<Bytes>) -> Response<Frames> {
        let n = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(seen) = &self.seen
            && let Err(error) = seen.append(n, &request)
        {
            // A test that relies on the file must not pass because the file is short.
            eprintln!("cannot write what was seen: {error}");
            return serve::json(
                StatusCode::INTERNAL_SERVER_ERROR,
                answers::error(Dialect::Openai, 500),
            );
        }
        if !self.first_delay.is_zero() {
            tokio::time::sleep(self.first_delay).await;
        }
        let path = request.uri().path();
        match (request.method(), Dialect::of_path(path)) {
            (&Method::POST, Some(dialect)) => self.chat(dialect, request.body(), n),
            (&Method::GET, _) if path.ends_with("/models") => {
                serve::json(StatusCode::OK, answers::MODELS)
            }
            (&Method::GET, _) if path == "/healthz" => {
                serve::json(StatusCode::OK, r#"{"ok":true}"#)
            }
            _ => serve::json(StatusCode::NOT_FOUND, answers::error(Dialect::Openai, 404)),
        }
    }
}

/// Serves until it is stopped; prints where it listens first.
///
/// # Errors
/// [`Error::Io`] if the address or the `seen` file cannot be had.
pub async fn run(options: &Options) -> Result<(), Error> {
    let mock = Arc::new(Mock::new(options)?);
    let listener = serve::bind(options.listen).await?;
    serve::announce(&listener)?;
    serve::run(listener, mock).await;
    Ok(())
}

fn wants_stream(body: &[u8]) -> bool {
    [&br#""stream":true"#[..], br#""stream": true"#]
        .iter()
        .any(|mark| memchr::memmem::find(body, mark).is_some())
}
