//! Whether any facts could make a condition true. A line that can never match is a mistake, and often a dangerous one:
//! a deny that never denies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::Fact;

use super::vocabulary::range_of;
use super::{Comparison, Node};

/// Conditions with more ways to come true than this are not followed to the end.
const MOST_WAYS: usize = 256;

/// What one way of coming true demands of one fact.
#[derive(Clone, Debug)]
struct Demand {
    least: i64,
    most: i64,
    /// The only values that are left, if they are few.
    only: Option<BTreeSet<Fact>>,
    never: BTreeSet<Fact>,
}

impl Default for Demand {
    fn default() -> Self {
        Self {
            least: i64::MIN,
            most: i64::MAX,
            only: None,
            never: BTreeSet::new(),
        }
    }
}

type Way = BTreeMap<Arc<str>, Demand>;

/// In words, why the condition is false whatever the facts; `None` if it can be true, or is too long to tell.
pub(super) fn contradiction(node: &Node) -> Option<String> {
    let mut blame = None;
    let ways = ways(node, &mut blame)?;
    if ways.is_empty() {
        let fact = blame.as_deref().unwrap_or("a fact");
        return Some(format!("what it asks of {fact} cannot be"));
    }
    None
}

/// Every way in which the node can come true; `None` if there are too many.
fn ways(node: &Node, blame: &mut Option<Arc<str>>) -> Option<Vec<Way>> {
    match node {
        Node::Or(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(ways(part, blame)?);
                if all.len() > MOST_WAYS {
                    return None;
                }
            }
            Some(all)
        }
        Node::And(parts) => {
            let mut all = vec![Way::new()];
            for part in parts {
                let next = ways(part, blame)?;
                if all.len() * next.len() > MOST_WAYS {
                    return None;
                }
                let mut joined = Vec::new();
                for one in &all {
                    for other in &next {
                        match join(one, other) {
                            Ok(way) => joined.push(way),
                            Err(fact) => *blame = Some(fact),
                        }
                    }
                }
                all = joined;
            }
            Some(all)
        }
        // A negation is also true of a fact that is absent, in a line that denies: it demands nothing that could
        // contradict.
        Node::Not(_) => Some(vec![Way::new()]),
        Node::Compare { fact, with, value } => {
            let demand = compared(*with, value);
            let (least, most) = range_of(fact);
            let numbers = matches!(value, Fact::Number(_));
            let within = |value: &Fact| match value {
                Fact::Number(number) => (least..=most).contains(number),
                _ => true,
            };
            let none = demand.least.max(least) > demand.most.min(most)
                || demand
                    .only
                    .as_ref()
                    .is_some_and(|only| !only.iter().any(within));
            if numbers && none {
                *blame = Some(Arc::clone(fact));
                return Some(Vec::new());
            }
            Some(vec![[(Arc::clone(fact), demand)].into()])
        }
        Node::In { fact, values } => {
            let demand = Demand {
                only: Some(values.iter().cloned().collect()),
                ..Demand::default()
            };
            Some(vec![[(Arc::clone(fact), demand)].into()])
        }
        // A list can hold several words.
        Node::Contains { .. } => Some(vec![Way::new()]),
    }
}

fn compared(with: Comparison, value: &Fact) -> Demand {
    let mut demand = Demand::default();
    match (with, value) {
        (Comparison::Equal, _) => demand.only = Some([value.clone()].into()),
        (Comparison::Unequal, _) => {
            demand.never.insert(value.clone());
            if let Fact::Bool(value) = value {
                demand.only = Some([Fact::Bool(!value)].into());
            }
        }
        (Comparison::Less, Fact::Number(number)) => demand.most = number.saturating_sub(1),
        (Comparison::LessOrEqual, Fact::Number(number)) => demand.most = *number,
        (Comparison::Greater, Fact::Number(number)) => demand.least = number.saturating_add(1),
        (Comparison::GreaterOrEqual, Fact::Number(number)) => demand.least = *number,
        _ => {}
    }
    demand
}

/// Both ways at once, or the fact of which they ask what cannot be.
fn join(one: &Way, other: &Way) -> Result<Way, Arc<str>> {
    let mut joined = one.clone();
    for (fact, demand) in other {
        let both = joined.entry(Arc::clone(fact)).or_default();
        both.least = both.least.max(demand.least);
        both.most = both.most.min(demand.most);
        both.never.extend(demand.never.iter().cloned());
        both.only = match (both.only.take(), &demand.only) {
            (Some(mine), Some(theirs)) => Some(mine.intersection(theirs).cloned().collect()),
            (mine, theirs) => mine.or_else(|| theirs.clone()),
        };
        let left = |value: &Fact| {
            let within = match value {
                Fact::Number(number) => (both.least..=both.most).contains(number),
                _ => true,
            };
            within && !both.never.contains(value)
        };
        let none_left = both
            .only
            .as_ref()
            .is_some_and(|only| !only.iter().any(left));
        if both.least > both.most || none_left {
            return Err(Arc::clone(fact));
        }
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use crate::condition::Condition;

    #[test]
    fn a_condition_that_can_never_hold_is_known() {
        for never in [
            "region == eu && region == us",
            "region == eu && region != eu",
            "region in [eu, us] && region == jp",
            "pci == true && pci == false",
            "pci && pci != true",
            "max_output > 5 && max_output < 3",
            "max_output > 5 && max_output in [1, 2]",
            "time >= 1700 && time < 900",
            "time > 2500",
            "max_output < 0",
            "date == 0",
            "stream && (region == eu && region == us)",
        ] {
            let why = Condition::compile(never).unwrap().never_holds();
            assert!(why.is_some_and(|why| why.contains("cannot be")), "{never}");
        }
        for may in [
            "region == eu || region == us",
            "!(region == eu) && !(region == us)",
            "max_output > 5 && max_output < 7",
            "\"a\" in tags && \"b\" in tags",
            "time >= 1700 || time < 900",
            "region == eu && (region == us || pci)",
        ] {
            assert_eq!(
                Condition::compile(may).unwrap().never_holds(),
                None,
                "{may}"
            );
        }
    }
}
