//! Side-by-side runs: Marshal, nginx as a plain reverse proxy, and no gateway at all, in turn, over
//! the same mock provider, in the same minutes, on the same core.
//!
//! Absolute figures are this machine's; what carries over is the ratio to nginx and CPU time a call.
//! Everything that is started here is ended here, also when the run is interrupted.

mod facts;
mod http_get;
mod machine;
mod marshal;
mod nginx;
mod plan;
mod process;
mod report;
mod run;
mod table;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::error::Error;

/// Options of `marshal-load bench`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The gateway's release binary.
    #[arg(long, value_name = "FILE", default_value = "target/release/marshal")]
    pub marshal: PathBuf,
    /// The nginx to compare with.
    #[arg(long, value_name = "FILE", default_value = "nginx")]
    pub nginx: PathBuf,
    /// The policy bundle to run with; its limits are raised out of the way.
    #[arg(long, value_name = "DIR", default_value = "policies/default")]
    pub policies: PathBuf,
    /// Rounds; each measures every target once, and medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9))]
    pub rounds: u32,
    /// Measured seconds for each target, workload and round.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub seconds: u32,
    /// One round of one second: to see that it runs, not to quote.
    #[arg(long)]
    pub quick: bool,
    /// Leave out a target (repeatable).
    #[arg(long, value_enum)]
    pub skip: Vec<Skip>,
    /// Only the workloads whose name contains this (repeatable).
    #[arg(long, value_name = "NAME")]
    pub workload: Vec<String>,
    /// Where latest.json and latest.md go.
    #[arg(long, value_name = "DIR", default_value = "load-tests/results")]
    pub out: PathBuf,
    /// Where configurations, logs and the audit trail of the run go; on the disk to be measured.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub scratch: PathBuf,
    /// Leave that folder in place.
    #[arg(long)]
    pub keep: bool,
}

impl Options {
    fn skips(&self, what: Skip) -> bool {
        self.skip.contains(&what)
    }
}

/// A target that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Skip {
    /// The gateway.
    Marshal,
    /// The yardstick.
    Nginx,
}

/// Runs everything, writes the results and prints the table.
///
/// # Errors
/// [`Error::Bench`] says what could not be started or what answered wrongly; [`Error::Io`] which
/// file could not be written.
pub async fn run(options: &Options) -> Result<(), Error> {
    let interrupted = process::interrupted()?;
    tokio::select! {
        outcome = run::all(options) => outcome,
        // Dropping the run ends what it started.
        () = interrupted => Err(Error::Bench("interrupted; everything was ended".to_owned())),
    }
}
