//! Values of facts at which a condition changes its mind: for tables, diffs and tests of policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use marshal_types::Fact;

use super::{Comparison, Node};

/// A word that no condition names.
const ELSE: &str = "something_else";

/// Adds, for each comparison, a value that fulfils it and one that does not.
pub(super) fn values(node: &Node, into: &mut BTreeSet<(Arc<str>, Fact)>) {
    match node {
        Node::Or(parts) | Node::And(parts) => parts.iter().for_each(|part| values(part, into)),
        Node::Not(part) => values(part, into),
        Node::Compare { fact, with, value } => compared(fact, *with, value, into),
        Node::In { fact, values } => {
            for value in values {
                both_sides(fact, value, into);
            }
        }
        Node::Contains { fact, text } => {
            into.insert((Arc::clone(fact), Fact::List(vec![Arc::clone(text)])));
            into.insert((Arc::clone(fact), Fact::List(vec![ELSE.into()])));
        }
    }
}

fn compared(
    fact: &Arc<str>,
    with: Comparison,
    value: &Fact,
    into: &mut BTreeSet<(Arc<str>, Fact)>,
) {
    let Fact::Number(number) = value else {
        return both_sides(fact, value, into);
    };
    let near = match with {
        Comparison::Equal | Comparison::Unequal => [0, 1],
        Comparison::Less | Comparison::GreaterOrEqual => [-1, 0],
        Comparison::LessOrEqual | Comparison::Greater => [0, 1],
    };
    for step in near {
        let number = number.saturating_add(step);
        into.insert((Arc::clone(fact), Fact::Number(number)));
    }
}

fn both_sides(fact: &Arc<str>, value: &Fact, into: &mut BTreeSet<(Arc<str>, Fact)>) {
    let other = match value {
        Fact::Bool(value) => Fact::Bool(!value),
        Fact::Number(number) => Fact::Number(number.saturating_add(1)),
        Fact::Text(_) | Fact::List(_) => Fact::Text(ELSE.into()),
    };
    into.insert((Arc::clone(fact), value.clone()));
    into.insert((Arc::clone(fact), other));
}
