//! Marshal: a governed AI gateway and model router. The binary: what the command line says, done.

mod anchors;
mod assemble;
mod banner;
mod cli;
mod cold;
mod commands;
mod control;
mod coverage;
mod deeds;
mod demo;
mod exports;
mod fleet;
mod google;
mod governance;
mod housekeeping;
mod leaving;
mod output;
mod paths;
mod providers;
mod revisions;
mod signing;
mod trail;
mod upstream;

use std::process::ExitCode;

use clap::Parser;

// The allocator is on the path of every call: it costs a tenth less CPU than the system's (load-tests).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // First of all: pingora and hyper would each pick a provider of cryptography, and disagree.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("TLS is set up twice in this process; this is a bug in Marshal.");
        return ExitCode::from(2);
    }
    let cli = cli::Cli::parse();
    commands::run(cli)
}
