//! The command line.

mod audit;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use audit::*;

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
    /// Policies: their tests, what they decide and why, what a change would do.
    #[command(subcommand, after_help = "Example:\n  marshal policy test ./policies")]
    Policy(Policy),
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
    #[command(
        after_help = "Examples:\n  echo 'mail ada@example.com' | marshal redact\n  marshal redact --evaluate labelled.jsonl --json"
    )]
    Redact {
        /// Measures the detectors, all of them, on labelled texts: a JSON object a line, `{"id", "text", "spans": [{"start",
        /// "end", "type"}]}` with offsets in characters. Prints right, missed and wrong by type.
        #[arg(long, value_name = "FILE.jsonl")]
        evaluate: Option<PathBuf>,
        /// With `--evaluate`: looks for names, too, with the model of this folder (a spaCy pipeline).
        #[arg(long, value_name = "DIR", requires = "evaluate")]
        names: Option<PathBuf>,
        /// Prints every entity that `data.yaml` can name, with its group.
        #[arg(long, conflicts_with = "evaluate")]
        entities: bool,
    },
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
    /// The service: subject `s:SERVICE` in policies.
    #[arg(long)]
    pub service: Option<String>,
    /// Seconds until it stops working.
    #[arg(long, value_name = "SECONDS")]
    pub expires_in_s: Option<u64>,
    /// Lets it use the admin interface too, as far as `role:admin` may in the policies.
    #[arg(long)]
    pub admin: bool,
    /// A key for an emergency, with the reason: it has `role:break-glass`, works for four hours at most
    /// (`--expires-in-s`), and each of its calls has a record of its own.
    #[arg(long, value_name = "REASON", requires = "expires_in_s")]
    pub break_glass: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Runs the tests that lie beside the policies, and says which lines no test reaches.
    #[command(
        after_help = "Examples:\n  marshal policy test ./policies\n  marshal policy test ./policies --mutate"
    )]
    Test {
        /// The bundle's folder; without it the configured one.
        dir: Option<PathBuf>,
        /// Changes each line in every way that matters, and says which changes no test notices.
        #[arg(long)]
        mutate: bool,
        /// Of a hundred changed lines, how many must be noticed.
        #[arg(long, default_value_t = 90, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
        require_killed: u8,
    },
    /// Says what a caller, a model and a data class would get, and the lines that decide.
    #[command(
        after_help = "Examples:\n  marshal policy explain --subject u:ann --subject t:research --model openai/gpt-4o\n  marshal policy explain --subject t:hr --object api:files\n  marshal policy explain --model openai/gpt-4o --data pci --fact region=eu --fact purpose=care\n  marshal policy explain 0193f1c2-7d5e-7c3a-9f00-2b1c8d4e6f70"
    )]
    Explain(Explain),
    /// Says what a changed bundle would decide otherwise, for every caller, object, action, class and fact that it names.
    #[command(after_help = "Example:\n  marshal policy diff ./policies ./policies-new")]
    Diff {
        /// The bundle as it is.
        old: PathBuf,
        /// The bundle as it would be.
        new: PathBuf,
        /// Prints every difference, not three of each kind.
        #[arg(long)]
        all: bool,
    },
    /// Puts recorded calls to a changed bundle, and says which would now be decided otherwise.
    #[command(
        after_help = "Example:\n  marshal policy simulate --policies ./policies-new --against ./marshal-data"
    )]
    Simulate {
        /// The data folder whose trail is read; without it the configured one.
        #[arg(long, value_name = "AUDIT_DIR")]
        against: Option<PathBuf>,
    },
    /// Signs a bundle as it is, for gateways that want it signed (`policy_signers` in marshal.yaml).
    #[command(
        after_help = "Example:\n  marshal policy sign ./policies --key ada.key --approver ada"
    )]
    Sign {
        /// The bundle's folder.
        dir: PathBuf,
        /// The file with the private key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Who approves.
        #[arg(long)]
        approver: String,
    },
    /// Makes a key to sign bundles with, and prints its public half.
    #[command(after_help = "Example:\n  marshal policy keygen ada.key")]
    Keygen {
        /// The file that the private key is written to; it must not exist.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A recorded call, to be put to these policies again.
    pub call: Option<String>,
    /// A name of the caller: k:KEY, u:USER, t:TEAM, s:SERVICE or role:NAME. Give every one that the caller goes by.
    #[arg(long = "subject", value_name = "SUBJECT")]
    pub subjects: Vec<String>,
    /// The tenant.
    #[arg(long, default_value = "default")]
    pub tenant: String,
    /// The target, PROVIDER/MODEL: asks access, and compliance for what was found.
    #[arg(long, value_name = "PROVIDER/MODEL", conflicts_with = "object")]
    pub model: Option<String>,
    /// Another object: api:DOOR, tool:NAME, admin:keys.
    #[arg(long)]
    pub object: Option<String>,
    /// What is done with it.
    #[arg(long, default_value = "invoke", value_parser = ["invoke", "stream", "list", "audit.read", "key.issue"])]
    pub action: String,
    /// The data classes that are found in the call.
    #[arg(long, value_delimiter = ',', value_name = "CLASS")]
    pub data: Vec<String>,
    /// Facts of the target and of the call.
    #[arg(long = "fact", value_name = "NAME=VALUE")]
    pub facts: Vec<String>,
}
