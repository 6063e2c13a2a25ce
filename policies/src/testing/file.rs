//! Reads `*.test.yaml`: callers by name, matrices of access and of compliance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{
    Action, DataClass, Effect, Fact, Facts, ModelName, Object, Principal, Problem, ProviderName,
    RuleId, TargetName,
};
use marshal_yaml::{Item, MapReader};

use super::{Asks, Case, Expect};
use crate::condition::vocabulary::{FactType, type_of};
use crate::evidence::date;
use crate::source::Snapshot;
use crate::yaml_file;

/// More questions than this are no test but a load: they would keep a changed policy waiting.
const MOST_CASES: usize = 50_000;
/// Everything of a dimension.
const EVERY: &str = "*";

/// Every case of every test file of the bundle; whatever is wrong becomes a problem.
pub(crate) fn read(snapshot: &Snapshot, problems: &mut Vec<Problem>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, text) in &snapshot.files {
        if !name.ends_with(".test.yaml") {
            continue;
        }
        yaml_file::read(&snapshot.file(name), text, problems, |map, _| {
            read_file(map, &mut cases);
        });
    }
    cases
}

type Callers = BTreeMap<String, Principal>;

fn read_file(map: &mut MapReader<'_>, cases: &mut Vec<Case>) {
    let callers = callers(map);
    for item in map.opt_seq("access").unwrap_or_default() {
        access(&item, &callers, cases);
    }
    for item in map.opt_seq("compliance").unwrap_or_default() {
        compliance(&item, &callers, cases);
    }
}

/// `principals: {ann: {subjects: [u:ann, t:research], tenant: acme}}`
fn callers(map: &mut MapReader<'_>) -> Callers {
    let mut callers = Callers::new();
    let Some(mut named) = map.opt_map("principals") else {
        return callers;
    };
    for (key, item) in named.entries() {
        let Some(mut map) = item.map() else { continue };
        let subjects = map.strs("subjects").unwrap_or_default();
        let domain = map.opt_str("tenant").unwrap_or("default");
        map.finish();
        let principal = Principal {
            subjects: subjects.into_iter().map(Arc::from).collect(),
            domain: domain.into(),
        };
        callers.insert(key.text.clone(), principal);
    }
    named.finish();
    callers
}

fn access(item: &Item<'_>, callers: &Callers, cases: &mut Vec<Case>) {
    let Some(mut map) = item.map() else { return };
    let before = cases.len();
    let name = map.str("name").unwrap_or_default().to_owned();
    let who = chosen(&map.require("principals"), callers);
    let objects = map.strs("objects").unwrap_or_default();
    let actions = map
        .require("actions")
        .map(|item| actions(&item))
        .unwrap_or_default();
    let facts = map
        .get("facts")
        .map(|item| facts(&item))
        .unwrap_or_default();
    let today = map.get("today").and_then(|_| date(&mut map, "today"));
    let entries = entries(&mut map, |entry, expect| AccessEntry {
        principal: entry.opt_str("principal").unwrap_or(EVERY).to_owned(),
        object: entry.opt_str("object").unwrap_or(EVERY).to_owned(),
        actions: entry.get("action").map(|item| self::actions(&item)),
        expect,
    });
    map.finish();
    let listed = |key: &str, entry: &dyn Fn(&AccessEntry) -> String, known: &[&str]| {
        for (item, one) in &entries {
            let word = entry(one);
            if word != EVERY && !known.contains(&word.as_str()) {
                let hint = marshal_yaml::nearest(&word, known.iter().copied())
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                item.fail(format!(
                    "{key} {word:?} is not among those of this test{hint}"
                ));
            }
        }
    };
    let known: Vec<&str> = who.iter().map(|(name, _)| name.as_str()).collect();
    listed("principal", &|entry| entry.principal.clone(), &known);
    listed("object", &|entry| entry.object.clone(), &objects);
    for (caller, principal) in &who {
        for object in &objects {
            for action in &actions {
                let fits = |entry: &&(Item<'_>, AccessEntry)| {
                    let one = &entry.1;
                    [EVERY, caller].contains(&one.principal.as_str())
                        && [EVERY, object].contains(&one.object.as_str())
                        && one
                            .actions
                            .as_ref()
                            .is_none_or(|list| list.contains(action))
                };
                let entry = entries.iter().find(fits);
                if !push(cases, item) {
                    return;
                }
                cases.push(Case {
                    test: name.clone(),
                    principal: principal.clone(),
                    asks: Asks::Access(Object((*object).into()), *action),
                    facts: facts.clone(),
                    today,
                    expect: entry.map_or_else(unlisted, |(_, one)| one.expect.clone()),
                    place: entry.map_or_else(|| item.place().clone(), |(at, _)| at.place().clone()),
                });
            }
        }
    }
    asks_something(item, cases.len() > before);
}

struct AccessEntry {
    principal: String,
    object: String,
    actions: Option<Vec<Action>>,
    expect: Expect,
}

fn compliance(item: &Item<'_>, callers: &Callers, cases: &mut Vec<Case>) {
    let Some(mut map) = item.map() else { return };
    let before = cases.len();
    let name = map.str("name").unwrap_or_default().to_owned();
    let who = match map.get("principals") {
        Some(item) => chosen(&Some(item), callers),
        None => vec![("anyone".to_owned(), anyone())],
    };
    let data: Vec<String> = map
        .strs("data")
        .unwrap_or_default()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let shared = map
        .get("facts")
        .map(|item| facts(&item))
        .unwrap_or_default();
    let targets = targets(&mut map);
    let today = map.get("today").and_then(|_| date(&mut map, "today"));
    let entries = entries(&mut map, |entry, expect| ComplianceEntry {
        principal: entry.opt_str("principal").unwrap_or(EVERY).to_owned(),
        data: entry.opt_str("data").unwrap_or(EVERY).to_owned(),
        target: entry.opt_str("target").unwrap_or(EVERY).to_owned(),
        expect,
    });
    map.finish();
    for (at, one) in &entries {
        let known = targets
            .iter()
            .any(|(target, _)| target.to_string() == one.target);
        if one.data != EVERY && !data.contains(&one.data) {
            at.fail(format!(
                "data {:?} is not among those of this test",
                one.data
            ));
        }
        if one.target != EVERY && !known {
            at.fail(format!(
                "target {:?} is not among those of this test",
                one.target
            ));
        }
    }
    for (caller, principal) in &who {
        for classes in &data {
            for (target, own) in &targets {
                let fits = |entry: &&(Item<'_>, ComplianceEntry)| {
                    let one = &entry.1;
                    [EVERY, caller].contains(&one.principal.as_str())
                        && [EVERY, classes].contains(&one.data.as_str())
                        && (one.target == EVERY || one.target == target.to_string())
                };
                let entry = entries.iter().find(fits);
                if !push(cases, item) {
                    return;
                }
                let mut all = shared.clone();
                all.0.extend(own.0.clone());
                cases.push(Case {
                    test: name.clone(),
                    principal: principal.clone(),
                    asks: Asks::Compliance(found(classes), target.clone()),
                    facts: all,
                    today,
                    expect: entry.map_or_else(unlisted, |(_, one)| one.expect.clone()),
                    place: entry.map_or_else(|| item.place().clone(), |(at, _)| at.place().clone()),
                });
            }
        }
    }
    asks_something(item, cases.len() > before);
}

struct ComplianceEntry {
    principal: String,
    data: String,
    target: String,
    expect: Expect,
}

/// A matrix in which nobody, nothing or no action stands would pass whatever the policies say.
fn asks_something(item: &Item<'_>, asks: bool) {
    if !asks {
        item.fail("asks nothing: it names no principal, no object or target, no action or no data");
    }
}

/// False, with a problem, where there are too many cases.
fn push(cases: &[Case], item: &Item<'_>) -> bool {
    let room = cases.len() < MOST_CASES;
    if !room {
        item.fail(format!(
            "the tests of a bundle ask at most {MOST_CASES} questions; this one goes beyond"
        ));
    }
    room
}

fn unlisted() -> Expect {
    Expect {
        effect: Effect::Deny,
        rule: None,
        obliges: None,
    }
}

fn anyone() -> Principal {
    Principal {
        subjects: [Arc::from("k:anyone")].into(),
        domain: "default".into(),
    }
}

/// `none`, `pii`, or several at once: `pii+pci`.
fn found(text: &str) -> BTreeSet<DataClass> {
    let classes = text.split('+').map(str::trim);
    classes
        .filter(|class| *class != "none")
        .map(|class| DataClass(class.into()))
        .collect()
}

/// `targets: {openai/gpt-4o: {region: us}}`
fn targets(map: &mut MapReader<'_>) -> Vec<(TargetName, Facts)> {
    let mut targets = Vec::new();
    let Some(mut named) = map.map("targets") else {
        return targets;
    };
    for (key, item) in named.entries() {
        match key.text.split_once('/') {
            Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
                let target = TargetName {
                    provider: ProviderName::new(provider),
                    model: ModelName::new(model),
                };
                targets.push((target, facts(&item)));
            }
            _ => item.fail("a target is written PROVIDER/MODEL"),
        }
    }
    named.finish();
    targets
}

fn chosen(item: &Option<Item<'_>>, callers: &Callers) -> Vec<(String, Principal)> {
    let Some(item) = item else { return Vec::new() };
    if item.node().text() == Some(EVERY) {
        return callers
            .iter()
            .map(|(name, who)| (name.clone(), who.clone()))
            .collect();
    }
    let mut chosen = Vec::new();
    for name in item.strs().unwrap_or_default() {
        match callers.get(name) {
            Some(principal) => chosen.push((name.to_owned(), principal.clone())),
            None => {
                let hint = marshal_yaml::nearest(name, callers.keys().map(String::as_str))
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                item.fail(format!(
                    "no principal of this file is called {name:?}{hint}"
                ));
            }
        }
    }
    chosen
}

fn actions(item: &Item<'_>) -> Vec<Action> {
    let words: Vec<(&str, Vec<Action>)> = Action::ALL
        .iter()
        .map(|action| (action.as_str(), vec![*action]))
        .chain([(EVERY, Action::ALL.to_vec())])
        .collect();
    match &item.node().value {
        marshal_yaml::Value::Scalar { .. } => item.one_of("an action", &words).unwrap_or_default(),
        _ => {
            let items = item.seq().unwrap_or_default();
            items
                .iter()
                .filter_map(|item| item.one_of("an action", &words))
                .flatten()
                .collect()
        }
    }
}

/// The entries under `allow` and `deny`, with what each expects. A deny that is listed says which line must deny.
fn entries<'a, T>(
    map: &mut MapReader<'a>,
    mut read: impl FnMut(&mut MapReader<'a>, Expect) -> T,
) -> Vec<(Item<'a>, T)> {
    let mut entries = Vec::new();
    for (key, effect) in [("deny", Effect::Deny), ("allow", Effect::Allow)] {
        for item in map.opt_seq(key).unwrap_or_default() {
            let Some(mut entry) = item.map() else {
                continue;
            };
            let rule = entry.opt_str("rule").map(|rule| RuleId(rule.into()));
            let obliges = entry.opt_strs("obliges");
            let expect = Expect {
                effect,
                rule,
                obliges: obliges.map(|words| words.into_iter().map(str::to_owned).collect()),
            };
            let one = read(&mut entry, expect);
            entry.finish();
            entries.push((item, one));
        }
    }
    entries
}

/// Facts by name, each of the type that conditions ask for.
fn facts(item: &Item<'_>) -> Facts {
    let mut facts = Facts::default();
    let Some(mut map) = item.map() else {
        return facts;
    };
    for (key, item) in map.entries() {
        let Some(kind) = type_of(&key.text) else {
            item.fail("no condition can ask for such a fact");
            continue;
        };
        let fact = match kind {
            FactType::Bool => item.bool().map(Fact::Bool),
            FactType::Text => item.str().map(|text| Fact::Text(text.into())),
            FactType::Number => item
                .u64_in(0..=1 << 53)
                .and_then(|number| i64::try_from(number).ok())
                .map(Fact::Number),
            FactType::List => item
                .strs()
                .map(|list| Fact::List(list.into_iter().map(Arc::from).collect())),
        };
        if let Some(fact) = fact {
            facts.0.insert(Arc::from(key.text.as_str()), fact);
        }
    }
    map.finish();
    facts
}
