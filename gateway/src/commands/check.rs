//! `marshal check`.

use std::process::ExitCode;

use marshal_policies::object_matches;
use marshal_types::{Clock, SystemClock};

use crate::assemble;
use crate::cli::Global;
use crate::output;

/// What is no mistake and worth a look: facts that count no longer, lines about targets that are not configured.
fn notes(checked: &assemble::Checked) -> String {
    let bundle = &checked.governance.bundle;
    let today = SystemClock::new().now().civil();
    let mut notes = String::new();
    for stale in bundle.stale_facts(today) {
        notes.push_str(&format!(
            "Note: {}: {} of {} counts no longer since {} ({}); look at it again.\n",
            stale.place, stale.fact, stale.target, stale.review_by, stale.evidence
        ));
    }
    let targets: Vec<String> = checked
        .providers
        .targets
        .iter()
        .map(|target| format!("model:{}", target.name))
        .collect();
    for (pattern, place) in bundle.named_targets() {
        if !targets
            .iter()
            .any(|target| object_matches(&pattern, target))
        {
            notes.push_str(&format!(
                "Note: {place}: {pattern} is no target that is configured here, so this line matches nothing.\n"
            ));
        }
    }
    notes
}

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
                output::print(&notes(&checked));
            }
            exit
        }
        Err(problems) => output::problems(&problems, global.json),
    }
}
