//! Whether any facts could make a condition true. A line that can never match is a mistake, and often a dangerous one:
//! a deny that never denies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
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

/// Whether a fact is one of some.
pub(crate) type IsFact = fn(&str) -> bool;

/// Under which a line is asked.
#[derive(Debug, Default)]
pub(crate) struct Circumstances {
    /// Facts that have one value there, whatever the call.
    pub(crate) settled: Vec<(&'static str, Fact)>,
    /// Facts that nobody states there, and when that is, in words.
    pub(crate) unstated: Vec<(IsFact, &'static str)>,
}

/// What stands in the way of a condition.
#[derive(Clone, Debug)]
enum Blame {
    TwoAtOnce(Arc<str>),
    Range(Arc<str>),
    Settled(Arc<str>, Fact),
    Unstated(Arc<str>, &'static str),
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoAtOnce(fact) => write!(
                f,
                "what it asks of {fact} cannot be, for it has one value at a time"
            ),
            Self::Range(fact) => {
                let (least, most) = range_of(fact);
                let form = match &**fact {
                    "time" => ", hours and minutes",
                    _ => "",
                };
                write!(
                    f,
                    "what it asks of {fact} cannot be, for that lies between {least} and {most}{form}"
                )
            }
            Self::Settled(fact, value) => write!(
                f,
                "what it asks of {fact} cannot be, for that is {value} wherever this line is asked"
            ),
            Self::Unstated(fact, when) => write!(f, "nobody states {fact} {when}"),
        }
    }
}

/// In words, why the condition is false whatever the facts; `None` if it can be true, or is too long to tell.
pub(super) fn contradiction(node: &Node, under: &Circumstances) -> Option<String> {
    let mut search = Search { under, blame: None };
    let ways = search.ways(node)?;
    let settled = under.settled.iter().map(|(fact, value)| {
        let only = Demand {
            only: Some([value.clone()].into()),
            ..Demand::default()
        };
        (Arc::from(*fact), only)
    });
    let settled: Way = settled.collect();
    let possible = ways.iter().any(|way| match join(way, &settled) {
        Ok(_) => true,
        Err(fact) => {
            let value = under.settled.iter().find(|(name, _)| *name == &*fact);
            search.blame = value.map(|(_, value)| Blame::Settled(fact, value.clone()));
            false
        }
    });
    if possible {
        return None;
    }
    let why = search.blame.map_or_else(
        || "what it asks cannot be".to_owned(),
        |blame| blame.to_string(),
    );
    Some(why)
}

struct Search<'a> {
    under: &'a Circumstances,
    blame: Option<Blame>,
}

impl Search<'_> {
    /// Every way in which the node can come true; `None` if there are too many.
    fn ways(&mut self, node: &Node) -> Option<Vec<Way>> {
        match node {
            Node::Or(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.ways(part)?);
                    if all.len() > MOST_WAYS {
                        return None;
                    }
                }
                Some(all)
            }
            Node::And(parts) => {
                let mut all = vec![Way::new()];
                for part in parts {
                    let next = self.ways(part)?;
                    if all.len() * next.len() > MOST_WAYS {
                        return None;
                    }
                    let mut joined = Vec::new();
                    for one in &all {
                        for other in &next {
                            match join(one, other) {
                                Ok(way) => joined.push(way),
                                Err(fact) => self.blame = Some(Blame::TwoAtOnce(fact)),
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
                if self.is_unstated(fact) {
                    return Some(Vec::new());
                }
                let mut demand = compared(*with, value);
                if matches!(value, Fact::Number(_)) {
                    let (least, most) = range_of(fact);
                    demand.least = demand.least.max(least);
                    demand.most = demand.most.min(most);
                    if let Some(only) = &mut demand.only {
                        only.retain(|value| may_be(fact, value));
                    }
                    let none = demand.only.as_ref().is_some_and(BTreeSet::is_empty);
                    if none || demand.least > demand.most {
                        self.blame = Some(Blame::Range(Arc::clone(fact)));
                        return Some(Vec::new());
                    }
                }
                Some(vec![[(Arc::clone(fact), demand)].into()])
            }
            Node::In { fact, values } => {
                if self.is_unstated(fact) {
                    return Some(Vec::new());
                }
                let possible = values.iter().filter(|value| may_be(fact, value));
                let only: BTreeSet<Fact> = possible.cloned().collect();
                if only.is_empty() {
                    self.blame = Some(Blame::Range(Arc::clone(fact)));
                    return Some(Vec::new());
                }
                let demand = Demand {
                    only: Some(only),
                    ..Demand::default()
                };
                Some(vec![[(Arc::clone(fact), demand)].into()])
            }
            // A list can hold several words.
            Node::Contains { fact, .. } if self.is_unstated(fact) => Some(Vec::new()),
            Node::Contains { .. } => Some(vec![Way::new()]),
        }
    }

    fn is_unstated(&mut self, fact: &Arc<str>) -> bool {
        let mut unstated = self.under.unstated.iter();
        let Some((_, when)) = unstated.find(|(is, _)| is(fact)) else {
            return false;
        };
        self.blame = Some(Blame::Unstated(Arc::clone(fact), when));
        true
    }
}

/// Whether a number can be what Marshal states of this fact. Hours have sixty minutes.
fn may_be(fact: &str, value: &Fact) -> bool {
    let Fact::Number(number) = value else {
        return true;
    };
    let (least, most) = range_of(fact);
    (least..=most).contains(number) && (fact != "time" || number % 100 < 60)
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
    use super::Circumstances;
    use crate::condition::Condition;

    fn why(condition: &str) -> Option<String> {
        Condition::compile(condition)
            .unwrap()
            .never_holds(&Circumstances::default())
    }

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
            "time == 1275",
            "time in [2500, 1299]",
            "max_output < 0",
            "date == 0",
            "stream && (region == eu && region == us)",
        ] {
            let why = why(never);
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
            assert_eq!(why(may), None, "{may}");
        }
    }
}
