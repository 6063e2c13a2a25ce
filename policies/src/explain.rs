//! What would be decided and why, down to each line: for people who are about to change one.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{
    Action, DataClass, Effect, Facts, Object, Place, Principal, RuleId, TargetName,
};

use crate::Bundle;
use crate::bundle::ask_access;
use crate::decision::Decision;
use crate::layers::Layer;
use crate::policy_set::{Ask, PolicySet};
use crate::rules::{self, Ids, Kind, Mode, Rule, SEND, Source};

/// A decision with everything that led to it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What was decided.
    pub decision: Decision,
    /// Every line that matches, in the order of the files.
    pub matched: Vec<Matched>,
    /// Every name that the caller goes by there: own names, `*`, and all roles. Data classes for compliance.
    pub names: Vec<String>,
}

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The line.
    pub rule: RuleId,
    /// Where it stands.
    pub place: Place,
    /// Whose it is.
    pub layer: Layer,
    /// What it says.
    pub effect: Effect,
    /// `decides`, `shadow` or `obliges`.
    pub does: &'static str,
    /// Its condition, if it has one.
    pub condition: Option<Arc<str>>,
    /// What it obliges to.
    pub obliges: Vec<String>,
}

impl Bundle {
    /// What is wrong with the words of a question, as the lines of a policy have them: subjects, an object with an action,
    /// data classes.
    #[must_use]
    pub fn wrong_words(
        &self,
        subjects: &[String],
        object: &str,
        action: &str,
        classes: &BTreeSet<DataClass>,
    ) -> Vec<String> {
        let mut problems = Vec::new();
        let classes_known = self.data().classes();
        let mut read = |kind, text: String| {
            let source = Source {
                file: &Arc::from("question"),
                kind,
                layer: &Layer::Platform,
                classes: &classes_known,
            };
            rules::read(source, &text, &mut Ids::new(), &mut problems);
        };
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let object = quoted(object);
        read(
            Kind::Access,
            format!("p, q, *, *, {object}, {action}, *, allow"),
        );
        for subject in subjects {
            read(
                Kind::Access,
                format!("p, q, {}, *, *, *, *, allow", quoted(subject)),
            );
        }
        for class in classes {
            let class = quoted(&format!("data:{class}"));
            read(
                Kind::Compliance,
                format!("p, q, {class}, *, *, send, *, allow"),
            );
        }
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    /// Whether the caller may do this with that, and why.
    #[must_use]
    pub fn explain_access(
        &self,
        principal: &Principal,
        object: &Object,
        action: Action,
        facts: &Facts,
    ) -> Explanation {
        let ask = ask_access(principal, object, action, facts);
        explain(self.access(), &ask)
    }

    /// Whether data of these classes may be sent there, and why: one explanation a class, as each must be allowed.
    #[must_use]
    pub fn explain_compliance(
        &self,
        principal: &Principal,
        classes: &BTreeSet<DataClass>,
        target: &TargetName,
        facts: &Facts,
    ) -> Vec<(String, Explanation)> {
        let mut words: Vec<String> = classes.iter().map(ToString::to_string).collect();
        if words.is_empty() {
            words.push("none".to_owned());
        }
        let explained = words.into_iter().map(|class| {
            let subject = format!("data:{class}");
            let subjects = [Arc::from(subject.as_str())];
            let found = classes.iter().map(|class| Arc::clone(&class.0)).collect();
            let facts = facts.clone().with(
                crate::condition::vocabulary::DATA,
                marshal_types::Fact::List(found),
            );
            let object = format!("model:{target}");
            let ask = Ask {
                subjects: &subjects,
                domain: &principal.domain,
                object: [&object, "", "", ""],
                action: SEND,
                facts: &facts,
            };
            (subject, explain(self.compliance(), &ask))
        });
        explained.collect()
    }
}

fn explain(policy: &PolicySet, ask: &Ask<'_>) -> Explanation {
    let matched = policy.matching(ask).into_iter();
    Explanation {
        decision: policy.decide_afresh(ask),
        matched: matched.map(|rule| told(policy, rule)).collect(),
        names: policy.names(ask.subjects, ask.domain),
    }
}

fn told(policy: &PolicySet, rule: &Rule) -> Matched {
    let obliges = policy.obligations().get(&rule.id);
    Matched {
        rule: rule.id.clone(),
        place: rule.place.clone(),
        layer: rule.layer.clone(),
        effect: rule.effect,
        does: match rule.mode {
            Mode::Enforce => "decides",
            Mode::Shadow => "shadow",
            Mode::Oblige => "obliges",
        },
        condition: rule
            .condition
            .as_ref()
            .map(|_| Arc::clone(&rule.condition_text)),
        obliges: obliges
            .map(|obligations| obligations.words())
            .unwrap_or_default(),
    }
}
