//! `marshal policy …`: what policies decide and why, and what a change would do, before it is made.

mod diff;
mod explain;
mod record;
mod sign;
mod simulate;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marshal_config::Config;
use marshal_policies::{Bundle, BundleSource};

use crate::cli::{Global, Policy};
use crate::{governance, output};

/// Does one of the commands.
pub(super) fn run(global: &Global, command: Policy) -> ExitCode {
    let done = match command {
        Policy::Test {
            dir,
            mutate,
            require_killed,
        } => test::run(global, dir, mutate, require_killed),
        Policy::Explain(question) => explain::run(global, question),
        Policy::Diff { old, new, all } => diff::run(global, &old, &new, all),
        Policy::Simulate { against } => simulate::run(global, against),
        Policy::Sign { dir, key, approver } => sign::sign(global, &dir, &key, &approver),
        Policy::Keygen { file } => sign::keygen(global, &file),
    };
    done.unwrap_or_else(|exit| exit)
}

/// The folder that was named, or the one that the configuration says; the shipped bundle where neither does.
fn source(global: &Global, dir: Option<PathBuf>) -> Result<(BundleSource, Config), ExitCode> {
    let config = super::config(global)?;
    let folder = dir
        .or_else(|| global.policies.clone())
        .or_else(|| config.policies.clone());
    Ok((governance::source(folder.as_deref()), config))
}

fn load(global: &Global, source: &BundleSource) -> Result<Bundle, ExitCode> {
    Bundle::load(source).map_err(|problems| output::problems(&problems, global.json))
}

fn load_dir(global: &Global, dir: &Path) -> Result<Bundle, ExitCode> {
    load(global, &BundleSource::Dir(dir.to_owned()))
}
