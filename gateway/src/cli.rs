//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A governed AI gateway: change the base URL, and every call is authenticated, checked, cleaned, routed and recorded.
#[derive(Debug, Parser)]
#[command(
    name = "marshal",
    version,
    after_help = "Example:\n  marshal serve --config marshal.yaml"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The configuration; without it `marshal.yaml` in the working directory, else built-in defaults.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The policy bundle's folder; without it what the configuration says, else the shipped bundle.
    #[arg(long, global = true, value_name = "DIR")]
    pub policies: Option<PathBuf>,
    /// For machines: the last line of the output is one JSON object.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the gateway (also without a command).
    #[command(
        after_help = "Examples:\n  marshal serve\n  marshal serve --upgrade    takes over from the running gateway, without a pause"
    )]
    Serve(Serve),
    /// Loads configuration and policies exactly as `serve` would, and prints every problem.
    #[command(
        after_help = "Example:\n  marshal check --config marshal.yaml\n  marshal check --coverage"
    )]
    Check {
        /// Prints which controls act on which door.
        #[arg(long)]
        coverage: bool,
    },
    /// Virtual API keys: acts on a running gateway within a second.
    #[command(
        subcommand,
        after_help = "Example:\n  marshal key create --name research-app --team research"
    )]
    Key(Key),
    /// The audit trail.
    #[command(subcommand, after_help = "Example:\n  marshal audit verify")]
    Audit(Audit),
    /// Prints a one-time login for the dashboard.
    #[command(after_help = "Example:\n  marshal login")]
    Login,
    /// Asks the running gateway whether a call would be served: exit code 0 if so, 1 if not.
    #[command(after_help = "Example:\n  marshal health")]
    Health,
    /// Replaces sensitive data in standard input, as the active rules say.
    #[command(after_help = "Example:\n  echo 'mail ada@example.com' | marshal redact")]
    Redact,
    /// Prints completions for a shell.
    #[command(after_help = "Example:\n  marshal completions bash > /etc/bash_completion.d/marshal")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Serve {
    /// Takes the listeners over from the running gateway; open streams end there.
    #[arg(long)]
    pub upgrade: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes a key and shows it once.
    #[command(after_help = "Example:\n  marshal key create --name research-app --team research")]
    Create(KeyCreate),
    /// Lists keys, without their secrets.
    #[command(after_help = "Example:\n  marshal key list --json")]
    List,
    /// Ends a key now.
    #[command(after_help = "Example:\n  marshal key revoke a1B2c3D4e5F6")]
    Revoke {
        /// The key's public id, as `key list` shows it.
        id: String,
    },
    /// Makes a successor and ends the old key after a while.
    #[command(after_help = "Example:\n  marshal key rotate a1B2c3D4e5F6 --overlap-s 3600")]
    Rotate {
        /// The key's public id.
        id: String,
        /// Seconds for which both work.
        #[arg(long, default_value_t = 3_600)]
        overlap_s: u64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct KeyCreate {
    /// What people call it.
    #[arg(long)]
    pub name: String,
    /// The tenant it belongs to.
    #[arg(long, default_value = "default")]
    pub tenant: String,
    /// The team: subject `t:TEAM` in policies.
    #[arg(long)]
    pub team: Option<String>,
    /// The user: subject `u:USER` in policies.
    #[arg(long)]
    pub user: Option<String>,
    /// Seconds until it stops working.
    #[arg(long, value_name = "SECONDS")]
    pub expires_in_s: Option<u64>,
    /// Lets it use the admin interface too.
    #[arg(long)]
    pub admin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Checks the whole trail offline: chains, order, and that each intent has one ending.
    #[command(after_help = "Example:\n  marshal audit verify ./marshal-data --json")]
    Verify {
        /// The data folder; without it the configured one.
        dir: Option<PathBuf>,
    },
    /// One call's whole story.
    #[command(after_help = "Example:\n  marshal audit show 0193f1c2-7d5e-7c3a-9f00-2b1c8d4e6f70")]
    Show {
        /// The id from the `x-marshal-call-id` header.
        call: String,
    },
    /// The newest calls.
    #[command(after_help = "Example:\n  marshal audit query --limit 20 --tenant default")]
    Query {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// Only of this tenant.
        #[arg(long)]
        tenant: Option<String>,
    },
}
