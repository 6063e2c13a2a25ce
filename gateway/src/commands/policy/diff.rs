//! `marshal policy diff`.

use std::path::Path;
use std::process::ExitCode;

use marshal_policies::{Change, Diff};
use marshal_types::{Clock, Effect, SystemClock, TargetName};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::{assemble, output};

/// Differences that are printed; the count says how many there are.
const MOST_SHOWN: usize = 200;

/// Asks both bundles everything and prints what differs.
pub(super) fn run(global: &Global, old: &Path, new: &Path) -> Result<ExitCode, ExitCode> {
    let (old, new) = (super::load_dir(global, old)?, super::load_dir(global, new)?);
    let diff = marshal_policies::diff(
        &old,
        &new,
        &targets(global),
        SystemClock::new().now().civil(),
    );
    if global.json {
        let changes: Vec<Value> = diff.changes.iter().take(MOST_SHOWN).map(object).collect();
        output::object(&json!({
            "ok": true, "asked": diff.asked, "whole": !diff.cut, "changed": diff.changes.len(), "changes": changes, "beside": diff.beside
        }));
    } else {
        output::print(&text(&diff));
    }
    Ok(ExitCode::from(output::WELL))
}

/// The targets that the configuration names. A configuration that cannot be read names none: the bundles do.
fn targets(global: &Global) -> Vec<TargetName> {
    assemble::check(global.config.as_deref(), None).map_or_else(
        |_| Vec::new(),
        |checked| {
            let listed = checked
                .providers
                .targets
                .into_iter()
                .filter(|target| target.listed);
            listed.map(|target| target.name.clone()).collect()
        },
    )
}

fn text(diff: &Diff) -> String {
    let mut text = String::new();
    for change in diff.changes.iter().take(MOST_SHOWN) {
        let facts = match change.facts.as_str() {
            "" => String::new(),
            facts => format!("  where {facts}"),
        };
        text.push_str(&format!(
            "{}  {} to {} {} in {}{facts}\n    was {}: {}\n    now {}: {}\n",
            verb(change),
            change.who,
            change.action,
            change.object,
            change.tenant,
            word(change.old.effect),
            with(&change.old.reason, &change.old.obliges),
            word(change.new.effect),
            with(&change.new.reason, &change.new.obliges),
        ));
    }
    if diff.changes.len() > MOST_SHOWN {
        text.push_str(&format!(
            "... and {} more\n",
            diff.changes.len() - MOST_SHOWN
        ));
    }
    let gains = diff
        .changes
        .iter()
        .filter(|change| verb(change) == "gains ")
        .count();
    let loses = diff
        .changes
        .iter()
        .filter(|change| verb(change) == "loses ")
        .count();
    text.push_str(&format!(
        "{} questions: {} answered otherwise ({gains} gained, {loses} lost){}\n",
        diff.asked,
        diff.changes.len(),
        if diff.cut {
            "; there are more questions than were asked"
        } else {
            ""
        }
    ));
    if !diff.beside.is_empty() {
        text.push_str(&format!(
            "Also changed, and not a matter of questions: {}\n",
            diff.beside.join(", ")
        ));
    }
    text
}

fn with(reason: &str, obliges: &[String]) -> String {
    if obliges.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason} (obliges to {})", obliges.join(", "))
    }
}

fn verb(change: &Change) -> &'static str {
    match (change.old.effect, change.new.effect) {
        (Effect::Deny, Effect::Allow) => "gains ",
        (Effect::Allow, Effect::Deny) => "loses ",
        _ => "obliged",
    }
}

pub(super) const fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    }
}

fn object(change: &Change) -> Value {
    let side = |answer: &marshal_policies::Answer| json!({ "effect": word(answer.effect), "reason": &*answer.reason, "obliges": answer.obliges });
    json!({
        "who": change.who, "tenant": change.tenant, "action": change.action, "object": change.object,
        "facts": change.facts, "old": side(&change.old), "new": side(&change.new),
    })
}
