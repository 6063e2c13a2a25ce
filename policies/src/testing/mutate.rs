//! Tests of the tests: each line is changed in every way that matters, and some test has to notice.

use marshal_types::{Effect, Place, RuleId};

use crate::Bundle;
use crate::policy_set::PolicySet;
use crate::roles::ALL;
use crate::rules::{ANY_CLASS, Grant, Kind, Mode, Rule};

/// How many changes of lines the tests noticed.
#[derive(Clone, Debug, Default)]
pub struct MutationReport {
    /// Changes that were tried.
    pub tried: usize,
    /// Changes that no test noticed.
    pub survivors: Vec<Survivor>,
}

/// A change that no test noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The line.
    pub rule: RuleId,
    /// Where it stands.
    pub place: Place,
    /// What was changed, in words.
    pub change: String,
}

impl MutationReport {
    /// Of a hundred changes, how many were noticed; rounded down. A hundred where there was nothing to change.
    #[must_use]
    pub fn killed_percent(&self) -> usize {
        let killed = self.tried - self.survivors.len();
        (killed * 100).checked_div(self.tried).unwrap_or(100)
    }
}

impl Bundle {
    /// Changes each line in every way that matters, and runs the tests of the bundle each time.
    #[must_use]
    pub fn mutate(&self) -> MutationReport {
        let mut report = MutationReport::default();
        for kind in [Kind::Access, Kind::Compliance] {
            let policy = match kind {
                Kind::Access => self.access(),
                Kind::Compliance => self.compliance(),
            };
            let rules: Vec<Rule> = policy.rules().cloned().collect();
            let (grants, obligations) = (policy.grants(), policy.obligations());
            let mut lines = Tried {
                bundle: self,
                kind,
                report: &mut report,
            };
            for at in 0..rules.len() {
                for (change, changed) in changes(kind, &rules[at]) {
                    let mutant = policy.made_of(
                        put(&rules, at, changed),
                        grants.to_vec(),
                        obligations.clone(),
                    );
                    lines.note(mutant, &rules[at].id, &rules[at].place, change);
                }
            }
            for (at, grant) in grants.iter().enumerate() {
                let everyone = Grant {
                    subject: ALL.into(),
                    ..grant.clone()
                };
                for (change, changed) in [
                    ("taken out".to_owned(), None),
                    (
                        format!("* in the place of {}", grant.subject),
                        Some(everyone),
                    ),
                ] {
                    let mutant = policy.made_of(
                        rules.clone(),
                        put(grants, at, changed),
                        obligations.clone(),
                    );
                    let id = RuleId(format!("g {} {}", grant.subject, grant.role).into());
                    lines.note(mutant, &id, &grant.place, change);
                }
            }
            for rule in rules
                .iter()
                .filter(|rule| obligations.contains_key(&rule.id))
            {
                let mut fewer = obligations.clone();
                fewer.remove(&rule.id);
                let mutant = policy.made_of(rules.clone(), grants.to_vec(), fewer);
                let change = "without its obligations".to_owned();
                lines.note(mutant, &rule.id, &rule.place, change);
            }
        }
        report
    }

    fn is_noticed(&self, kind: Kind, mutant: &PolicySet) -> bool {
        let (access, compliance) = match kind {
            Kind::Access => (mutant, self.compliance()),
            Kind::Compliance => (self.access(), mutant),
        };
        self.cases().iter().any(|case| {
            let decision = self.answer(access, compliance, case);
            self.wrong(case, &decision).is_some()
        })
    }
}

/// The list with one item in another's place, or without it.
fn put<T: Clone>(list: &[T], at: usize, changed: Option<T>) -> Vec<T> {
    let mut list = list.to_vec();
    match changed {
        Some(item) => list[at] = item,
        None => drop(list.remove(at)),
    }
    list
}

/// Where what was tried is counted.
struct Tried<'a> {
    bundle: &'a Bundle,
    kind: Kind,
    report: &'a mut MutationReport,
}

impl Tried<'_> {
    /// What cannot be loaded is noticed by whoever loads it, and not counted.
    fn note(&mut self, mutant: Option<PolicySet>, rule: &RuleId, place: &Place, change: String) {
        let Some(mutant) = mutant else {
            return;
        };
        self.report.tried += 1;
        if !self.bundle.is_noticed(self.kind, &mutant) {
            self.report.survivors.push(Survivor {
                rule: rule.clone(),
                place: place.clone(),
                change,
            });
        }
    }
}

/// The line changed, with the change in words; `None` in the place of a line that is taken out.
fn changes(kind: Kind, rule: &Rule) -> Vec<(String, Option<Rule>)> {
    if rule.mode == Mode::Shadow {
        return Vec::new();
    }
    let mut changes = vec![("taken out".to_owned(), None)];
    let mut change = |words: String, edit: &dyn Fn(&mut Rule)| {
        let mut changed = rule.clone();
        edit(&mut changed);
        changes.push((words, Some(changed)));
    };
    if rule.mode == Mode::Enforce {
        let (other, word) = match rule.effect {
            Effect::Allow => (Effect::Deny, "deny"),
            Effect::Deny => (Effect::Allow, "allow"),
        };
        change(format!("{word} in the place of its effect"), &|line| {
            line.effect = other
        });
    }
    let anyone = match kind {
        Kind::Access => ALL,
        Kind::Compliance => ANY_CLASS,
    };
    if &*rule.subject != anyone {
        change(
            format!("{anyone} in the place of {}", rule.subject),
            &|line| line.subject = anyone.into(),
        );
    }
    if &*rule.domain != ALL {
        change(
            format!("every tenant in the place of {}", rule.domain),
            &|line| line.domain = ALL.into(),
        );
    }
    // Data is sent to models alone.
    let every = match kind {
        Kind::Access => ALL,
        Kind::Compliance => "model:*",
    };
    if &*rule.object != every && &*rule.object != ALL {
        change(
            format!("{every} in the place of {}", rule.object),
            &|line| line.object = every.into(),
        );
    }
    if kind == Kind::Access && &*rule.action != ALL {
        change(
            format!("every action in the place of {}", rule.action),
            &|line| line.action = ALL.into(),
        );
    }
    if rule.condition.is_some() {
        change(
            format!("without the condition {}", rule.condition_text),
            &|line| {
                line.condition = None;
                line.condition_text = ALL.into();
            },
        );
    }
    changes
}
