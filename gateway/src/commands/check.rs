//! `marshal check`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use marshal_config::Secrets;
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
    for ended in bundle.ended_approvals(today) {
        notes.push_str(&format!(
            "Note: {}: the approval of {} for {} ended with {}; renew it or take it out.\n",
            ended.place, ended.rule, ended.subject, ended.until
        ));
    }
    let targets: Vec<String> = checked
        .providers
        .targets
        .iter()
        .map(|target| format!("model:{}", target.name))
        .collect();
    let regions: BTreeSet<String> = checked
        .providers
        .targets
        .iter()
        .filter_map(|target| {
            let mut facts = target.facts.clone();
            bundle.facts_of(&target.name, today, &mut facts);
            facts.get("region").map(ToString::to_string)
        })
        .collect();
    for (region, place) in bundle.named_regions() {
        if !regions.contains(&*region) {
            notes.push_str(&format!(
                "Note: {place}: no target that is configured here is in the region {region}, so this line matches nothing.\n"
            ));
        }
    }
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
    // What acts on which door is no matter of keys.
    let secrets = if coverage {
        Secrets::Unread
    } else {
        Secrets::Needed
    };
    match assemble::check(
        global.config.as_deref(),
        global.policies.as_deref(),
        secrets,
    ) {
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
                    "Good: {} target{}, policies {} ({}).\n",
                    checked.providers.targets.len(),
                    if checked.providers.targets.len() == 1 {
                        ""
                    } else {
                        "s"
                    },
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
