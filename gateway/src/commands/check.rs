//! `marshal check`.

use std::process::ExitCode;

use crate::assemble;
use crate::cli::Global;
use crate::output;

/// Loads everything exactly as `serve` would.
pub(super) fn run(global: &Global, coverage: bool) -> ExitCode {
    match assemble::check(global.config.as_deref(), global.policies.as_deref()) {
        Ok(_) if coverage && global.json => {
            output::object(&serde_json::json!({
                "ok": true, "problems": [], "coverage": crate::coverage::json()
            }));
            ExitCode::from(output::WELL)
        }
        Ok(_) if coverage => {
            output::print(&crate::coverage::table());
            ExitCode::from(output::WELL)
        }
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
