//! Obligations: what an allowed call has to fulfil. `obligations.yaml` gives them to lines by their ids.
//!
//! Those of every line that matches hold, not only of the one that decided, and of two the stricter. What cannot be
//! fulfilled is a deny; what nobody could ever fulfil is refused when the bundle loads.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use marshal_types::{Effect, Problem, RuleId};
use marshal_yaml::{Item, MapReader};

use crate::layers::Layer;
use crate::rules::{Kind, Mode, Rule};
use crate::yaml_file;

/// What has to hold for a call to go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obligations {
    /// The most output tokens that may be asked for.
    pub max_tokens: Option<u64>,
    /// The regions that a target must be in. Empty: two lines demand what no target can be.
    pub regions: Option<BTreeSet<Arc<str>>>,
    /// The provider must not keep the answer (`store: false`).
    pub no_store: bool,
    /// Lines that want an approval in `approvals.yaml`.
    pub approvals: BTreeSet<RuleId>,
    /// Profiles of `data.yaml` by which the call is cleaned as well.
    pub redact: BTreeSet<Arc<str>>,
    /// For how many days the record is to be kept, at least.
    pub retention_days: Option<u64>,
    /// The lines that oblige.
    pub lines: BTreeSet<RuleId>,
}

impl Obligations {
    /// Both, the stricter of each.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.max_tokens = match (self.max_tokens, other.max_tokens) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.regions = match (self.regions, &other.regions) {
            (Some(one), Some(two)) => Some(one.intersection(two).cloned().collect()),
            (one, two) => one.or_else(|| two.clone()),
        };
        self.no_store |= other.no_store;
        self.approvals.extend(other.approvals.iter().cloned());
        self.redact.extend(other.redact.iter().cloned());
        self.retention_days = self.retention_days.max(other.retention_days);
        self.lines.extend(other.lines.iter().cloned());
        self
    }

    /// Both, where each may be nothing. Costs nothing where one is.
    #[must_use]
    pub fn joined(one: Option<Arc<Self>>, two: Option<Arc<Self>>) -> Option<Arc<Self>> {
        match (one, two) {
            (Some(one), Some(two)) if one != two => Some(Arc::new((*one).clone().and(&two))),
            (one, two) => one.or(two),
        }
    }

    /// Whether these demand more of what is done along the way (cleaning, keeping the record) than `begun` does.
    #[must_use]
    pub fn adds_to(&self, begun: Option<&Self>) -> bool {
        let none = Self::default();
        let begun = begun.unwrap_or(&none);
        !self.redact.is_subset(&begun.redact) || self.retention_days > begun.retention_days
    }

    /// For people and records: `max_tokens=4096`, `store=false`, each once.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let list = |items: &BTreeSet<Arc<str>>| {
            items
                .iter()
                .map(|item| &**item)
                .collect::<Vec<_>>()
                .join("|")
        };
        let mut words = Vec::new();
        words.extend(self.max_tokens.map(|most| format!("max_tokens={most}")));
        words.extend(
            self.regions
                .as_ref()
                .map(|regions| format!("region={}", list(regions))),
        );
        if self.no_store {
            words.push("store=false".to_owned());
        }
        words.extend(self.approvals.iter().map(|rule| format!("approval={rule}")));
        if !self.redact.is_empty() {
            words.push(format!("redact={}", list(&self.redact)));
        }
        words.extend(
            self.retention_days
                .map(|days| format!("retention_days={days}")),
        );
        words
    }
}

/// By line.
pub(crate) type ByRule = BTreeMap<RuleId, Arc<Obligations>>;

/// Reads one file of obligations. `profiles`: the redaction profiles that `data.yaml` knows.
pub(crate) fn read(
    file: &str,
    text: &str,
    layer: &Layer,
    rules: &[(Kind, &Rule)],
    profiles: &BTreeSet<Arc<str>>,
    into: &mut ByRule,
    problems: &mut Vec<Problem>,
) {
    let by_id: HashMap<&str, &(Kind, &Rule)> =
        rules.iter().map(|one| (&*one.1.id.0, one)).collect();
    yaml_file::read(file, text, problems, |map, notes| {
        let Some(mut lines) = map.map("obligations") else {
            return;
        };
        for (key, item) in lines.entries() {
            let line = by_id.get(&*key.text).copied();
            let Some((kind, rule)) = line.filter(|(_, rule)| rule.layer == *layer) else {
                let ids = rules.iter().map(|(_, rule)| &*rule.id.0);
                let hint = marshal_yaml::nearest(&key.text, ids)
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                let message = format!("no line of the {layer} layer has this id{hint}");
                notes.add(&key.place, item.path(), message);
                continue;
            };
            if let Some(problem) = cannot_oblige(rule) {
                notes.add(&key.place, item.path(), problem);
            }
            if let Some(obligations) = one(&item, *kind, rule, profiles) {
                into.insert(rule.id.clone(), Arc::new(obligations));
            }
        }
        lines.finish();
    });
}

/// Lines that oblige and have nothing to oblige to.
pub(crate) fn without_any(rules: &[(Kind, &Rule)], known: &ByRule, problems: &mut Vec<Problem>) {
    for (_, rule) in rules {
        if rule.mode == Mode::Oblige && !known.contains_key(&rule.id) {
            problems.push(Problem::at(
                rule.place.clone(),
                format!(
                    "this line obliges to nothing; write what under {} in obligations.yaml",
                    rule.id
                ),
            ));
        }
    }
}

fn cannot_oblige(rule: &Rule) -> Option<&'static str> {
    match (rule.effect, rule.mode) {
        (Effect::Deny, _) => Some("this line denies, so there is nothing to oblige"),
        (_, Mode::Shadow) => Some("this line is in shadow mode and decides nothing"),
        _ if rule.object.starts_with("admin:") || &*rule.action == "list" => Some(
            "this line is about no call that goes out, so nothing could be obliged; only calls are",
        ),
        _ => None,
    }
}

fn one(
    item: &Item<'_>,
    kind: Kind,
    rule: &Rule,
    profiles: &BTreeSet<Arc<str>>,
) -> Option<Obligations> {
    let mut map = item.map()?;
    let mut obligations = Obligations {
        lines: [rule.id.clone()].into(),
        max_tokens: map.opt_u64_in("max_tokens", 1..=10_000_000),
        retention_days: map.opt_u64_in("retention_days", 1..=36_500),
        ..Obligations::default()
    };
    if let Some(item) = map.get("region") {
        obligations.regions = regions(&item);
    }
    let store = map.opt_one_of("store", "something to oblige to", &[("false", ())]);
    obligations.no_store = store.is_some();
    if map
        .opt_one_of("approval", "something to oblige to", &[("required", ())])
        .is_some()
    {
        obligations.approvals.insert(rule.id.clone());
    }
    redact(&mut map, kind, profiles, &mut obligations);
    if let Some(item) = map.get("audit_level") {
        // The one level that there is. A line that asked for more would not get it.
        _ = item.one_of("a level that records can have here", &[("metadata", ())]);
    }
    map.finish();
    if obligations.words().is_empty() {
        item.fail("obliges to nothing; write max_tokens, region, store, approval, redact or retention_days");
    }
    Some(obligations)
}

fn regions(item: &Item<'_>) -> Option<BTreeSet<Arc<str>>> {
    let regions: BTreeSet<Arc<str>> = match &item.node().value {
        marshal_yaml::Value::Scalar { .. } => [item.str()?.into()].into(),
        _ => item.strs()?.into_iter().map(Arc::from).collect(),
    };
    if regions.is_empty() {
        item.fail("names no region, so no target could ever be asked");
    }
    Some(regions)
}

fn redact(
    map: &mut MapReader<'_>,
    kind: Kind,
    profiles: &BTreeSet<Arc<str>>,
    obligations: &mut Obligations,
) {
    let Some(item) = map.get("redact") else {
        return;
    };
    let Some(name) = item.str() else {
        return;
    };
    if kind == Kind::Compliance {
        item.fail("compliance lines are asked when the call is clean already; oblige a line of access.csv to it");
    }
    if !profiles.contains(name) {
        let hint = marshal_yaml::nearest(name, profiles.iter().map(|known| &**known))
            .map_or_else(String::new, |near| format!("; did you mean {near}?"));
        item.fail(format!("data.yaml has no profile of this name{hint}"));
    }
    obligations.redact.insert(name.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_obligations_the_stricter_holds() {
        let set = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect();
        let one = Obligations {
            max_tokens: Some(100),
            regions: Some(set(&["eu", "us"])),
            retention_days: Some(30),
            ..Obligations::default()
        };
        let two = Obligations {
            max_tokens: Some(50),
            regions: Some(set(&["eu", "local"])),
            no_store: true,
            retention_days: Some(10),
            ..Obligations::default()
        };
        let both = one.clone().and(&two);
        assert_eq!(
            both.words(),
            [
                "max_tokens=50",
                "region=eu",
                "store=false",
                "retention_days=30"
            ]
        );
        assert_eq!(two.clone().and(&one), both);
        assert_eq!(both.clone().and(&both), both);
    }
}
