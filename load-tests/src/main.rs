//! `marshal-load`: the mock provider, the replay provider, the load generator and the bench.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use marshal_load_tests::{Error, bench, load, mock, replay};

/// Providers to test a gateway against, and load to put on it.
#[derive(Parser)]
#[command(name = "marshal-load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answers as a provider would, always the same, as fast as it can.
    ///
    /// Example: marshal-load mock --listen 127.0.0.1:0 --chunks 60 --chunk-delay-ms 20
    Mock(mock::Options),
    /// Answers with recorded provider traffic.
    ///
    /// Example: marshal-load replay --shared ../shared --provider openai --api openai.chat --cut 1
    ///
    /// GET /__replay/ids lists the recordings, GET and DELETE /__replay/seen tell and forget what was
    /// asked, PUT /__replay/next/ID gives the next request that recording.
    Replay(replay::Options),
    /// Puts load on an address of this machine and prints what happened as JSON.
    ///
    /// Example: marshal-load load --url http://127.0.0.1:8080/v1/chat/completions --concurrency 64 --duration 5
    Load(load::Options),
    /// Measures Marshal, nginx and no gateway side by side and writes load-tests/results/latest.{json,md}.
    ///
    /// Example: marshal-load bench --quick
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::io("cannot start")(error)),
    };
    let outcome = runtime.block_on(async {
        match &cli.command {
            Command::Mock(options) => mock::run(options).await,
            Command::Replay(options) => replay::run(options).await,
            Command::Load(options) => load::run(options).await,
            Command::Bench(options) => bench::run(options).await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// 1: a run failed; 2: what was asked for makes no sense.
fn fail(error: &Error) -> ExitCode {
    eprintln!("marshal-load: {error}");
    match error {
        Error::Io { .. } | Error::Bench(_) => ExitCode::from(1),
        _ => ExitCode::from(2),
    }
}
