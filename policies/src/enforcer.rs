//! casbin, sealed: built once from checked lines, with one method that asks. Nothing can switch it off or change it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use casbin::function_map::OperatorFunction;
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, Model, RoleManager};
use marshal_types::{Effect, Facts};
use parking_lot::{Mutex, RwLock};

use crate::condition::Condition;
use crate::glob::object_matches;
use crate::model::Definitions;
use crate::roles::{ALL, Roles};
use crate::rules::{ANY_CLASS, Rule};

/// Why casbin could not be built or asked. Whoever sees it denies.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnforcerError {
    #[error("the policy engine did not answer: {0}")]
    Casbin(#[from] Box<casbin::Error>),
    #[error("the policy engine waited for something, and it has nothing to wait for")]
    Pending,
    #[error("the policy engine did not take every line")]
    Incomplete,
}

pub(crate) struct Sealed {
    /// casbin with the lines of the last question. Taken by one question at a time; another one makes a new one.
    idle: Mutex<Vec<Enforcer>>,
    definitions: Definitions,
    /// Every line as casbin has it, by its number.
    lines: Vec<Vec<String>>,
    roles: Arc<RwLock<dyn RoleManager>>,
    conditions: Arc<Conditions>,
}

/// Idle engines that are kept: as many as threads that decide.
const MOST_IDLE: usize = 16;

type Conditions = HashMap<Arc<str>, Arc<Condition>>;

/// One question, as the matcher of the `.conf` files sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) subjects: &'a [Arc<str>],
    pub(crate) domain: &'a str,
    pub(crate) object: &'a str,
    pub(crate) action: &'a str,
    pub(crate) facts: &'a Arc<Facts>,
}

/// What `subOk` gets as `r.sub`: casbin carries it as a value.
#[derive(Clone)]
enum Asking {
    /// Every name that the caller goes by, roles included, as our own reading of the `g` lines has them.
    Names(Arc<[Box<str>]>),
    /// The caller's own names, and casbin's reading of the `g` lines: slow.
    Roles(Arc<[Arc<str>]>, Arc<RwLock<dyn RoleManager>>),
}

/// What `condOk` gets as `r.ctx`.
#[derive(Clone)]
struct Known {
    facts: Arc<Facts>,
    conditions: Arc<Conditions>,
}

impl Sealed {
    /// Builds casbin's enforcer from the enforced lines. Needs no async runtime and may run inside one.
    pub(crate) fn build(
        definitions: Definitions,
        rules: &[Rule],
        roles: &Roles,
    ) -> Result<Self, EnforcerError> {
        let mut enforcer = engine(definitions)?;
        let lines: Vec<Vec<String>> = rules.iter().map(fields).collect();
        let model = enforcer.get_mut_model();
        let taken = lines
            .iter()
            .all(|line| model.add_policy("p", "p", line.clone()));
        let linked = roles
            .links()
            .all(|link| model.add_policy("g", "g", link.map(str::to_owned).to_vec()));
        if !taken || !linked || model.get_policy("p", "p").len() != rules.len() {
            return Err(EnforcerError::Incomplete);
        }
        enforcer.build_role_links().map_err(Box::new)?;
        let conditions = rules.iter().filter_map(|rule| {
            Some((
                Arc::clone(&rule.condition_text),
                Arc::clone(rule.condition.as_ref()?),
            ))
        });
        Ok(Self {
            roles: enforcer.get_role_manager(),
            conditions: Arc::new(conditions.collect()),
            idle: Mutex::new(Vec::new()),
            definitions,
            lines,
        })
    }

    /// Whether the policy allows it, by the lines with these numbers: those that can be about the question. A line
    /// that is not among them would not match, and so change nothing.
    pub(crate) fn ask(
        &self,
        question: &Question<'_>,
        names: &[&str],
        numbers: &[u32],
    ) -> Result<bool, EnforcerError> {
        let names = names.iter().map(|name| Box::from(*name)).collect();
        self.enforce(Asking::Names(names), question, numbers)
    }

    /// Whether the policy allows it, by every line there is and by casbin's own reading of the roles: slow, and what
    /// [`ask`](Self::ask) is held against.
    pub(crate) fn ask_all(&self, question: &Question<'_>) -> Result<bool, EnforcerError> {
        let all: Vec<u32> = (0..).take(self.lines.len()).collect();
        let asking = Asking::Roles(question.subjects.into(), Arc::clone(&self.roles));
        self.enforce(asking, question, &all)
    }

    fn enforce(
        &self,
        asking: Asking,
        question: &Question<'_>,
        numbers: &[u32],
    ) -> Result<bool, EnforcerError> {
        // Without a line casbin would try its matcher on nothing at all.
        if numbers.is_empty() {
            return Ok(false);
        }
        let idle = self.idle.lock().pop();
        let mut enforcer = match idle {
            Some(enforcer) => enforcer,
            None => engine(self.definitions)?,
        };
        let model = enforcer.get_mut_model();
        model.clear_policy();
        for number in numbers {
            let line = self.lines.get(*number as usize);
            let line = line.ok_or(EnforcerError::Incomplete)?.clone();
            if !model.add_policy("p", "p", line) {
                return Err(EnforcerError::Incomplete);
            }
        }
        let answer = enforcer
            .enforce(self.request(asking, question))
            .map_err(|error| EnforcerError::Casbin(Box::new(error)));
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(enforcer);
        }
        answer
    }

    fn request(&self, asking: Asking, question: &Question<'_>) -> Vec<Dynamic> {
        let known = Known {
            facts: Arc::clone(question.facts),
            conditions: Arc::clone(&self.conditions),
        };
        vec![
            Dynamic::from(asking),
            Dynamic::from(question.domain.to_owned()),
            Dynamic::from(question.object.to_owned()),
            Dynamic::from(question.action.to_owned()),
            Dynamic::from(known),
        ]
    }
}

/// An engine of casbin's with the model and our functions, and without lines.
fn engine(definitions: Definitions) -> Result<Enforcer, EnforcerError> {
    let mut model = DefaultModel::default();
    for (_, key, value) in definitions {
        model.add_def(&key[..1], key, value);
    }
    let mut enforcer =
        ready(Enforcer::new_raw(model, MemoryAdapter::default()))?.map_err(Box::new)?;
    enforcer.add_function("subOk", OperatorFunction::Arg3(subject_ok));
    enforcer.add_function("domOk", OperatorFunction::Arg2(domain_ok));
    enforcer.add_function("objOk", OperatorFunction::Arg2(object_ok));
    enforcer.add_function("actOk", OperatorFunction::Arg2(action_ok));
    enforcer.add_function("condOk", OperatorFunction::Arg3(condition_ok));
    Ok(enforcer)
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed")
    }
}

fn fields(rule: &Rule) -> Vec<String> {
    let effect = match rule.effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    [
        &*rule.id.0,
        &rule.subject,
        &rule.domain,
        &rule.object,
        &rule.action,
        &rule.condition_text,
        effect,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// casbin's interface is async for adapters that read files. Ours is memory, so that its futures are ready at once.
fn ready<T>(future: impl Future<Output = T>) -> Result<T, EnforcerError> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err(EnforcerError::Pending),
    }
}

// What a function cannot read is no match for an allow line. Both sides of a deny line are ours and always readable.
fn subject_ok(asking: Dynamic, subject: Dynamic, domain: Dynamic) -> Dynamic {
    let (Some(asking), Ok(subject), Ok(domain)) = (
        asking.try_cast::<Asking>(),
        subject.into_immutable_string(),
        domain.into_immutable_string(),
    ) else {
        return false.into();
    };
    if &*subject == ANY_CLASS {
        return true.into();
    }
    let found = match asking {
        Asking::Names(names) => names.iter().any(|name| **name == *subject),
        Asking::Roles(subjects, roles) => {
            let roles = roles.read();
            let mut names = subjects.iter().map(|subject| &**subject).chain([ALL]);
            names.any(|name| roles.has_link(name, &subject, Some(&domain)))
        }
    };
    found.into()
}

fn domain_ok(asked: Dynamic, domain: Dynamic) -> Dynamic {
    texts(asked, domain, |asked, domain| {
        domain == ALL || domain == asked
    })
}

fn object_ok(asked: Dynamic, object: Dynamic) -> Dynamic {
    texts(asked, object, |asked, object| object_matches(object, asked))
}

fn action_ok(asked: Dynamic, action: Dynamic) -> Dynamic {
    texts(asked, action, |asked, action| {
        action == ALL || action == asked
    })
}

fn condition_ok(known: Dynamic, condition: Dynamic, effect: Dynamic) -> Dynamic {
    let (Some(known), Ok(condition), Ok(effect)) = (
        known.try_cast::<Known>(),
        condition.into_immutable_string(),
        effect.into_immutable_string(),
    ) else {
        return false.into();
    };
    if &*condition == ALL {
        return true.into();
    }
    let effect = if effect == "deny" {
        Effect::Deny
    } else {
        Effect::Allow
    };
    known
        .conditions
        .get(&*condition)
        .is_some_and(|compiled| compiled.holds(&known.facts, effect))
        .into()
}

fn texts(asked: Dynamic, pattern: Dynamic, test: fn(&str, &str) -> bool) -> Dynamic {
    match (
        asked.into_immutable_string(),
        pattern.into_immutable_string(),
    ) {
        (Ok(asked), Ok(pattern)) => test(&asked, &pattern).into(),
        _ => false.into(),
    }
}
