//! The load generator: as many calls as a gateway can take (closed loop), or as many a second as
//! asked for, whether it can or not (open loop).
//!
//! In the open loop a latency counts from when the call was *meant* to start, and what never ended
//! counts with the time it has waited so far: a gateway that stalls cannot hide it by stalling the
//! generator too (coordinated omission).

mod connection;
mod pace;
mod prompt;
mod response;
mod stats;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::dialect::Dialect;
use crate::error::Error;
use connection::Worker;
use pace::Pace;
pub use prompt::Call;
pub use response::{Malformed, ResponseReader};
use stats::Shared;
pub use stats::{Latencies, Report, Stats};
pub use target::Target;

/// The longest run, in seconds, warm-up included.
const LONGEST_S: f64 = 120.0;
/// The most calls of one run.
const MOST_CALLS: u64 = 50_000_000;
/// The most connections of one run.
const MOST_CONNECTIONS: usize = 20_000;
/// The highest rate of an open loop, in calls a second.
const HIGHEST_RATE: f64 = 1_000_000.0;

/// Options of `marshal-load load`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// What to call: http://, on a loopback address.
    #[arg(long)]
    pub url: String,
    /// Whose wire format to speak (default: by the end of the path).
    #[arg(long, value_enum)]
    pub dialect: Option<Dialect>,
    /// The model to ask for.
    #[arg(long, default_value = "mock-model")]
    pub model: String,
    /// Connections, each with one call at a time.
    #[arg(long, default_value_t = 64)]
    pub concurrency: usize,
    /// Measured time in seconds; with the warm-up at most 120.
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0)]
    pub duration: f64,
    /// Time before it, not measured, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.3)]
    pub warmup: f64,
    /// Open loop: start this many calls a second.
    #[arg(long, value_name = "CALLS")]
    pub rate: Option<f64>,
    /// Stop after this many calls.
    #[arg(long, value_name = "CALLS", default_value_t = MOST_CALLS)]
    pub requests: u64,
    /// The size of each request body in bytes; its prompt fills it.
    #[arg(long, value_name = "BYTES", default_value_t = 1024)]
    pub body_bytes: usize,
    /// Ask for a stream.
    #[arg(long)]
    pub stream: bool,
    /// A header to send, as `name: value` (repeatable).
    #[arg(long, value_name = "HEADER")]
    pub header: Vec<String>,
    /// Headers to send, one a line; keeps a key out of the list of processes.
    #[arg(long, value_name = "FILE")]
    pub header_file: Option<PathBuf>,
}

impl Options {
    /// The usual options for this address.
    #[must_use]
    pub fn for_url(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            dialect: None,
            model: "mock-model".to_owned(),
            concurrency: 64,
            duration: 3.0,
            warmup: 0.3,
            rate: None,
            requests: MOST_CALLS,
            body_bytes: 1024,
            stream: false,
            header: Vec::new(),
            header_file: None,
        }
    }

    fn check(&self) -> Result<(), Error> {
        let time = self.duration + self.warmup;
        let good = self.duration > 0.0 && self.warmup >= 0.0 && time <= LONGEST_S;
        bound(
            "--duration",
            good,
            &self.duration,
            "above 0, and with --warmup at most 120 s",
        )?;
        let good = (1..=MOST_CONNECTIONS).contains(&self.concurrency);
        bound("--concurrency", good, &self.concurrency, "from 1 to 20000")?;
        let good = (1..=MOST_CALLS).contains(&self.requests);
        bound("--requests", good, &self.requests, "from 1 to 50000000")?;
        let good = (256..=64 << 20).contains(&self.body_bytes);
        bound(
            "--body-bytes",
            good,
            &self.body_bytes,
            "from 256 to 67108864",
        )?;
        let rate = self.rate.unwrap_or(1.0);
        let good = rate > 0.0 && rate <= HIGHEST_RATE;
        bound("--rate", good, &rate, "above 0 and at most 1000000")
    }

    fn headers(&self) -> Result<Vec<String>, Error> {
        let mut headers = self.header.clone();
        if let Some(file) = &self.header_file {
            let what = format!("cannot read {}", file.display());
            let text = std::fs::read_to_string(file).map_err(Error::io(what))?;
            headers.extend(
                text.lines()
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned),
            );
        }
        for header in &headers {
            let good = header.contains(':') && !header.contains(['\r', '\n']);
            // The value may be a key, so the message does not repeat it.
            bound(
                "--header",
                good,
                &"what was given",
                "`name: value`, in one line",
            )?;
        }
        Ok(headers)
    }
}

fn bound(option: &'static str, good: bool, value: &impl ToString, must: &str) -> Result<(), Error> {
    if good {
        return Ok(());
    }
    Err(Error::OutOfBounds {
        option,
        value: value.to_string(),
        must: must.to_owned(),
    })
}

/// Runs the load and says what happened.
///
/// # Errors
/// [`Error::NotLoopback`], [`Error::BadUrl`] or [`Error::OutOfBounds`] before any call is made.
/// Calls that fail are counted, not returned.
pub async fn measure(options: &Options) -> Result<Report, Error> {
    options.check()?;
    let target = Target::parse(&options.url)?;
    let dialect = options
        .dialect
        .or_else(|| Dialect::of_path(&target.path))
        .unwrap_or(Dialect::Openai);
    let call = Call::new(&target, dialect, options, &options.headers()?);

    let start = Instant::now();
    let from = start + Duration::from_secs_f64(options.warmup);
    let until = from + Duration::from_secs_f64(options.duration);
    let shared = Arc::new(Shared::new(from, options.requests));
    let pace = options
        .rate
        .map(|rate| Arc::new(Pace::start(start, until, rate)));
    let mut workers = JoinSet::new();
    for _ in 0..options.concurrency {
        let worker = Worker::new(
            target.address,
            call.clone(),
            Arc::clone(&shared),
            pace.clone(),
        );
        // One timer a connection, not one a call.
        workers.spawn(tokio::time::timeout_at(until, worker.run()));
    }
    while workers.join_next().await.is_some() {}
    let end = Instant::now().min(until);
    if let Some(pace) = &pace {
        shared.stats().missed(pace.never_started(end, from), end);
    }
    Ok(shared.report(options, end))
}

/// Runs the load and prints the report as one line of JSON.
///
/// # Errors
/// As [`measure`], and [`Error::Io`] if standard output is closed.
pub async fn run(options: &Options) -> Result<(), Error> {
    let report = measure(options).await?;
    let text = serde_json::to_string(&report)
        .map_err(|error| Error::io("cannot write the report")(error.into()))?;
    println!("{text}");
    Ok(())
}
