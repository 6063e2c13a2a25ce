//! The facts that conditions may ask for, with their types. An unknown name is a typing mistake, never an absent fact.

use std::sync::Arc;

use marshal_types::{Dialect, Fact, Surface};

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactType {
    /// `true` or `false`.
    Bool,
    /// A word.
    Text,
    /// A whole number.
    Number,
    /// A list of words.
    List,
}

impl FactType {
    /// In words, for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::List => "a list",
        }
    }
}

/// Facts of a target that its operator states: in `facts` of `marshal.yaml`, or with evidence in `facts.yaml`.
pub const TARGET_FACTS: &[(&str, FactType)] = &[
    ("region", FactType::Text),
    ("local", FactType::Bool),
    ("pci", FactType::Bool),
    ("hipaa", FactType::Bool),
    ("baa", FactType::Bool),
    ("dpa", FactType::Bool),
    ("gdpr", FactType::Bool),
    ("zero_retention", FactType::Bool),
    ("training", FactType::Bool),
    ("retention_days", FactType::Number),
    ("certifications", FactType::List),
];

/// Facts that Marshal states of a target that a call could go to.
const OF_TARGETS: &[(&str, FactType)] = &[
    ("provider", FactType::Text),
    ("model", FactType::Text),
    ("max_cost_microusd", FactType::Number),
];

/// Facts of a call, known before its body is inspected.
pub const CALL_FACTS: &[(&str, FactType)] = &[
    ("purpose", FactType::Text),
    ("tags", FactType::List),
    ("stream", FactType::Bool),
    ("tools", FactType::Bool),
    ("surface", FactType::Text),
    ("dialect", FactType::Text),
    ("max_output", FactType::Number),
    ("input_tokens", FactType::Number),
    ("user", FactType::Text),
    ("team", FactType::Text),
    ("service", FactType::Text),
    ("auth", FactType::Text),
    ("break_glass", FactType::Bool),
    ("time", FactType::Number),
    ("weekday", FactType::Text),
    ("date", FactType::Number),
];

/// The fact that inspection finds: the data classes of the call. No access line can ask for it.
pub(crate) const DATA: &str = "data";

/// Every fact by name: of the target, of the call, and what was found in it.
pub(crate) fn facts() -> impl Iterator<Item = (&'static str, FactType)> {
    OF_TARGETS
        .iter()
        .chain(TARGET_FACTS)
        .chain(CALL_FACTS)
        .copied()
        .chain([(DATA, FactType::List)])
}

/// Whether a fact is the target's own, and known without a call.
pub(crate) fn is_of_target(name: &str) -> bool {
    let stated = TARGET_FACTS.iter().any(|(known, _)| *known == name);
    stated || matches!(name, "provider" | "model")
}

pub(crate) fn type_of(name: &str) -> Option<FactType> {
    facts()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| kind)
}

/// A fact from a command line: `region=eu`, `pci=true`, `tags=a,b`.
///
/// # Errors
/// In words, what is wrong with it.
pub fn read_fact(text: &str) -> Result<(&'static str, Fact), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is no fact; write NAME=VALUE"))?;
    let (name, kind) = facts().find(|(known, _)| *known == name).ok_or_else(|| {
        let hint = marshal_yaml::nearest(name, facts().map(|(known, _)| known))
            .map_or_else(String::new, |near| format!("; did you mean {near}?"));
        format!("no condition can ask for a fact {name:?}{hint}")
    })?;
    let fact = match kind {
        FactType::Bool => value.parse().ok().map(Fact::Bool),
        FactType::Text => Some(Fact::Text(value.into())),
        FactType::Number => value.parse().ok().map(Fact::Number),
        FactType::List => Some(Fact::List(value.split(',').map(Arc::from).collect())),
    };
    fact.map(|fact| (name, fact))
        .ok_or_else(|| format!("{name} is {}, and {value:?} is not", kind.as_str()))
}

/// The least and the most that a number can be, where Marshal states it itself.
pub(crate) fn range_of(name: &str) -> (i64, i64) {
    match name {
        "time" => (0, 2359),
        "date" => (19_700_101, 99_991_231),
        _ => (0, i64::MAX),
    }
}

/// The only words that a fact can be, where Marshal states it itself.
pub(crate) fn words_of(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "weekday" => vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "auth" => vec!["key"],
        "dialect" => Dialect::ALL.iter().map(|one| one.as_str()).collect(),
        "surface" => Surface::ALL.iter().map(|one| one.as_str()).collect(),
        _ => return None,
    })
}
