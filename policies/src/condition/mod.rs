//! The condition of a policy line: a small typed language over facts, compiled once when the bundle loads.
//!
//! ```text
//! region in [eu, local] && pci == true || purpose != "marketing"
//! ```
//! A comparison with an absent fact is false, also `!=`. In a line that allows, an absent fact does not make the
//! condition true behind `!` either, so that what is not known never grants anything.

mod lexer;
mod parser;
mod possible;
mod probe;
pub(crate) mod vocabulary;

pub(crate) use possible::{Circumstances, IsFact};

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::{Effect, Fact, Facts};

/// A condition that has been read and checked against the vocabulary of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    node: Node,
}

/// Why a condition cannot be read. `offset` counts characters from its start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// Characters from the start of the condition.
    pub offset: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Compare {
        fact: Arc<str>,
        with: Comparison,
        value: Fact,
    },
    In {
        fact: Arc<str>,
        values: Vec<Fact>,
    },
    Contains {
        fact: Arc<str>,
        text: Arc<str>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Reads and checks a condition.
    ///
    /// # Errors
    /// [`ConditionError`] says where it is wrong and what to write instead.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        let tokens = lexer::lex(text)?;
        parser::parse(&tokens, text.chars().count()).map(|node| Self { node })
    }

    /// That a text has this value.
    pub(crate) fn is(fact: &str, value: &str) -> Self {
        Self {
            node: Node::Compare {
                fact: fact.into(),
                with: Comparison::Equal,
                value: Fact::Text(value.into()),
            },
        }
    }

    /// Both.
    pub(crate) fn and(self, other: &Self) -> Self {
        Self {
            node: Node::And(vec![self.node, other.node.clone()]),
        }
    }

    /// A data class that the condition asks for and nobody finds.
    pub(crate) fn unknown_class(&self, known: &BTreeSet<Arc<str>>) -> Option<Arc<str>> {
        self.node.unknown_class(known)
    }

    /// Whether the condition holds for these facts, in a line with this effect.
    #[must_use]
    pub fn holds(&self, facts: &Facts, effect: Effect) -> bool {
        self.node.holds(facts, effect, false)
    }

    /// Why no facts can make it true where it is asked, if that is so.
    pub(crate) fn never_holds(&self, under: &Circumstances) -> Option<String> {
        possible::contradiction(&self.node, under)
    }

    /// Facts worth asking the condition with: for each comparison, values on both sides of it.
    pub(crate) fn probes(&self, into: &mut BTreeSet<(Arc<str>, Fact)>) {
        probe::values(&self.node, into);
    }

    /// The names of the facts that the condition asks for.
    pub(crate) fn names(&self, into: &mut BTreeSet<Arc<str>>) {
        self.node.names(into);
    }
}

impl Node {
    /// `negated`: an odd number of `!` stands above. There an absent fact counts as true in an allow line, so that
    /// the negation is false.
    fn holds(&self, facts: &Facts, effect: Effect, negated: bool) -> bool {
        let absent = negated && effect == Effect::Allow;
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.holds(facts, effect, negated)),
            Self::And(parts) => parts.iter().all(|part| part.holds(facts, effect, negated)),
            Self::Not(part) => !part.holds(facts, effect, !negated),
            Self::Compare { fact, with, value } => facts
                .get(fact)
                .and_then(|found| with.test(found, value))
                .unwrap_or(absent),
            Self::In { fact, values } => match facts.get(fact) {
                Some(found) if values.iter().any(|value| same_kind(found, value)) => {
                    values.contains(found)
                }
                _ => absent,
            },
            Self::Contains { fact, text } => match facts.get(fact) {
                Some(Fact::List(items)) => items.contains(text),
                _ => absent,
            },
        }
    }

    fn unknown_class(&self, known: &BTreeSet<Arc<str>>) -> Option<Arc<str>> {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                parts.iter().find_map(|part| part.unknown_class(known))
            }
            Self::Not(part) => part.unknown_class(known),
            Self::Contains { fact, text } => {
                (&**fact == vocabulary::DATA && !known.contains(text)).then(|| Arc::clone(text))
            }
            Self::Compare { .. } | Self::In { .. } => None,
        }
    }

    fn names(&self, into: &mut BTreeSet<Arc<str>>) {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().for_each(|part| part.names(into)),
            Self::Not(part) => part.names(into),
            Self::Compare { fact, .. } | Self::In { fact, .. } | Self::Contains { fact, .. } => {
                into.insert(Arc::clone(fact));
            }
        }
    }
}

fn same_kind(a: &Fact, b: &Fact) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

impl Comparison {
    /// `None` where the fact has another type than the condition expects: as good as absent.
    fn test(self, found: &Fact, value: &Fact) -> Option<bool> {
        if !same_kind(found, value) {
            return None;
        }
        let order = match (found, value) {
            (Fact::Number(found), Fact::Number(value)) => Some(found.cmp(value)),
            _ => None,
        };
        match self {
            Self::Equal => Some(found == value),
            Self::Unequal => Some(found != value),
            Self::Less => order.map(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.map(std::cmp::Ordering::is_le),
            Self::Greater => order.map(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.map(std::cmp::Ordering::is_ge),
        }
    }
}

#[cfg(test)]
mod tests;
