//! A bundle: every policy file, read as one snapshot, checked as a whole, and never changed afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{
    Action, Civil, DataClass, Digest, Effect, Facts, Object, Principal, Problem, RuleId, Surface,
    SurfaceKind, TargetName,
};

use crate::Obligations;
use crate::approvals::{Approvals, Ended};
use crate::condition::vocabulary::DATA;
use crate::data::{DataRules, Guard};
use crate::decision::Decision;
use crate::evidence::{Evidence, Stale};
use crate::layers::Layer;
use crate::model::{self, ACCESS, COMPLIANCE, Definitions};
use crate::obligations::{self, ByRule};
use crate::policy_set::{Ask, PolicySet};
use crate::redact::{Redactor, ScopeKey};
use crate::rules::{self, Ids, Kind, Lines, Mode, Rule, SEND, Source};
use crate::signature::{self, SIGNATURES, Signature};
use crate::source::{BundleSource, Snapshot};
use crate::testing::{self, Case};
use marshal_detect::{Detector, Hit};

/// All policies of one moment. A call keeps the bundle it began with.
#[derive(Debug)]
pub struct Bundle {
    label: String,
    digest: Digest,
    files: BTreeMap<String, Arc<str>>,
    access: PolicySet,
    compliance: PolicySet,
    data: Arc<DataRules>,
    evidence: Evidence,
    approvals: Approvals,
    signatures: Vec<Signature>,
    /// The tests that lie beside the policies.
    cases: Vec<Case>,
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
        let bundle = Self::read(snapshot)?;
        let problems = bundle.self_test();
        if problems.is_empty() {
            Ok(bundle)
        } else {
            Err(problems)
        }
    }

    fn read(snapshot: Snapshot) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let data = DataRules::read(
            &snapshot.file("data.yaml"),
            text(&snapshot, "data.yaml"),
            &mut problems,
        );
        let mut parts = Parts {
            snapshot: &snapshot,
            classes: data.as_ref().map(DataRules::classes).unwrap_or_default(),
            ids: Ids::new(),
            problems: &mut problems,
        };
        let access = parts.lines("access", Kind::Access, ACCESS);
        // Without classes every line of compliance.csv would be told to name none.
        let compliance = match data {
            Some(_) => parts.lines("compliance", Kind::Compliance, COMPLIANCE),
            None => Lines::default(),
        };
        let profiles = data.as_ref().map(DataRules::profiles).unwrap_or_default();
        let obligations = parts.obligations(&access, &compliance, &profiles);
        let (access, compliance) = if problems.is_empty() {
            let mut build = |name: &str, definitions, lines| {
                let file = snapshot.file(name);
                PolicySet::new(&file, definitions, lines, &obligations, &mut problems)
            };
            (
                build("access.csv", ACCESS, access),
                build("compliance.csv", COMPLIANCE, compliance),
            )
        } else {
            (None, None)
        };
        let evidence = optional(&snapshot, "facts.yaml", |file, text| {
            Evidence::read(file, text, &mut problems)
        });
        // Where lines could not be read, an approval of one would seem to be of nobody's.
        let approvals = if problems.is_empty() {
            optional(&snapshot, "approvals.yaml", |file, text| {
                Approvals::read(file, text, &[&obligations], &mut problems)
            })
        } else {
            Approvals::default()
        };
        let signatures = optional(&snapshot, SIGNATURES, |file, text| {
            signature::read(file, text, &mut problems)
        });
        let cases = testing::read(&snapshot, &mut problems);
        match (access, compliance, data) {
            (Some(access), Some(compliance), Some(data)) if problems.is_empty() => Ok(Self {
                digest: snapshot.digest(),
                subjects: data
                    .classes()
                    .into_iter()
                    .map(|class| (Arc::clone(&class), [subject(&class)]))
                    .collect(),
                label: snapshot.label,
                files: snapshot.files,
                access,
                compliance,
                data: Arc::new(data),
                evidence,
                approvals,
                signatures,
                cases,
                nothing: [subject("none")],
            }),
            _ => {
                problems.sort();
                problems.dedup();
                Err(problems)
            }
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

    /// What casbin says by every line of the access policy, without index and memory; an error of its is a deny. Slow:
    /// what [`authorize`](Self::authorize) is measured against.
    #[must_use]
    pub fn casbin_alone(
        &self,
        principal: &Principal,
        object: &Object,
        action: Action,
        facts: &Facts,
    ) -> bool {
        let ask = ask_access(principal, object, action, facts);
        self.access.by_casbin_alone(&ask).unwrap_or(false)
    }

    /// Whether data of these classes may be sent to the target. Every class found must be allowed; none at all is
    /// `data:none`. The decision is the first deny, else that of all classes: their lines, joined by `+`. Shadow hits are
    /// those of every class.
    #[must_use]
    pub fn comply(
        &self,
        principal: &Principal,
        classes: &BTreeSet<DataClass>,
        target: &TargetName,
        facts: &Facts,
    ) -> Decision {
        self.comply_by(&self.compliance, principal, classes, target, facts)
    }

    /// The same by another policy in the place of the bundle's: for tests of its tests.
    pub(crate) fn comply_by(
        &self,
        policy: &PolicySet,
        principal: &Principal,
        classes: &BTreeSet<DataClass>,
        target: &TargetName,
        facts: &Facts,
    ) -> Decision {
        let with_data;
        let facts = if policy.asks_for(DATA) {
            let found = classes.iter().map(|class| Arc::clone(&class.0)).collect();
            with_data = facts.clone().with(DATA, marshal_types::Fact::List(found));
            &with_data
        } else {
            facts
        };
        let mut decision = None;
        if classes.is_empty() {
            return send(policy, principal, &self.nothing, target, facts);
        }
        for class in classes {
            let next = match self.subjects.get(&class.0) {
                Some(subjects) => send(policy, principal, subjects, target, facts),
                None => send(policy, principal, &[subject(&class.0)], target, facts),
            };
            decision = Some(match decision {
                Some(earlier) => joined(earlier, next),
                None => next,
            });
        }
        decision.unwrap_or_else(|| send(policy, principal, &self.nothing, target, facts))
    }

    /// Whether the caller may pass through this door at all, beside the model that it asks for. `None`: nobody asks,
    /// for conversations are governed by their models alone, and what is answered here leads nowhere.
    ///
    /// What providers keep and their own paths need a line that allows them. Of any other door a line that denies
    /// closes it, and no line is needed.
    #[must_use]
    pub fn door(
        &self,
        principal: &Principal,
        surface: Surface,
        action: Action,
        facts: &Facts,
    ) -> Option<Decision> {
        let (needs_allow, action) = match surface.kind() {
            SurfaceKind::Chat | SurfaceKind::Local => return None,
            SurfaceKind::Object => (true, Action::Invoke),
            SurfaceKind::Task | SurfaceKind::Socket => (false, action),
        };
        let mut decision = self.access.decide(&Ask {
            subjects: &principal.subjects,
            domain: &principal.domain,
            object: ["api:", surface.as_str(), "", ""],
            action: action.as_str(),
            facts,
        });
        // What no line is about is open where none is needed.
        if !needs_allow && decision.rule.is_none() && decision.unanimous() {
            decision.effect = Effect::Allow;
        }
        Some(decision)
    }

    /// Adds what `facts.yaml` knows of a target today, and takes away what was to be reviewed by now.
    pub fn facts_of(&self, target: &TargetName, today: Civil, facts: &mut Facts) {
        if !self.evidence.is_empty() {
            self.evidence.of(&format!("model:{target}"), today, facts);
        }
    }

    /// The facts of a target of which `facts.yaml` has the say.
    #[must_use]
    pub fn evidence_of(&self, target: &TargetName) -> Vec<Arc<str>> {
        if self.evidence.is_empty() {
            return Vec::new();
        }
        self.evidence.names(&format!("model:{target}"))
    }

    /// Facts of `facts.yaml` that count no longer, for warnings.
    #[must_use]
    pub fn stale_facts(&self, today: Civil) -> Vec<Stale> {
        self.evidence.stale(today)
    }

    /// Approvals that are over, for warnings.
    #[must_use]
    pub fn ended_approvals(&self, today: Civil) -> Vec<Ended> {
        self.approvals.ended(today)
    }

    /// The first line whose approval this caller lacks today.
    #[must_use]
    pub fn lacks_approval<'a>(
        &self,
        principal: &Principal,
        obligations: &'a Obligations,
        today: Civil,
    ) -> Option<&'a RuleId> {
        let mut wanted = obligations.approvals.iter();
        wanted.find(|rule| !self.approvals.has(rule, principal, today))
    }

    /// Who signed the bundle, not yet believed.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Every pattern of models and providers that a line names, with its place: for a look at which are configured.
    #[must_use]
    pub fn named_targets(&self) -> Vec<(Arc<str>, marshal_types::Place)> {
        let rules = self.access.rules().chain(self.compliance.rules());
        rules
            .filter(|rule| {
                rule.region.is_none()
                    && ["model:", "provider:"]
                        .iter()
                        .any(|kind| rule.object.starts_with(kind))
            })
            .map(|rule| (Arc::clone(&rule.object), rule.place.clone()))
            .collect()
    }

    /// Every region that a line names as its object, with the line's place.
    #[must_use]
    pub fn named_regions(&self) -> Vec<(Arc<str>, marshal_types::Place)> {
        let rules = self.access.rules().chain(self.compliance.rules());
        rules
            .filter_map(|rule| Some((rule.region.clone()?, rule.place.clone())))
            .collect()
    }

    /// What inspects and cleans one call under these obligations: stricter by their profiles.
    #[must_use]
    pub fn redactor_under(
        &self,
        scope: &ScopeKey,
        obligations: Option<&Obligations>,
    ) -> Redactor<'_> {
        let redactor = Redactor::new(&self.data, scope);
        match obligations {
            Some(obligations) => redactor.by(&obligations.redact),
            None => redactor,
        }
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

    /// Whether a model looks for names, which takes a while.
    #[must_use]
    pub fn looks_for_names(&self) -> bool {
        self.data.names().is_some()
    }

    /// The guards of `data.yaml`.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        self.data.guards()
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

    pub(crate) fn access(&self) -> &PolicySet {
        &self.access
    }

    pub(crate) fn compliance(&self) -> &PolicySet {
        &self.compliance
    }

    pub(crate) fn data(&self) -> &DataRules {
        &self.data
    }

    pub(crate) fn cases(&self) -> &[Case] {
        &self.cases
    }
}

fn send(
    policy: &PolicySet,
    principal: &Principal,
    subjects: &[Arc<str>],
    target: &TargetName,
    facts: &Facts,
) -> Decision {
    policy.decide(&Ask {
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
    if kept.effect == Effect::Allow {
        kept.rule = match (other.rule, kept.rule) {
            (Some(one), Some(two)) if !one.0.split('+').any(|known| known == &*two.0) => {
                kept.reason = format!("{}; {}", other.reason, kept.reason).into();
                Some(RuleId(format!("{one}+{two}").into()))
            }
            (one, two) => one.or(two),
        };
        kept.obligations = Obligations::joined(kept.obligations, other.obligations);
    }
    kept
}

pub(crate) fn ask_access<'a>(
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

/// Reads a file that a bundle may have.
fn optional<T: Default>(snapshot: &Snapshot, name: &str, read: impl FnOnce(&str, &str) -> T) -> T {
    match snapshot.files.get(name) {
        Some(text) => read(&snapshot.file(name), text),
        None => T::default(),
    }
}

/// What the files of one bundle share while they are read.
struct Parts<'a> {
    snapshot: &'a Snapshot,
    classes: BTreeSet<Arc<str>>,
    ids: Ids,
    problems: &'a mut Vec<Problem>,
}

impl Parts<'_> {
    /// The lines of every layer, the platform's first.
    fn lines(&mut self, name: &str, kind: Kind, definitions: Definitions) -> Lines {
        let conf = format!("{name}.conf");
        let file = self.snapshot.file(&conf);
        model::check(
            &file,
            text(self.snapshot, &conf),
            definitions,
            self.problems,
        );
        let mut layers: Vec<(Layer, &String)> = self
            .snapshot
            .files
            .keys()
            .filter_map(|file| {
                let (layer, of) = Layer::of_file(file)?;
                (of == kind).then_some((layer, file))
            })
            .collect();
        layers.sort();
        let mut all = Lines::default();
        for (layer, name) in layers {
            let source = Source {
                file: &self.snapshot.file(name),
                kind,
                layer: &layer,
                classes: &self.classes,
            };
            let lines = rules::read(
                source,
                text(self.snapshot, name),
                &mut self.ids,
                self.problems,
            );
            all.rules.extend(lines.rules);
            all.grants.extend(lines.grants);
        }
        all
    }

    /// What lines oblige to, of every layer.
    fn obligations(
        &mut self,
        access: &Lines,
        compliance: &Lines,
        profiles: &BTreeSet<Arc<str>>,
    ) -> ByRule {
        let of = |lines: &'_ Lines, kind| -> Vec<(Kind, Rule)> {
            lines
                .rules
                .iter()
                .map(|rule| (kind, rule.clone()))
                .collect()
        };
        let owned = [of(access, Kind::Access), of(compliance, Kind::Compliance)].concat();
        let rules: Vec<(Kind, &Rule)> = owned.iter().map(|(kind, rule)| (*kind, rule)).collect();
        let mut by_rule = ByRule::new();
        // Where a line could not be read, its obligations would seem to be of nobody's.
        if !self.problems.is_empty() {
            return by_rule;
        }
        for (name, text) in &self.snapshot.files {
            if let Some(layer) = Layer::of_obligations(name) {
                let file = self.snapshot.file(name);
                obligations::read(
                    &file,
                    text,
                    &layer,
                    &rules,
                    profiles,
                    &mut by_rule,
                    self.problems,
                );
            }
        }
        obligations::without_any(&rules, &by_rule, self.problems);
        let unasked = rules.iter().filter(|(kind, rule)| {
            let asks = rule.condition.as_ref().is_some_and(|condition| {
                let mut names = BTreeSet::new();
                condition.names(&mut names);
                names.contains(DATA)
            });
            *kind == Kind::Access && asks && rule.mode != Mode::Shadow
        });
        for (_, rule) in unasked {
            let message = "access is decided before a call is looked into, so `data` is not known yet; write this line into compliance.csv";
            self.problems.push(Problem::at(rule.place.clone(), message));
        }
        by_rule
    }
}
