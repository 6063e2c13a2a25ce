//! One casbin policy with its decisions: an index says which lines can be about a question, casbin decides by them,
//! and our own reading of the same lines says which one it was.
//!
//! The two are asked on every question that is not remembered. If ever they disagree the answer is a deny.

use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use marshal_types::{Effect, Fact, Facts, Problem};

use crate::cache::Cache;
use crate::decision::{Decision, ShadowHit};
use crate::enforcer::{EnforcerError, Question, Sealed};
use crate::glob::object_matches;
use crate::index::Index;
use crate::model::Definitions;
use crate::obligations::{ByRule, Obligations};
use crate::roles::{ALL, Roles};
use crate::rules::{ANY_CLASS, Grant, Lines, Mode, Rule, SEND};

#[derive(Debug)]
pub(crate) struct PolicySet {
    file: Arc<str>,
    definitions: Definitions,
    /// The lines that decide.
    rules: Vec<Rule>,
    index: Index,
    /// The lines that record or oblige.
    aside: Vec<Rule>,
    aside_index: Index,
    obligations: ByRule,
    roles: Roles,
    sealed: Sealed,
    /// The facts that some line asks for. No other fact can change an answer.
    facts: Vec<Arc<str>>,
    cache: Cache<Key, Decision>,
}

/// Pairs of lines that are compared at load.
const MOST_LOOKS: usize = 20_000_000;

/// Decisions about longer objects are not kept, in bytes.
const LONGEST_KEPT: usize = 512;

/// A policy with more lines than this looks for the nearest miss only among the lines of the same tenant and subject.
const MANY: usize = 200;

/// A question as it is asked of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) subjects: &'a [Arc<str>],
    pub(crate) domain: &'a str,
    /// The object is the concatenation, so that a cache hit builds no text.
    pub(crate) object: [&'a str; 4],
    pub(crate) action: &'a str,
    pub(crate) facts: &'a Facts,
}

/// The whole question: what the policy can see of it.
#[derive(Debug)]
struct Key {
    subjects: Box<[Arc<str>]>,
    domain: Box<str>,
    object: Box<str>,
    action: Box<str>,
    facts: Box<[Option<Fact>]>,
}

impl PolicySet {
    /// From checked lines; what is wrong with the roles or with casbin becomes a problem.
    pub(crate) fn new(
        file: &Arc<str>,
        definitions: Definitions,
        lines: Lines,
        obligations: &ByRule,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let roles = Roles::new(&lines, problems);
        never_decides(&lines.rules, problems);
        if problems.len() > before {
            return None;
        }
        let mut names = BTreeSet::new();
        for rule in &lines.rules {
            if let Some(condition) = &rule.condition {
                condition.names(&mut names);
            }
        }
        let own = lines.rules.iter().filter_map(|rule| {
            let obliged = obligations.get(&rule.id)?;
            Some((rule.id.clone(), Arc::clone(obliged)))
        });
        let obligations = own.collect();
        let (rules, aside): (Vec<_>, Vec<_>) = lines
            .rules
            .into_iter()
            .partition(|rule| rule.mode == Mode::Enforce);
        match Sealed::build(definitions, &rules, &roles) {
            Ok(sealed) => Some(Self {
                file: Arc::clone(file),
                definitions,
                index: Index::new(&rules),
                aside_index: Index::new(&aside),
                rules,
                aside,
                obligations,
                roles,
                sealed,
                facts: names.into_iter().collect(),
                cache: Cache::new(),
            }),
            Err(error) => {
                problems.push(Problem::in_file(&**file, error.to_string()));
                None
            }
        }
    }

    /// The same policy made of other parts: for tests of the tests.
    pub(crate) fn made_of(
        &self,
        rules: Vec<Rule>,
        grants: Vec<Grant>,
        obligations: ByRule,
    ) -> Option<Self> {
        Self::new(
            &self.file,
            self.definitions,
            Lines { rules, grants },
            &obligations,
            &mut Vec::new(),
        )
    }

    /// The decision, from memory where the same question was asked before.
    pub(crate) fn decide(&self, ask: &Ask<'_>) -> Decision {
        let hash = self.hash(ask);
        if let Some(decision) = self.cache.get(hash, |key| self.same(key, ask)) {
            return decision;
        }
        let decision = self.decide_afresh(ask);
        // A name that a client makes up may be of any length; memory is not its to fill.
        if ask.object.iter().map(|part| part.len()).sum::<usize>() <= LONGEST_KEPT {
            self.cache.put(hash, self.key(ask), decision.clone());
        }
        decision
    }

    /// The decision without the memory of earlier ones.
    pub(crate) fn decide_afresh(&self, ask: &Ask<'_>) -> Decision {
        let object = ask.object.concat();
        let facts = Arc::new(self.asked_of(ask));
        let question = self.question(ask, &object, &facts);
        let names = self.roles.names(ask.subjects, ask.domain);
        let candidates = candidates(&self.index, &self.rules, &names, &question);
        let decided = self.own(&candidates, &question);
        let own = decided.is_some_and(|rule| rule.effect == Effect::Allow);
        let beside = self.beside(&names, &question);
        let shadow = beside.iter().filter(|rule| rule.mode == Mode::Shadow);
        let shadow = shadow
            .map(|rule| ShadowHit {
                rule: rule.id.clone(),
                would: rule.effect,
            })
            .collect();
        let wrong = match self.sealed.ask(&question, &names, &candidates) {
            Ok(casbin) if casbin == own => None,
            Ok(_) => Some("policy engines disagree".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        let denied = |reason: String, shadow, obligations, sound| Decision {
            effect: Effect::Deny,
            rule: None,
            place: None,
            reason: reason.into(),
            shadow,
            obligations,
            sound,
        };
        if let Some(reason) = wrong {
            return denied(reason, shadow, None, false);
        }
        let Some(rule) = decided else {
            // A door that needs no line is open all the same, and what obliges there holds.
            let obliged = self.obliged(&[], &beside, &question);
            return denied(self.nearest_miss(&names, &question), shadow, obliged, true);
        };
        Decision {
            effect: rule.effect,
            rule: Some(rule.id.clone()),
            place: Some(rule.place.clone()),
            reason: decided_by(rule, &question).into(),
            shadow,
            obligations: own
                .then(|| self.obliged(&candidates, &beside, &question))
                .flatten(),
            sound: true,
        }
    }

    /// Every line that matches, those that record or oblige included, in the order of the files.
    pub(crate) fn matching(&self, ask: &Ask<'_>) -> Vec<&Rule> {
        let object = ask.object.concat();
        let facts = Arc::new(self.asked_of(ask));
        let question = self.question(ask, &object, &facts);
        let names = self.roles.names(ask.subjects, ask.domain);
        let candidates = candidates(&self.index, &self.rules, &names, &question);
        let mut matching = self.holding(&candidates, &question);
        matching.extend(self.beside(&names, &question));
        matching
    }

    /// Every name that the subjects go by: for explanations.
    pub(crate) fn names(&self, subjects: &[Arc<str>], domain: &str) -> Vec<String> {
        let names = self.roles.names(subjects, domain);
        names.into_iter().map(str::to_owned).collect()
    }

    /// What casbin says by all lines at once, without index and memory: what every decision is held against.
    pub(crate) fn by_casbin_alone(&self, ask: &Ask<'_>) -> Result<bool, EnforcerError> {
        let object = ask.object.concat();
        let facts = Arc::new(ask.facts.clone());
        self.sealed.ask_all(&self.question(ask, &object, &facts))
    }

    /// Every `p` line, enforced ones first.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain(&self.aside)
    }

    /// Whether some line asks for the fact.
    pub(crate) fn asks_for(&self, fact: &str) -> bool {
        self.facts.iter().any(|name| &**name == fact)
    }

    /// Every `g` line.
    pub(crate) fn grants(&self) -> &[Grant] {
        self.roles.grants()
    }

    /// What lines oblige to.
    pub(crate) fn obligations(&self) -> &ByRule {
        &self.obligations
    }

    /// Those of the facts that some line asks for.
    fn asked_of(&self, ask: &Ask<'_>) -> Facts {
        let asked = self
            .facts
            .iter()
            .filter_map(|name| Some((Arc::clone(name), ask.facts.get(name)?.clone())));
        Facts(asked.collect())
    }

    fn question<'a>(&self, ask: &Ask<'a>, object: &'a str, facts: &'a Arc<Facts>) -> Question<'a> {
        Question {
            subjects: ask.subjects,
            domain: self.roles.domain(ask.domain),
            object,
            action: ask.action,
            facts,
        }
    }

    /// Of the candidates, those whose condition holds.
    fn holding(&self, candidates: &[u32], question: &Question<'_>) -> Vec<&Rule> {
        candidates
            .iter()
            .filter_map(|number| self.rules.get(*number as usize))
            .filter(|rule| holds(rule, question))
            .collect()
    }

    /// The first deny that matches, else the first allow.
    fn own(&self, candidates: &[u32], question: &Question<'_>) -> Option<&Rule> {
        let mut matching = candidates
            .iter()
            .filter_map(|number| self.rules.get(*number as usize))
            .filter(|rule| holds(rule, question));
        let first = matching.next()?;
        if first.effect == Effect::Deny {
            return Some(first);
        }
        matching
            .find(|rule| rule.effect == Effect::Deny)
            .or(Some(first))
    }

    /// The lines that decide nothing and match.
    fn beside(&self, names: &[&str], question: &Question<'_>) -> Vec<&Rule> {
        if self.aside.is_empty() {
            return Vec::new();
        }
        candidates(&self.aside_index, &self.aside, names, question)
            .iter()
            .filter_map(|number| self.aside.get(*number as usize))
            .filter(|rule| holds(rule, question))
            .collect()
    }

    /// What every line that matches obliges to, taken together.
    fn obliged(
        &self,
        candidates: &[u32],
        beside: &[&Rule],
        question: &Question<'_>,
    ) -> Option<Arc<Obligations>> {
        if self.obligations.is_empty() {
            return None;
        }
        self.holding(candidates, question)
            .into_iter()
            .chain(beside.iter().copied())
            .filter_map(|rule| self.obligations.get(&rule.id))
            .fold(None, |all, one| {
                Obligations::joined(all, Some(Arc::clone(one)))
            })
    }

    fn nearest_miss(&self, names: &[&str], question: &Question<'_>) -> String {
        let says = format!("no line of {} allows {}", self.file, deed(question));
        let near = if self.rules.len() > MANY {
            let mut found = Vec::new();
            self.index
                .near(names, question.domain, question.object, &mut found);
            found
        } else {
            (0..).take(self.rules.len()).collect()
        };
        let allows = near
            .iter()
            .filter_map(|number| self.rules.get(*number as usize))
            .filter(|rule| rule.effect == Effect::Allow);
        let near = allows
            .map(|rule| (misses(rule, names, question), rule))
            .min_by_key(|(misses, rule)| (misses.count_ones(), far(*misses, rule, question)));
        let Some((misses, rule)) = near.filter(|(misses, _)| misses.count_ones() == 1) else {
            return says;
        };
        let clause = match misses {
            SUBJECT => format!("is for {}", rule.subject),
            DOMAIN => format!(
                "is for the tenant {}, and this is {}",
                rule.domain, question.domain
            ),
            OBJECT => format!("is for {}", rule.object),
            ACTION => format!("is for the action {}", rule.action),
            _ => format!("needs {}", rule.condition_text),
        };
        format!(
            "{says}; the nearest line, {} (line {}), {clause}",
            rule.id, rule.place.line
        )
    }

    fn hash(&self, ask: &Ask<'_>) -> u64 {
        let mut hasher = self.cache.hasher();
        ask.subjects.hash(&mut hasher);
        hasher.write(ask.domain.as_bytes());
        for part in ask.object {
            hasher.write(part.as_bytes());
        }
        hasher.write(ask.action.as_bytes());
        for name in &self.facts {
            ask.facts.get(name).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn same(&self, key: &Key, ask: &Ask<'_>) -> bool {
        *key.subjects == *ask.subjects
            && *key.domain == *ask.domain
            && is_concatenation(&key.object, &ask.object)
            && *key.action == *ask.action
            && self
                .facts
                .iter()
                .zip(&key.facts)
                .all(|(name, fact)| ask.facts.get(name) == fact.as_ref())
    }

    fn key(&self, ask: &Ask<'_>) -> Key {
        Key {
            subjects: ask.subjects.into(),
            domain: ask.domain.into(),
            object: ask.object.concat().into(),
            action: ask.action.into(),
            facts: self
                .facts
                .iter()
                .map(|name| ask.facts.get(name).cloned())
                .collect(),
        }
    }
}

const SUBJECT: u8 = 1;
const DOMAIN: u8 = 2;
const OBJECT: u8 = 4;
const ACTION: u8 = 8;
const CONDITION: u8 = 16;

/// How far a line with one miss is from the question: of two the nearer is told of.
fn far(misses: u8, rule: &Rule, question: &Question<'_>) -> u8 {
    let kind = |object: &str| object.split_once(':').map(|(kind, _)| kind.to_owned());
    match misses {
        CONDITION => 0,
        ACTION => 1,
        DOMAIN => 2,
        OBJECT if kind(&rule.object) == kind(question.object) => 3,
        SUBJECT => 4,
        _ => 5,
    }
}

fn candidates(index: &Index, rules: &[Rule], names: &[&str], question: &Question<'_>) -> Vec<u32> {
    let mut found = Vec::new();
    index.candidates(
        rules,
        names,
        question.domain,
        question.object,
        question.action,
        &mut found,
    );
    found
}

fn holds(rule: &Rule, question: &Question<'_>) -> bool {
    rule.condition
        .as_ref()
        .is_none_or(|condition| condition.holds(question.facts, rule.effect))
}

/// A line that another one denies whatever it says: it would look like a rule and be none. One in shadow mode is there
/// to be tried.
fn never_decides(rules: &[Rule], problems: &mut Vec<Problem>) {
    let sweeping: Vec<&Rule> = rules
        .iter()
        .filter(|rule| {
            rule.mode == Mode::Enforce && rule.effect == Effect::Deny && rule.condition.is_none()
        })
        .collect();
    // By subject: those about everyone deny everyone.
    let mut by_subject: HashMap<&str, Vec<&Rule>> = HashMap::new();
    for deny in sweeping {
        by_subject.entry(&deny.subject).or_default().push(deny);
    }
    let mut looks = 0;
    for rule in rules {
        if rule.effect != Effect::Allow || rule.mode == Mode::Shadow {
            continue;
        }
        let over = |deny: &&&Rule| {
            let all = |wide: &str, narrow: &str| wide == ALL || wide == narrow;
            // A lower layer is there to narrow, and to be taken away again.
            deny.layer == rule.layer
                && all(&deny.domain, &rule.domain)
                && all(&deny.action, &rule.action)
                && (all(&deny.object, &rule.object) || object_matches(&deny.object, &rule.object))
        };
        let denies = [&*rule.subject, ALL, ANY_CLASS];
        let found = denies.iter().find_map(|subject| {
            let list = by_subject.get(subject)?;
            looks += list.len();
            list.iter().find(over)
        });
        if let Some(deny) = found {
            let message = format!(
                "this line can never decide: {} ({}:{}) denies all that it allows; remove one of the two, or give the deny a condition",
                deny.id, deny.place.file, deny.place.line
            );
            problems.push(Problem::at(rule.place.clone(), message));
        }
        // A look at every pair of tens of thousands of lines would take minutes.
        if looks > MOST_LOOKS {
            return;
        }
    }
}

/// Which clauses of the line do not hold; zero is a match.
fn misses(rule: &Rule, names: &[&str], question: &Question<'_>) -> u8 {
    let flag = |holds: bool, flag: u8| if holds { 0 } else { flag };
    flag(
        &*rule.subject == ANY_CLASS || names.contains(&&*rule.subject),
        SUBJECT,
    ) | flag(
        &*rule.domain == ALL || *rule.domain == *question.domain,
        DOMAIN,
    ) | flag(object_matches(&rule.object, question.object), OBJECT)
        | flag(
            &*rule.action == ALL || *rule.action == *question.action,
            ACTION,
        )
        | flag(holds(rule, question), CONDITION)
}

fn decided_by(rule: &Rule, question: &Question<'_>) -> String {
    let verb = match rule.effect {
        Effect::Allow => "allows",
        Effect::Deny => "does not allow",
    };
    let condition = match &*rule.condition_text {
        ALL => String::new(),
        text => format!(" where {text}"),
    };
    let place = &rule.place;
    format!(
        "{} ({}:{}) {verb} {}{condition}",
        rule.id,
        place.file,
        place.line,
        deed(question)
    )
}

/// `u:ann to invoke model:openai/gpt-4o`, `data:pci to be sent to model:openai/gpt-4o`
fn deed(question: &Question<'_>) -> String {
    let who = question
        .subjects
        .first()
        .map_or("a caller without a name", |subject| &**subject);
    let verb = if question.action == SEND {
        "be sent to"
    } else {
        question.action
    };
    format!("{who} to {verb} {}", question.object)
}

fn is_concatenation(whole: &str, parts: &[&str]) -> bool {
    parts
        .iter()
        .try_fold(whole, |rest, part| rest.strip_prefix(part))
        == Some("")
}

#[cfg(test)]
mod tests;
