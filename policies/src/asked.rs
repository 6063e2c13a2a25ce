//! What is asked of the policies when: which actions on which objects, and with which facts. A line about anything else
//! would never match.

use marshal_types::{Action, Fact, Surface, SurfaceKind};

use crate::condition::{Circumstances, IsFact, vocabulary};
use crate::glob::matches;
use crate::rules::{Kind, Rule, SEND};

/// What is settled, and what is not known, wherever a line is asked.
pub(crate) fn circumstances(kind: Kind, rule: &Rule) -> Circumstances {
    let text = |text: &str| Fact::Text(text.into());
    let mut under = Circumstances::default();
    if kind == Kind::Access {
        let names = [("t:", "team"), ("u:", "user"), ("s:", "service")];
        for (prefix, fact) in names {
            if let Some(name) = rule.subject.strip_prefix(prefix) {
                under.settled.push((fact, text(name)));
            }
        }
        under.unstated.push((
            |fact| fact == vocabulary::DATA,
            "before a call is looked at; write the line into compliance.csv",
        ));
    }
    let about_models = ["model:", "provider:"]
        .iter()
        .find_map(|prefix| rule.object.strip_prefix(prefix));
    if let Some(name) = about_models {
        let provider = name.split('/').next().unwrap_or(name);
        if !provider.contains('*') {
            under.settled.push(("provider", text(provider)));
        }
        if let Some(stream) = ["invoke", "stream"]
            .iter()
            .position(|action| *action == &*rule.action)
        {
            under.settled.push(("stream", Fact::Bool(stream == 1)));
        }
    }
    if let Some(door) = rule.object.strip_prefix("api:")
        && !door.contains('*')
    {
        under.settled.push(("surface", text(door)));
    }
    under.unstated.extend(unstated(&rule.object, &rule.action));
    under
}

/// The facts that nobody states where this is asked, and when that is, in words.
fn unstated(object: &str, action: &str) -> Option<(IsFact, &'static str)> {
    if object.starts_with("admin:") {
        return Some((|_| true, "when the control plane is asked"));
    }
    (action == Action::List.as_str()).then_some((
        |fact| !vocabulary::is_of_target(fact),
        "when models are listed",
    ))
}

/// Whether a fact can be known where this is asked.
pub(crate) fn is_stated(object: &str, action: Action, fact: &str) -> bool {
    unstated(object, action.as_str()).is_none_or(|(is, _)| !is(fact))
}

/// Why nobody ever asks for this action on this object.
pub(crate) fn never(object: &str, action: &str) -> Option<String> {
    let (kind, name) = object.split_once(':')?;
    let kept = || {
        let mut doors = Surface::ALL
            .iter()
            .filter(|door| matches(name, door.as_str()));
        doors.all(|door| door.kind() == SurfaceKind::Object)
    };
    let asked: &[&str] = match kind {
        "model" | "provider" | "region" => &["invoke", "stream", "list", SEND],
        "api" if kept() => &["invoke"],
        "api" => &["invoke", "stream"],
        "tool" => &["invoke"],
        "admin" if name == "keys" => &["key.issue"],
        "admin" if name == "audit" => &["audit.read"],
        "admin" => &["audit.read", "key.issue"],
        _ => return None,
    };
    let known = Action::ALL.iter().any(|known| known.as_str() == action);
    (known && !asked.contains(&action)).then(|| {
        let words: Vec<&str> = asked.iter().copied().filter(|word| *word != SEND).collect();
        format!(
            "this line can never match: nobody asks to {action} {object}; use {}",
            words.join(", ")
        )
    })
}
