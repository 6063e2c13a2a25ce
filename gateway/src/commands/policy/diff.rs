//! `marshal policy diff`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use marshal_config::Secrets;
use marshal_policies::{Change, Diff};
use marshal_types::{Clock, Effect, SystemClock, TargetName};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::{assemble, output};

/// Differences of one kind that are printed, and all of them that an object holds; `--all` prints every one.
const MOST_OF_A_KIND: usize = 3;
const MOST_IN_OBJECT: usize = 1_000;

/// Asks both bundles everything and prints what differs.
pub(super) fn run(
    global: &Global,
    old: &Path,
    new: &Path,
    all: bool,
) -> Result<ExitCode, ExitCode> {
    let (old, new) = (super::load_dir(global, old)?, super::load_dir(global, new)?);
    let diff = marshal_policies::diff(
        &old,
        &new,
        &targets(global),
        SystemClock::new().now().civil(),
    );
    if global.json {
        let most = if all { usize::MAX } else { MOST_IN_OBJECT };
        let changes: Vec<Value> = diff.changes.iter().take(most).map(object).collect();
        let kinds: Vec<Value> = kinds(&diff)
            .into_iter()
            .map(|((verb, rule), changes)| {
                json!({ "change": verb.trim(), "rule": rule, "count": changes.len() })
            })
            .collect();
        let beside: Vec<Value> = diff
            .beside
            .iter()
            .map(|one| json!({ "file": one.file, "removed": one.removed, "added": one.added }))
            .collect();
        output::object(&json!({
            "ok": true, "asked": diff.asked, "whole": !diff.cut, "changed": diff.changes.len(),
            "kinds": kinds, "changes": changes, "beside": beside,
        }));
    } else {
        output::print(&text(&diff, if all { usize::MAX } else { MOST_OF_A_KIND }));
    }
    Ok(ExitCode::from(output::WELL))
}

/// What changed, and the line that makes the difference.
type KindOfChange<'a> = (&'static str, Option<&'a str>);

/// The changes by the lines that make them: the one that decides now, and where none does the one that did.
fn kinds(diff: &Diff) -> BTreeMap<KindOfChange<'_>, Vec<&Change>> {
    let mut kinds: BTreeMap<_, Vec<&Change>> = BTreeMap::new();
    for change in &diff.changes {
        let rule = change.new.rule.as_ref().or(change.old.rule.as_ref());
        let key = (verb(change), rule.map(|rule| &*rule.0));
        kinds.entry(key).or_default().push(change);
    }
    kinds
}

/// The targets that the configuration names. A configuration that cannot be read names none: the bundles do.
fn targets(global: &Global) -> Vec<TargetName> {
    assemble::check(global.config.as_deref(), None, Secrets::Unread).map_or_else(
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

fn text(diff: &Diff, most: usize) -> String {
    let mut text = String::new();
    for ((verb, rule), changes) in kinds(diff) {
        let rule = rule.unwrap_or("no line allows it");
        text.push_str(&format!("{verb} {:>6}  {rule}\n", changes.len()));
        if let Some(first) = changes.first() {
            text.push_str(&format!(
                "    was {}: {}\n    now {}: {}\n",
                word(first.old.effect),
                with(&first.old.reason, &first.old.obliges),
                word(first.new.effect),
                with(&first.new.reason, &first.new.obliges),
            ));
        }
        for change in changes.iter().take(most) {
            let facts = match change.facts.as_str() {
                "" => String::new(),
                facts => format!("  where {facts}"),
            };
            text.push_str(&format!(
                "        {} to {} {} in {}{facts}\n",
                change.who, change.action, change.object, change.tenant,
            ));
        }
        if changes.len() > most {
            text.push_str(&format!(
                "        ... and {} more (--all)\n",
                changes.len() - most
            ));
        }
    }
    let count = |what: &str| {
        let same = diff.changes.iter().filter(|change| verb(change) == what);
        same.count()
    };
    text.push_str(&format!(
        "{} questions: {} answered otherwise ({} gained, {} lost, {} obliged otherwise){}\n",
        diff.asked,
        diff.changes.len(),
        count(GAINS),
        count(LOSES),
        count(OBLIGED),
        if diff.cut {
            "; there are more questions than were asked"
        } else {
            ""
        }
    ));
    for one in &diff.beside {
        text.push_str(&format!(
            "{} changed too; no question asks about it:\n",
            one.file
        ));
        for (sign, lines) in [('-', &one.removed), ('+', &one.added)] {
            for line in lines {
                text.push_str(&format!("    {sign} {line}\n"));
            }
        }
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

const GAINS: &str = "gains  ";
const LOSES: &str = "loses  ";
const OBLIGED: &str = "obliged";

fn verb(change: &Change) -> &'static str {
    match (change.old.effect, change.new.effect) {
        (Effect::Deny, Effect::Allow) => GAINS,
        (Effect::Allow, Effect::Deny) => LOSES,
        _ => OBLIGED,
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
