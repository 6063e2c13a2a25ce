//! One casbin policy with its decisions: casbin says the effect, our own reading of the same lines says which one decided.
//!
//! The two are asked on every question that is not cached. If ever they disagree the answer is a deny.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use marshal_types::{Effect, Fact, Facts, Problem};

use crate::cache::Cache;
use crate::decision::{Decision, ShadowHit};
use crate::enforcer::{Question, Sealed};
use crate::glob::object_matches;
use crate::model::Definitions;
use crate::roles::{ALL, Roles};
use crate::rules::{ANY_CLASS, Lines, Rule, SEND};

#[derive(Debug)]
pub(crate) struct PolicySet {
    file: Arc<str>,
    rules: Vec<Rule>,
    shadow: Vec<Rule>,
    roles: Roles,
    sealed: Sealed,
    /// The facts that some line asks for. No other fact can change an answer.
    facts: Vec<Arc<str>>,
    cache: Cache<Key, Decision>,
}

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
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let roles = Roles::new(&lines, problems);
        if problems.len() > before {
            return None;
        }
        let mut names = BTreeSet::new();
        for condition in lines
            .rules
            .iter()
            .filter_map(|rule| rule.condition.as_ref())
        {
            condition.names(&mut names);
        }
        let (shadow, rules): (Vec<_>, Vec<_>) =
            lines.rules.into_iter().partition(|rule| rule.shadow);
        match Sealed::build(definitions, &rules, &roles) {
            Ok(sealed) => Some(Self {
                file: Arc::clone(file),
                rules,
                shadow,
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

    /// The decision, from memory where the same question was asked before.
    pub(crate) fn decide(&self, ask: &Ask<'_>) -> Decision {
        let hash = self.hash(ask);
        if let Some(decision) = self.cache.get(hash, |key| self.same(key, ask)) {
            return decision;
        }
        let decision = self.decide_afresh(ask);
        self.cache.put(hash, self.key(ask), decision.clone());
        decision
    }

    /// The decision without the memory of earlier ones.
    pub(crate) fn decide_afresh(&self, ask: &Ask<'_>) -> Decision {
        let key = self.key(ask);
        let facts = self
            .facts
            .iter()
            .zip(&key.facts)
            .filter_map(|(name, fact)| Some((Arc::clone(name), fact.clone()?)));
        let facts = Arc::new(Facts(facts.collect()));
        let question = Question {
            subjects: ask.subjects,
            domain: self.roles.domain(ask.domain),
            object: &key.object,
            action: ask.action,
            facts: &facts,
        };
        let names = self.roles.names(ask.subjects, ask.domain);
        let decided = self.own(&names, &question);
        let own = decided.is_some_and(|rule| rule.effect == Effect::Allow);
        let shadow = self
            .shadow
            .iter()
            .filter(|rule| misses(rule, &names, &question) == 0);
        let shadow = shadow
            .map(|rule| ShadowHit {
                rule: rule.id.clone(),
                would: rule.effect,
            })
            .collect();
        let reason = match self.sealed.ask(&question) {
            Ok(casbin) if casbin == own => None,
            Ok(_) => Some("policy engines disagree".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = reason {
            return Decision {
                effect: Effect::Deny,
                rule: None,
                place: None,
                reason: reason.into(),
                shadow,
            };
        }
        Decision {
            effect: if own { Effect::Allow } else { Effect::Deny },
            rule: decided.map(|rule| rule.id.clone()),
            place: decided.map(|rule| rule.place.clone()),
            reason: match decided {
                Some(rule) => decided_by(rule, &question).into(),
                None => self.nearest_miss(&names, &question).into(),
            },
            shadow,
        }
    }

    /// Every `p` line, enforced ones first.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain(&self.shadow)
    }

    /// The first deny that matches, else the first allow.
    fn own(&self, names: &[&str], question: &Question<'_>) -> Option<&Rule> {
        let mut matching = self
            .rules
            .iter()
            .filter(|rule| misses(rule, names, question) == 0);
        let first = matching.next()?;
        if first.effect == Effect::Deny {
            return Some(first);
        }
        matching
            .find(|rule| rule.effect == Effect::Deny)
            .or(Some(first))
    }

    fn nearest_miss(&self, names: &[&str], question: &Question<'_>) -> String {
        let says = format!("no line of {} allows {}", self.file, deed(question));
        let allows = self
            .rules
            .iter()
            .filter(|rule| rule.effect == Effect::Allow);
        let near = allows
            .map(|rule| (misses(rule, names, question), rule))
            .min_by_key(|(misses, _)| (misses.count_ones(), Reverse(*misses)));
        let Some((misses, rule)) = near.filter(|(misses, _)| misses.count_ones() == 1) else {
            return says;
        };
        let clause = match misses {
            SUBJECT => format!("is for {}", rule.subject),
            DOMAIN => format!("is for the tenant {}", rule.domain),
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
        | flag(
            rule.condition
                .as_ref()
                .is_none_or(|condition| condition.holds(question.facts, rule.effect)),
            CONDITION,
        )
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
