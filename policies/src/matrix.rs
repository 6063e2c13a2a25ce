//! Every subject, object and action of a bundle as a table: its diff is the review of a policy change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use marshal_types::{
    Action, DataClass, Fact, Facts, ModelName, Object, Principal, ProviderName, TargetName,
};

use crate::bundle::{Bundle, word};
use crate::condition::vocabulary::{FactType, facts};
use crate::rules::Rule;

/// Who may do what, and which data may go where, as text.
///
/// Rows are the subjects that the lines name (and a stranger, whom no line names), columns the actions, one block per
/// object. Compliance is asked per class, with each yes-or-no fact that a line asks for alone set to true.
#[must_use]
pub fn matrix(bundle: &Bundle) -> String {
    let mut out = String::new();
    access(bundle, &mut out);
    compliance(bundle, &mut out);
    data(bundle, &mut out);
    out
}

fn access(bundle: &Bundle, out: &mut String) {
    let rules: Vec<&Rule> = bundle.access().rules().collect();
    let mut subjects: BTreeSet<&str> = rules
        .iter()
        .map(|rule| &*rule.subject)
        .filter(|subject| *subject != "*")
        .collect();
    subjects.insert("k:stranger");
    let domains: BTreeSet<&str> = rules
        .iter()
        .map(|rule| {
            if &*rule.domain == "*" {
                "any-tenant"
            } else {
                &rule.domain
            }
        })
        .collect();
    let objects: BTreeSet<String> = rules
        .iter()
        .map(|rule| rule.object.replace('*', "any"))
        .collect();
    for domain in domains {
        for object in &objects {
            _ = write!(out, "access to {object} in {domain}\n  {:<24}", "");
            for action in Action::ALL {
                _ = write!(out, " {:<11}", action.as_str());
            }
            out.push('\n');
            for subject in &subjects {
                let principal = Principal {
                    subjects: [Arc::from(*subject)].into(),
                    domain: domain.into(),
                };
                _ = write!(out, "  {subject:<24}");
                for action in Action::ALL {
                    let decision = bundle.authorize(
                        &principal,
                        &Object(object.as_str().into()),
                        *action,
                        &Facts::default(),
                    );
                    _ = write!(out, " {:<11}", word(decision.effect));
                }
                trim(out);
            }
            out.push('\n');
        }
    }
}

fn compliance(bundle: &Bundle, out: &mut String) {
    let facts: BTreeMap<&str, Facts> = [("no facts", Facts::default())]
        .into_iter()
        .chain(
            asked(bundle)
                .into_iter()
                .map(|name| (name, Facts::default().with(name, Fact::Bool(true)))),
        )
        .collect();
    let target = TargetName {
        provider: ProviderName::new("any"),
        model: ModelName::new("any"),
    };
    let principal = Principal {
        subjects: [].into(),
        domain: "any-tenant".into(),
    };
    _ = write!(out, "sending to a target with\n  {:<24}", "");
    for name in facts.keys() {
        _ = write!(out, " {name:<11}");
    }
    trim(out);
    let entities = bundle
        .data()
        .entities()
        .iter()
        .map(|entity| Some(Arc::clone(&entity.class)));
    for class in entities.chain([None]).collect::<BTreeSet<_>>() {
        _ = write!(
            out,
            "  {:<24}",
            format!("data:{}", class.as_deref().unwrap_or("none"))
        );
        let classes: BTreeSet<DataClass> = class.into_iter().map(DataClass).collect();
        for facts in facts.values() {
            _ = write!(
                out,
                " {:<11}",
                word(bundle.comply(&principal, &classes, &target, facts).effect)
            );
        }
        trim(out);
    }
    out.push('\n');
}

fn data(bundle: &Bundle, out: &mut String) {
    out.push_str("what is done with\n");
    for entity in bundle.data().entities() {
        let mode = if entity.shadow { " (shadow)" } else { "" };
        _ = writeln!(
            out,
            "  {:<24} {:<14} {}{mode}",
            entity.name,
            entity.class,
            entity.treatment.as_str()
        );
    }
}

/// The yes-or-no facts that some compliance line asks for.
fn asked(bundle: &Bundle) -> Vec<&'static str> {
    let mut names = BTreeSet::new();
    for condition in bundle
        .compliance()
        .rules()
        .filter_map(|rule| rule.condition.as_ref())
    {
        condition.names(&mut names);
    }
    facts()
        .filter(|(name, kind)| *kind == FactType::Bool && names.contains(*name))
        .map(|(name, _)| name)
        .collect()
}

fn trim(out: &mut String) {
    let length = out.trim_end_matches(' ').len();
    out.truncate(length);
    out.push('\n');
}
