//! A bundle: every policy file, read as one snapshot, checked as a whole, and never changed afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{
    Action, DataClass, Digest, Effect, Facts, Object, Principal, Problem, Surface, TargetName,
};

use crate::data::DataRules;
use crate::decision::Decision;
use crate::detect::{Detector, Hit};
use crate::model::{self, ACCESS, COMPLIANCE, Definitions};
use crate::policy_set::{Ask, PolicySet};
use crate::redact::{Redactor, ScopeKey};
use crate::rules::{self, Kind, SEND};
use crate::source::{BundleSource, Snapshot};

/// All policies of one moment. A call keeps the bundle it began with.
#[derive(Debug)]
pub struct Bundle {
    label: String,
    digest: Digest,
    files: BTreeMap<String, Arc<str>>,
    access: PolicySet,
    compliance: PolicySet,
    data: DataRules,
    /// `data:CLASS` for every class, as the compliance policy's subject.
    subjects: BTreeMap<Arc<str>, [Arc<str>; 1]>,
    /// `data:none`.
    nothing: [Arc<str>; 1],
}

impl Bundle {
    /// Loads and checks every file: a bundle whole, or everything that is wrong with it.
    ///
    /// # Errors
    /// Every problem at once, each with file, line and column.
    pub fn load(source: &BundleSource) -> Result<Self, Vec<Problem>> {
        Self::from_snapshot(Snapshot::read(source)?)
    }

    fn from_snapshot(snapshot: Snapshot) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let data = DataRules::read(
            &snapshot.file("data.yaml"),
            text(&snapshot, "data.yaml"),
            &mut problems,
        );
        let classes = data.as_ref().map(DataRules::classes).unwrap_or_default();
        let access = policy_set(
            &snapshot,
            "access",
            Kind::Access,
            ACCESS,
            &classes,
            &mut problems,
        );
        // Without classes every line of compliance.csv would be told to name none.
        let compliance = data.as_ref().and_then(|_| {
            policy_set(
                &snapshot,
                "compliance",
                Kind::Compliance,
                COMPLIANCE,
                &classes,
                &mut problems,
            )
        });
        match (access, compliance, data) {
            (Some(access), Some(compliance), Some(data)) if problems.is_empty() => Ok(Self {
                digest: snapshot.digest(),
                label: snapshot.label,
                files: snapshot.files,
                access,
                compliance,
                data,
                subjects: classes
                    .into_iter()
                    .map(|class| (Arc::clone(&class), [subject(&class)]))
                    .collect(),
                nothing: [subject("none")],
            }),
            _ => Err(problems),
        }
    }

    /// SHA-256 over every file of the bundle; stands in every audit record.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Every file by name, as it was when the bundle was loaded.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, Arc<str>> {
        &self.files
    }

    /// The bundle's name for people: its folder as the user wrote it, or `policies/default (built in)`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether the caller may do this with that. `facts` may be of the call and of the target.
    #[must_use]
    pub fn authorize(
        &self,
        principal: &Principal,
        object: &Object,
        action: Action,
        facts: &Facts,
    ) -> Decision {
        self.access
            .decide(&ask_access(principal, object, action, facts))
    }

    /// Whether data of these classes may be sent to the target. Every class found must be allowed; none at all is
    /// `data:none`. The decision is the first deny, else that of the last class. Shadow hits are those of every class.
    #[must_use]
    pub fn comply(
        &self,
        principal: &Principal,
        classes: &BTreeSet<DataClass>,
        target: &TargetName,
        facts: &Facts,
    ) -> Decision {
        let mut decision = None;
        if classes.is_empty() {
            return self.send(principal, &self.nothing, target, facts);
        }
        for class in classes {
            let next = match self.subjects.get(&class.0) {
                Some(subjects) => self.send(principal, subjects, target, facts),
                None => self.send(principal, &[subject(&class.0)], target, facts),
            };
            decision = Some(match decision {
                Some(earlier) => joined(earlier, next),
                None => next,
            });
        }
        decision.unwrap_or_else(|| self.send(principal, &self.nothing, target, facts))
    }

    /// What inspects and cleans one call. Surrogates are stable within a scope and unrelated across scopes.
    #[must_use]
    pub fn redactor(&self, scope: &ScopeKey) -> Redactor<'_> {
        Redactor::new(&self.data, scope)
    }

    /// Whether what no detector can read (sound, pictures, files) may pass through a door: `uninspected` of `data.yaml`.
    #[must_use]
    pub fn lets_uninspected(&self, surface: Surface) -> bool {
        self.data.lets_uninspected(surface)
    }

    /// Everything that the detectors find in a text, in its order, whatever is to be done with it.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Hit> {
        self.detector().scan(text)
    }

    /// The detectors of this bundle.
    #[must_use]
    pub fn detector(&self) -> &Detector {
        self.data.detector()
    }

    /// What would be decided and why, for a person.
    #[must_use]
    pub fn explain(
        &self,
        principal: &Principal,
        object: &Object,
        action: Action,
        facts: &Facts,
    ) -> String {
        let decision = self
            .access
            .decide_afresh(&ask_access(principal, object, action, facts));
        let mut text = format!("{}: {}", word(decision.effect), decision.reason);
        for hit in &decision.shadow {
            text.push_str(&format!("\nshadow: {} would {}", hit.rule, word(hit.would)));
        }
        text
    }

    pub(crate) fn access(&self) -> &PolicySet {
        &self.access
    }

    pub(crate) fn compliance(&self) -> &PolicySet {
        &self.compliance
    }

    pub(crate) fn data(&self) -> &DataRules {
        &self.data
    }

    fn send(
        &self,
        principal: &Principal,
        subjects: &[Arc<str>],
        target: &TargetName,
        facts: &Facts,
    ) -> Decision {
        self.compliance.decide(&Ask {
            subjects,
            domain: &principal.domain,
            object: [
                "model:",
                target.provider.as_str(),
                "/",
                target.model.as_str(),
            ],
            action: SEND,
            facts,
        })
    }
}

pub(crate) fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    }
}

fn joined(earlier: Decision, next: Decision) -> Decision {
    let (mut kept, other) = if earlier.effect == Effect::Deny {
        (earlier, next)
    } else {
        (next, earlier)
    };
    kept.shadow.extend(other.shadow);
    kept
}

fn ask_access<'a>(
    principal: &'a Principal,
    object: &'a Object,
    action: Action,
    facts: &'a Facts,
) -> Ask<'a> {
    Ask {
        subjects: &principal.subjects,
        domain: &principal.domain,
        object: [&object.0, "", "", ""],
        action: action.as_str(),
        facts,
    }
}

fn subject(class: &str) -> Arc<str> {
    format!("data:{class}").into()
}

fn text<'a>(snapshot: &'a Snapshot, name: &str) -> &'a str {
    snapshot.files.get(name).map_or("", |text| text)
}

fn policy_set(
    snapshot: &Snapshot,
    name: &str,
    kind: Kind,
    definitions: Definitions,
    classes: &BTreeSet<Arc<str>>,
    problems: &mut Vec<Problem>,
) -> Option<PolicySet> {
    let before = problems.len();
    let (conf, csv) = (format!("{name}.conf"), format!("{name}.csv"));
    model::check(
        &snapshot.file(&conf),
        text(snapshot, &conf),
        definitions,
        problems,
    );
    let file = snapshot.file(&csv);
    let lines = rules::read(&file, text(snapshot, &csv), kind, classes, problems);
    if problems.len() > before {
        return None;
    }
    PolicySet::new(&file, definitions, lines, problems)
}
