//! `marshal policy explain`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;

use marshal_audit::AuditQuery;
use marshal_audit_index::Index;
use marshal_config::Secrets;
use marshal_pipeline::{Recorded, RecordedTarget, judge, unmet};
use marshal_policies::{Bundle, Explanation, Obligations, read_fact};
use marshal_types::{
    Action, CallId, Clock, DataClass, Effect, Facts, Object, Principal, SystemClock,
};
use serde_json::{Value, json};

use super::diff::word;
use super::record::{Line, action, target};
use crate::cli::{Explain, Global};
use crate::{assemble, output};

/// Explains a question, or the one that a recorded call asked.
pub(super) fn run(global: &Global, asked: Explain) -> Result<ExitCode, ExitCode> {
    let (source, config) = super::source(global, None)?;
    let bundle = super::load(global, &source)?;
    let wrong = |message: String| output::wrong(&message, global.json);
    if let Some(call) = &asked.call {
        let trail = crate::trail::index(&config.data_dir).map_err(wrong)?;
        return of_call(global, &bundle, &trail, call).map_err(wrong);
    }
    let (known, strange) = known_facts(global, &asked);
    let question = Question::of(&bundle, &asked, known).map_err(wrong)?;
    let parts = question.explained(&bundle);
    let unmet = question.unmet(&bundle, &parts);
    let allowed = unmet.is_none()
        && parts
            .iter()
            .all(|(_, one)| one.decision.effect == Effect::Allow);
    if global.json {
        let parts: Vec<Value> = parts.iter().map(|(what, one)| object(what, one)).collect();
        output::object(
            &json!({ "ok": true, "effect": if allowed { "allow" } else { "deny" }, "policy": bundle.digest().to_string(), "configured": !strange, "unmet": unmet, "decisions": parts }),
        );
    } else {
        let mut text = String::new();
        for (what, one) in &parts {
            write(&mut text, what, one);
        }
        if let Some(unmet) = &unmet {
            text.push_str(&format!("and yet: deny\n  {unmet}\n"));
        }
        if strange {
            text.push_str(
                "Note: no such target is configured here, so a call to it would find no model.\n",
            );
        }
        output::print(&text);
    }
    Ok(ExitCode::from(output::WELL))
}

struct Question {
    principal: Principal,
    object: Object,
    action: Action,
    classes: BTreeSet<DataClass>,
    facts: Facts,
}

impl Question {
    fn of(bundle: &Bundle, asked: &Explain, known: Facts) -> Result<Self, String> {
        let object = match (&asked.model, &asked.object) {
            (Some(model), _) if model.contains('/') => format!("model:{model}"),
            (Some(model), _) => {
                return Err(format!("{model:?} is no target; write PROVIDER/MODEL"));
            }
            (None, Some(object)) => object.clone(),
            (None, None) => {
                return Err(
                    "say what is asked for: --model PROVIDER/MODEL or --object OBJECT".to_owned(),
                );
            }
        };
        let classes: BTreeSet<DataClass> = asked
            .data
            .iter()
            .filter(|class| *class != "none")
            .map(|class| DataClass(class.as_str().into()))
            .collect();
        let wrong = bundle.wrong_words(&asked.subjects, &object, &asked.action, &classes);
        if !wrong.is_empty() {
            return Err(wrong.join("\n"));
        }
        let mut facts = Facts::default();
        for text in &asked.facts {
            let (name, fact) = read_fact(text)?;
            facts = facts.with(name, fact);
        }
        let today = SystemClock::new().now().civil();
        if let Some(target) = object.strip_prefix("model:").and_then(target) {
            let mut known = known;
            bundle.facts_of(&target, today, &mut known);
            // What is given on the command line is the question.
            for (name, fact) in known.0 {
                facts.0.entry(name).or_insert(fact);
            }
        }
        Ok(Self {
            principal: Principal {
                subjects: asked
                    .subjects
                    .iter()
                    .map(|subject| Arc::from(subject.as_str()))
                    .collect(),
                domain: asked.tenant.as_str().into(),
            },
            object: Object(object.into()),
            action: action(&asked.action).unwrap_or(Action::Invoke),
            classes,
            facts,
        })
    }

    /// Why the call would be refused although every line allows it.
    fn unmet(&self, bundle: &Bundle, parts: &[(String, Explanation)]) -> Option<String> {
        self.object.0.strip_prefix("model:")?;
        let obligations = parts.iter().fold(None, |all, (_, one)| {
            Obligations::joined(all, one.decision.obligations.clone())
        })?;
        let today = SystemClock::new().now().civil();
        unmet(bundle, &self.principal, &obligations, &self.facts, today)
    }

    fn explained(&self, bundle: &Bundle) -> Vec<(String, Explanation)> {
        let access = bundle.explain_access(&self.principal, &self.object, self.action, &self.facts);
        let mut parts = vec![("access".to_owned(), access)];
        let target = self.object.0.strip_prefix("model:").and_then(target);
        if let (Some(target), Action::Invoke | Action::Stream) = (target, self.action) {
            let compliance =
                bundle.explain_compliance(&self.principal, &self.classes, &target, &self.facts);
            parts.extend(
                compliance
                    .into_iter()
                    .map(|(class, one)| (format!("compliance, {class}"), one)),
            );
        }
        parts
    }
}

/// What the configuration states of the target, and whether it knows no such target. Nothing where it cannot be read.
fn known_facts(global: &Global, asked: &Explain) -> (Facts, bool) {
    let Ok(checked) = assemble::check(
        global.config.as_deref(),
        global.policies.as_deref(),
        Secrets::Unread,
    ) else {
        return (Facts::default(), false);
    };
    let Some(model) = asked.model.as_deref() else {
        return (Facts::default(), false);
    };
    let mut targets = checked.providers.targets.into_iter();
    match targets.find(|target| target.name.to_string() == model) {
        Some(target) => (target.facts.clone(), false),
        None => (Facts::default(), true),
    }
}

fn write(text: &mut String, what: &str, one: &Explanation) {
    let decision = &one.decision;
    // Writing to a text cannot fail.
    _ = writeln!(
        text,
        "{what}: {}\n  {}",
        word(decision.effect),
        decision.reason
    );
    _ = writeln!(text, "  the caller goes by: {}", one.names.join(", "));
    for line in &one.matched {
        let condition = line
            .condition
            .as_ref()
            .map_or_else(String::new, |condition| format!(" where {condition}"));
        let obliges = if line.obliges.is_empty() {
            String::new()
        } else {
            format!(", obliges to {}", line.obliges.join(", "))
        };
        _ = writeln!(
            text,
            "  matches: {} ({}:{}, {}) {} {}{condition}{obliges}",
            line.rule,
            line.place.file,
            line.place.line,
            line.layer,
            line.does,
            word(line.effect)
        );
    }
    if let Some(obligations) = &decision.obligations {
        _ = writeln!(text, "  obliges to: {}", obligations.words().join(", "));
    }
}

fn object(what: &str, one: &Explanation) -> Value {
    let decision = &one.decision;
    let matched: Vec<Value> = one
        .matched
        .iter()
        .map(|line| {
            json!({
                "rule": &*line.rule.0, "file": &*line.place.file, "line": line.place.line,
                "layer": line.layer.to_string(), "effect": word(line.effect), "does": line.does,
                "condition": line.condition.as_deref(), "obliges": line.obliges,
            })
        })
        .collect();
    let place = decision.place.as_ref();
    json!({
        "policy": what, "effect": word(decision.effect), "reason": &*decision.reason,
        "rule": decision.rule.as_ref().map(|rule| &*rule.0),
        "file": place.map(|place| &*place.file), "line": place.map(|place| place.line),
        "names": one.names, "matched": matched,
        "obliges": decision.obligations.as_ref().map(|one| one.words()).unwrap_or_default(),
    })
}

/// Every decision about one target of a recorded question.
fn of_target(
    bundle: &Bundle,
    recorded: &Recorded,
    target: &RecordedTarget,
) -> Vec<(String, Explanation)> {
    let (facts, _) = target.known(bundle);
    let name = &target.name;
    let kept = name.model.as_str() == recorded.surface.as_str();
    let object = Object(match kept {
        true => format!("api:{}", recorded.surface.as_str()).into(),
        false => format!("model:{name}").into(),
    });
    let access = bundle.explain_access(&recorded.principal, &object, recorded.action, &facts);
    let mut parts = vec![(format!("{name}, access"), access)];
    if let Some(classes) = &recorded.classes {
        let compliance = bundle.explain_compliance(&recorded.principal, classes, name, &facts);
        parts.extend(
            compliance
                .into_iter()
                .map(|(class, one)| (format!("{name}, compliance, {class}"), one)),
        );
    }
    parts
}

/// What these policies say to what a recorded call asked.
fn of_call(
    global: &Global,
    bundle: &Bundle,
    trail: &Index,
    call: &str,
) -> Result<ExitCode, String> {
    let id: CallId = call
        .parse()
        .map_err(|_| format!("{call:?} is no call id; it stands in x-marshal-call-id"))?;
    let story = trail
        .call(id)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("the trail knows no call {call}"))?;
    let records = serde_json::to_value(&story).map_err(|error| error.to_string())?;
    let (mut told, mut texts) = (Vec::new(), Vec::new());
    for record in records["records"].as_array().into_iter().flatten() {
        let text = record
            .as_str()
            .map_or_else(|| record.to_string(), str::to_owned);
        let Ok(line) = serde_json::from_str::<Line<'_>>(&text) else {
            continue;
        };
        let Some((recorded, was)) = line.asked() else {
            continue;
        };
        let judged = judge(bundle, &recorded);
        let parts = recorded
            .targets
            .iter()
            .flat_map(|target| of_target(bundle, &recorded, target));
        let (mut lines, mut objects) = (String::new(), Vec::new());
        for (what, one) in parts {
            write(&mut lines, &what, &one);
            objects.push(object(&what, &one));
        }
        texts.push(lines);
        told.push(json!({
            "parts": objects,
            "was": if was { "allow" } else { "deny" },
            "now": if judged.allowed { "allow" } else { "deny" },
            "target": judged.target.as_ref().map(ToString::to_string),
            "rule": judged.rule.as_ref().map(ToString::to_string),
            "reason": judged.reason,
        }));
    }
    if told.is_empty() {
        return Err(format!(
            "policies decided nothing about a target in call {call}"
        ));
    }
    if global.json {
        output::object(
            &json!({ "ok": true, "call": call, "policy": bundle.digest().to_string(), "decisions": told }),
        );
    } else {
        for (one, lines) in told.iter().zip(&texts) {
            let text = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
            output::print(&format!(
                "{}: was {}, now {}: {}\n{lines}",
                text("target"),
                text("was"),
                text("now"),
                text("reason")
            ));
        }
    }
    Ok(ExitCode::from(output::WELL))
}
