//! One file a command.

mod audit;
mod check;
mod entities;
mod evaluate;
mod health;
mod key;
mod login;
mod policy;
mod redact;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use marshal_config::{Config, Secrets};

use crate::cli::{Cli, Command, Global, Serve};
use crate::output;

/// Does what was asked for.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let global = cli.global;
    match cli.command.unwrap_or(Command::Serve(Serve::default())) {
        Command::Serve(options) => serve::run(&global, options),
        Command::Check { coverage } => check::run(&global, coverage),
        Command::Key(command) => key::run(&global, command),
        Command::Policy(command) => policy::run(&global, command),
        Command::Audit(command) => audit::run(&global, command),
        Command::Login => login::run(&global),
        Command::Health => health::run(&global),
        Command::Redact { entities: true, .. } => entities::run(&global),
        Command::Redact { evaluate: None, .. } => redact::run(&global),
        Command::Redact {
            evaluate: Some(file),
            names,
            ..
        } => evaluate::run(&global, &file, names.as_deref()),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "marshal",
                &mut std::io::stdout(),
            );
            ExitCode::from(output::WELL)
        }
    }
}

/// The configuration, for commands that need no more than to know where things are.
fn config(global: &Global) -> Result<Config, ExitCode> {
    let env = |name: &str| std::env::var(name).ok();
    marshal_config::load(global.config.as_deref(), &env, Secrets::Unread)
        .map_err(|problems| output::problems(&problems, global.json))
}

/// The data folder.
fn data_dir(global: &Global) -> Result<PathBuf, ExitCode> {
    config(global).map(|config| config.data_dir)
}
