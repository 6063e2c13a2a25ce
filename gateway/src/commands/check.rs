//! `marshal check`.

use std::process::ExitCode;

use crate::assemble;
use crate::cli::Global;
use crate::output;

/// Loads everything exactly as `serve` would.
pub(super) fn run(global: &Global) -> ExitCode {
    match assemble::check(global.config.as_deref(), global.policies.as_deref()) {
        Ok(checked) => {
            let exit = output::problems(&[], global.json);
            if !global.json {
                output::print(&format!(
                    "Good: {} targets, policies {} ({}).\n",
                    checked.providers.targets.len(),
                    checked.governance.bundle.label(),
                    checked.governance.digest
                ));
            }
            exit
        }
        Err(problems) => output::problems(&problems, global.json),
    }
}
