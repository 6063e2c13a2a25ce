//! casbin, sealed: built once from checked lines, with one method that asks. Nothing can switch it off or change it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use casbin::function_map::OperatorFunction;
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, Model, RoleManager};
use marshal_types::{Effect, Facts};
use parking_lot::RwLock;

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
    enforcer: Enforcer,
    roles: Arc<RwLock<dyn RoleManager>>,
    conditions: Arc<Conditions>,
}

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
struct Asking {
    subjects: Arc<[Arc<str>]>,
    roles: Arc<RwLock<dyn RoleManager>>,
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
        let model = enforcer.get_mut_model();
        let taken = rules
            .iter()
            .all(|rule| model.add_policy("p", "p", fields(rule)));
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
            enforcer,
        })
    }

    /// Whether the policy allows it.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<bool, EnforcerError> {
        let asking = Asking {
            subjects: question.subjects.into(),
            roles: Arc::clone(&self.roles),
        };
        let known = Known {
            facts: Arc::clone(question.facts),
            conditions: Arc::clone(&self.conditions),
        };
        let request = vec![
            Dynamic::from(asking),
            Dynamic::from(question.domain.to_owned()),
            Dynamic::from(question.object.to_owned()),
            Dynamic::from(question.action.to_owned()),
            Dynamic::from(known),
        ];
        self.enforcer
            .enforce(request)
            .map_err(|error| EnforcerError::Casbin(Box::new(error)))
    }
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
    let roles = asking.roles.read();
    let mut names = asking
        .subjects
        .iter()
        .map(|subject| &**subject)
        .chain([ALL]);
    let found =
        &*subject == ANY_CLASS || names.any(|name| roles.has_link(name, &subject, Some(&domain)));
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
