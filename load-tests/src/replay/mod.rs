//! The replay provider: answers with recorded provider traffic.
//!
//! A request finds its recording by method, path and JSON-equal body, the model's name aside (a
//! gateway renames it). Streams are cut anew at every byte, every N bytes, or at random, since
//! recordings do not say where the chunks began.

mod cassette;
mod cut;
mod library;
mod log;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

use crate::error::Error;
use crate::frames::Frames;
use crate::serve::{self, Provider};
pub use cassette::Recording;
pub use cut::Cut;
pub use library::{Found, How, Library};
use log::Log;

/// Options of `marshal-load replay`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free port. The first line printed says where.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9200")]
    pub listen: SocketAddr,
    /// The folder that holds cassettes/PROVIDER/API.jsonl.
    #[arg(
        long,
        value_name = "DIR",
        env = "MARSHAL_SHARED",
        default_value = "../shared"
    )]
    pub shared: PathBuf,
    /// Only these providers' recordings (repeatable; default: all that have the API).
    #[arg(long, value_name = "NAME")]
    pub provider: Vec<String>,
    /// Only these APIs (repeatable; `all` for every one).
    #[arg(long, value_name = "API", default_values = ["openai.chat", "anthropic.messages"])]
    pub api: Vec<String>,
    /// How streams are cut: 0 leaves them whole, 1 cuts at every byte, N every N bytes, `random` at 1 to 64 bytes.
    #[arg(long, value_name = "N|random", default_value = "0")]
    pub cut: CutOption,
    /// With --cut random: the seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Wait between the pieces of a stream, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub chunk_delay_ms: u64,
}

/// The value of `--cut`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutOption {
    /// Every so many bytes; 0: not at all.
    Every(usize),
    /// At random, by the seed.
    Random,
}

impl FromStr for CutOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "random" {
            return Ok(Self::Random);
        }
        text.parse()
            .map(Self::Every)
            .map_err(|_| "use a number of bytes, or the word random".to_owned())
    }
}

/// A provider that repeats what was recorded.
pub struct Replay {
    library: Library,
    cut: Cut,
    delay: Duration,
    log: Log,
}

impl Replay {
    /// Loads the recordings that `options` names.
    ///
    /// # Errors
    /// [`Error::Cassette`] names the line that cannot be read; [`Error::NoCassettes`] if there is nothing.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let recordings = cassette::load(&options.shared, &options.provider, &options.api)?;
        let cut = match options.cut {
            CutOption::Every(bytes) => Cut::every(bytes),
            CutOption::Random => Cut::random(options.seed),
        };
        Ok(Self {
            library: Library::new(recordings),
            cut,
            delay: Duration::from_millis(options.chunk_delay_ms),
            log: Log::default(),
        })
    }

    fn play(&self, recording: &Recording) -> Response<Frames> {
        let body = if recording.stream && !self.cut.is_whole() {
            Frames::pieces(self.cut.pieces(recording.body.clone()), self.delay, None)
        } else {
            Frames::whole(recording.body.clone())
        };
        let mut response = Response::new(body);
        *response.status_mut() = recording.status;
        response.headers_mut().clone_from(&recording.headers);
        response
    }

    fn control(&self, method: &Method, command: &str) -> Response<Frames> {
        match (method, command) {
            (&Method::GET, "seen") => serve::json(StatusCode::OK, self.log.lines()),
            (&Method::DELETE, "seen") => {
                self.log.clear();
                serve::json(StatusCode::OK, r#"{"ok":true}"#)
            }
            (&Method::GET, "ids") => serve::json(StatusCode::OK, self.library.list()),
            (&Method::PUT, next) => self.force(next.strip_prefix("next/").unwrap_or(next)),
            _ => serve::json(
                StatusCode::NOT_FOUND,
                r#"{"error":{"message":"use GET or DELETE seen, GET ids, or PUT next/ID"}}"#,
            ),
        }
    }

    fn force(&self, id: &str) -> Response<Frames> {
        if self.library.force(id) {
            serve::json(StatusCode::OK, r#"{"ok":true}"#)
        } else {
            unknown(id)
        }
    }

    fn find(&self, request: &Request<Bytes>) -> Result<Found<'_>, Box<Response<Frames>>> {
        let named = request.headers().get("x-replay-id");
        if let Some(id) = named.and_then(|id| id.to_str().ok()) {
            return self.library.by_id(id).ok_or_else(|| Box::new(unknown(id)));
        }
        let (method, path) = (request.method(), request.uri().path());
        self.library
            .find(method, path, request.body())
            .map_err(|miss| Box::new(serve::json(StatusCode::NOT_FOUND, miss.to_json())))
    }
}

impl Provider for Replay {
    async fn answer(&self, request: Request<Bytes>) -> Response<Frames> {
        if let Some(command) = request.uri().path().strip_prefix("/__replay/") {
            return self.control(request.method(), command);
        }
        let found = self.find(&request);
        self.log.add(&request, found.as_ref().ok());
        match found {
            Ok(found) => self.play(found.recording),
            Err(miss) => *miss,
        }
    }
}

/// Serves until it is stopped; prints where it listens first, then how much it has.
///
/// # Errors
/// As [`Replay::new`], and [`Error::Io`] if the address cannot be had.
pub async fn run(options: &Options) -> Result<(), Error> {
    let replay = Arc::new(Replay::new(options)?);
    let listener = serve::bind(options.listen).await?;
    serve::announce(&listener)?;
    println!("{} recordings", replay.library.len());
    serve::run(listener, replay).await;
    Ok(())
}

fn unknown(id: &str) -> Response<Frames> {
    let message = format!("no recording has the id {id}; GET /__replay/ids lists them");
    let body = json!({"error": {"message": message, "type": "replay_unknown_id"}});
    serve::json(StatusCode::NOT_FOUND, body.to_string())
}
