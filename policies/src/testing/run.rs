//! Runs the tests of a bundle, and asks casbin once more about everything that a line says.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{DataClass, Effect, Facts, Problem, RuleId};

use super::{Asks, Case, TestFailure, TestReport};
use crate::Bundle;
use crate::bundle::{ask_access, word};
use crate::decision::Decision;
use crate::policy_set::{Ask, PolicySet};
use crate::rules::{Mode, Rule};

/// How many lines casbin reads in a self-test: it costs some microseconds each, and a changed bundle waits for it.
const SELF_TEST_READS: usize = 4_000;

impl Bundle {
    /// Runs every test that lies beside the policies.
    #[must_use]
    pub fn test(&self) -> TestReport {
        let mut report = TestReport {
            asked: self.cases().len(),
            ..TestReport::default()
        };
        let mut acted: BTreeSet<RuleId> = BTreeSet::new();
        for case in self.cases() {
            let decision = self.answer(self.access(), self.compliance(), case);
            acted.extend(decision.rule.clone());
            if let Some(obligations) = &decision.obligations {
                acted.extend(obligations.lines.iter().cloned());
            }
            if let Some(message) = self.wrong(case, &decision) {
                report.failures.push(TestFailure {
                    test: case.test.clone(),
                    place: case.place.clone(),
                    message,
                });
            }
        }
        let lines = self.access().rules().chain(self.compliance().rules());
        let lines: Vec<&Rule> = lines.filter(|rule| rule.mode != Mode::Shadow).collect();
        report.lines = lines.len();
        report.uncovered = lines
            .iter()
            .filter(|rule| !acted.contains(&rule.id))
            .map(|rule| (rule.id.clone(), rule.place.clone()))
            .collect();
        report
    }

    /// What these two policies answer in a case.
    pub(super) fn answer(
        &self,
        access: &PolicySet,
        compliance: &PolicySet,
        case: &Case,
    ) -> Decision {
        match &case.asks {
            Asks::Access(object, action) => {
                access.decide(&ask_access(&case.principal, object, *action, &case.facts))
            }
            Asks::Compliance(classes, target) => {
                let mut facts = case.facts.clone();
                if let Some(today) = case.today {
                    self.facts_of(target, today, &mut facts);
                }
                self.comply_by(compliance, &case.principal, classes, target, &facts)
            }
        }
    }

    /// What is wrong with an answer; `None`: it is as the test says.
    pub(super) fn wrong(&self, case: &Case, decision: &Decision) -> Option<String> {
        let expect = &case.expect;
        let mut effect = decision.effect;
        let mut why = decision.reason.to_string();
        if let (Some(obligations), Some(today)) = (&decision.obligations, case.today)
            && let Some(rule) = self.lacks_approval(&case.principal, obligations, today)
        {
            effect = Effect::Deny;
            why = format!("{rule} wants an approval, and there is none on {today}");
        }
        if effect != expect.effect {
            let said = if case.place_is_silent() && expect.effect == Effect::Deny {
                "no entry lists it, so it must be denied"
            } else if expect.effect == Effect::Deny {
                "it must be denied"
            } else {
                "it must be allowed"
            };
            return Some(format!(
                "{}: {said}, and the answer is {}: {why}",
                asked(case),
                word(effect)
            ));
        }
        if let Some(rule) = &expect.rule
            && decision.rule.as_ref() != Some(rule)
        {
            return Some(format!(
                "{}: {rule} must decide, and it is: {why}",
                asked(case)
            ));
        }
        let obliges: BTreeSet<String> = decision
            .obligations
            .iter()
            .flat_map(|obligations| obligations.words())
            .collect();
        match &expect.obliges {
            Some(wanted) if *wanted != obliges => Some(format!(
                "{}: it must oblige to [{}], and obliges to [{}]",
                asked(case),
                wanted.iter().cloned().collect::<Vec<_>>().join(", "),
                obliges.into_iter().collect::<Vec<_>>().join(", ")
            )),
            _ => None,
        }
    }

    /// Holds index and memory against casbin reading every line: one question a line, as many as a start has time for.
    pub(crate) fn self_test(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for policy in [self.access(), self.compliance()] {
            let rules: Vec<&Rule> = policy.rules().collect();
            let most = (SELF_TEST_READS / rules.len().max(1)).max(1);
            let step = rules.len().div_ceil(most).max(1);
            for rule in rules.iter().step_by(step) {
                let subjects = [Arc::clone(&rule.subject)];
                let object = rule.object.replace('*', "any");
                let facts = Facts::default();
                let ask = Ask {
                    subjects: &subjects,
                    domain: &rule.domain,
                    object: [&object, "", "", ""],
                    action: if &*rule.action == "*" {
                        "invoke"
                    } else {
                        &rule.action
                    },
                    facts: &facts,
                };
                let quick = policy.decide_afresh(&ask).is_allow();
                if !matches!(policy.by_casbin_alone(&ask), Ok(slow) if slow == quick) {
                    let message = format!(
                        "{} is read in two ways; this is a bug in Marshal, and the bundle is not taken",
                        rule.id
                    );
                    problems.push(Problem::at(rule.place.clone(), message));
                }
            }
        }
        problems
    }
}

impl Case {
    /// No entry of the test lists this question.
    fn place_is_silent(&self) -> bool {
        self.expect.rule.is_none() && self.expect.obliges.is_none()
    }
}

fn asked(case: &Case) -> String {
    let who = case
        .principal
        .subjects
        .first()
        .map_or("nobody", |subject| &**subject);
    match &case.asks {
        Asks::Access(object, action) => format!("{who} to {} {object}", action.as_str()),
        Asks::Compliance(classes, target) => {
            format!("{} to be sent to {target} for {who}", classes_of(classes))
        }
    }
}

fn classes_of(classes: &BTreeSet<DataClass>) -> String {
    if classes.is_empty() {
        return "data:none".to_owned();
    }
    let words: Vec<String> = classes
        .iter()
        .map(|class| format!("data:{class}"))
        .collect();
    words.join("+")
}
