//! What a changed bundle would decide otherwise: asked of every caller, object, action, class and target that either
//! bundle or the configuration names, with facts on both sides of every comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use marshal_types::{
    Action, Civil, DataClass, Effect, Fact, Facts, ModelName, Object, Principal, ProviderName,
    RuleId, TargetName,
};

use crate::Bundle;
use crate::asked;
use crate::decision::Decision;
use crate::policy_set::PolicySet;
use crate::rules::Rule;

/// Most questions that are asked; beyond them the diff says that it is not whole.
const MOST_QUESTIONS: usize = 400_000;
/// Most combinations of facts that are tried for one line's condition.
const MOST_OF_ONE: usize = 64;
/// Most callers of two names.
const MOST_PAIRS: usize = 256;
/// Most combinations of facts in all.
const MOST_FACTS: usize = 512;

/// Everything that would be decided otherwise.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// How many questions were asked of both.
    pub asked: usize,
    /// The answers that differ.
    pub changes: Vec<Change>,
    /// Some questions were left out, for there were too many.
    pub cut: bool,
    /// Files that differ and decide about nothing that was asked: limits, what is done with data, levels of audit.
    pub beside: Vec<Beside>,
}

/// A file that differs, by its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name.
    pub file: String,
    /// Lines that only the old one has.
    pub removed: Vec<String>,
    /// Lines that only the new one has.
    pub added: Vec<String>,
}

/// An answer that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who, or which data.
    pub who: String,
    /// In which tenant.
    pub tenant: String,
    /// What is done.
    pub action: String,
    /// With what.
    pub object: String,
    /// Under which facts; empty for none.
    pub facts: String,
    /// What the old bundle says, and why.
    pub old: Answer,
    /// What the new one says, and why.
    pub new: Answer,
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Allow or deny.
    pub effect: Effect,
    /// The line that decided; `None` where none allowed it.
    pub rule: Option<RuleId>,
    /// The line that decided, or the nearest miss, in words.
    pub reason: Arc<str>,
    /// What it obliges to.
    pub obliges: Vec<String>,
}

/// Asks both bundles everything. `targets`: those that the configuration names. `today`: the day on which facts with
/// evidence are asked for.
#[must_use]
pub fn diff(old: &Bundle, new: &Bundle, targets: &[TargetName], today: Civil) -> Diff {
    let beside = ["data.yaml", "limits.yaml", "audit.yaml"]
        .into_iter()
        .filter(|name| old.files().get(*name) != new.files().get(*name));
    let mut diff = Diff {
        beside: beside.map(|name| beside_of(old, new, name)).collect(),
        ..Diff::default()
    };
    let both = Both {
        bundles: [old, new],
        today,
    };
    access(&both, targets, &mut diff);
    compliance(&both, targets, &mut diff);
    diff
}

/// Two bundles on one day.
struct Both<'a> {
    bundles: [&'a Bundle; 2],
    today: Civil,
}

impl Both<'_> {
    /// Each bundle's answer, with what each knows of the target by evidence.
    fn ask(
        &self,
        target: Option<&TargetName>,
        facts: &Facts,
        ask: impl Fn(&Bundle, &Facts) -> Decision,
    ) -> [Decision; 2] {
        self.bundles.map(|bundle| match target {
            None => ask(bundle, facts),
            Some(target) => {
                let mut known = Facts::default();
                bundle.facts_of(target, self.today, &mut known);
                // What is tried on purpose counts before what is known.
                known.0.extend(facts.0.clone());
                ask(bundle, &known)
            }
        })
    }
}

fn beside_of(old: &Bundle, new: &Bundle, name: &str) -> Beside {
    let lines = |bundle: &Bundle| -> Vec<String> {
        let text = bundle.files().get(name).cloned();
        text.iter()
            .flat_map(|text| text.lines())
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    let (old, new) = (lines(old), lines(new));
    let only = |mine: &[String], theirs: &[String]| {
        let theirs: BTreeSet<&String> = theirs.iter().collect();
        let own = mine.iter().filter(|line| !theirs.contains(line));
        own.cloned().collect()
    };
    Beside {
        file: name.to_owned(),
        removed: only(&old, &new),
        added: only(&new, &old),
    }
}

fn target_of(text: &str) -> Option<TargetName> {
    let (provider, model) = text.split_once('/')?;
    Some(TargetName {
        provider: ProviderName::new(provider),
        model: ModelName::new(model),
    })
}

fn access(both: &Both<'_>, targets: &[TargetName], diff: &mut Diff) {
    let policies = both.bundles.map(Bundle::access);
    let rules = || policies.iter().flat_map(|policy| policy.rules());
    let grants = policies.iter().flat_map(|policy| policy.grants());
    let mut single: BTreeSet<Arc<str>> = rules()
        .map(|rule| Arc::clone(&rule.subject))
        .chain(grants.map(|grant| Arc::clone(&grant.subject)))
        .filter(|subject| &**subject != "*")
        .collect();
    single.insert("k:anyone-else".into());
    let callers = callers(single, rules(), &mut diff.cut);
    let objects: BTreeSet<String> = rules()
        .map(|rule| rule.object.replace('*', "any"))
        .chain(targets.iter().map(|target| format!("model:{target}")))
        .collect();
    let variants = variants(&policies, &mut diff.cut);
    for domain in domains(&policies) {
        for subjects in &callers {
            let principal = Principal {
                subjects: subjects.as_slice().into(),
                domain: Arc::clone(&domain),
            };
            let who = subjects.join(" and ");
            for object in &objects {
                let asked = Object(object.as_str().into());
                let target = object.strip_prefix("model:").and_then(target_of);
                let asked_for = |action: &&Action| asked::never(object, action.as_str()).is_none();
                for action in Action::ALL.iter().filter(asked_for) {
                    let stated = |facts: &&Facts| {
                        facts
                            .0
                            .keys()
                            .all(|fact| asked::is_stated(object, *action, fact))
                    };
                    for facts in variants.iter().filter(stated) {
                        if !room(diff) {
                            return;
                        }
                        let [old, new] = both.ask(target.as_ref(), facts, |bundle, facts| {
                            bundle.authorize(&principal, &asked, *action, facts)
                        });
                        note(
                            diff,
                            (&who, &domain, action.as_str(), object, facts),
                            &old,
                            &new,
                        );
                    }
                }
            }
        }
    }
}

fn compliance(both: &Both<'_>, targets: &[TargetName], diff: &mut Diff) {
    let policies = both.bundles.map(Bundle::compliance);
    let known: BTreeSet<Arc<str>> = both
        .bundles
        .iter()
        .flat_map(|bundle| bundle.data().classes())
        .collect();
    // None, each, and each two: a line may ask what else was found.
    let mut found: BTreeSet<BTreeSet<DataClass>> = [BTreeSet::new()].into();
    for one in &known {
        for other in &known {
            found.insert(
                [one, other]
                    .map(|class| DataClass(Arc::clone(class)))
                    .into(),
            );
        }
    }
    let named = policies.iter().flat_map(|policy| policy.rules());
    let mut targets: BTreeSet<String> = named
        .filter_map(|rule| {
            rule.object
                .strip_prefix("model:")
                .map(|name| name.replace('*', "any"))
        })
        .chain(targets.iter().map(ToString::to_string))
        .collect();
    targets.insert("any/any".to_owned());
    let variants = variants(&policies, &mut diff.cut);
    for domain in domains(&policies) {
        let principal = Principal {
            subjects: [Arc::from("k:anyone-else")].into(),
            domain: Arc::clone(&domain),
        };
        for found in &found {
            let names: Vec<&str> = found.iter().map(|class| &*class.0).collect();
            let who = match names.as_slice() {
                [] => "data:none".to_owned(),
                names => format!("data:{}", names.join("+")),
            };
            for target in &targets {
                let Some(asked) = target_of(target) else {
                    continue;
                };
                for facts in &variants {
                    if !room(diff) {
                        return;
                    }
                    let [old, new] = both.ask(Some(&asked), facts, |bundle, facts| {
                        bundle.comply(&principal, found, &asked, facts)
                    });
                    note(diff, (&who, &domain, "send", target, facts), &old, &new);
                }
            }
        }
    }
}

fn room(diff: &mut Diff) -> bool {
    let room = diff.asked < MOST_QUESTIONS;
    diff.asked += usize::from(room);
    diff.cut |= !room;
    room
}

/// Every caller by one name, and by two where one line allows what another denies.
fn callers<'a>(
    single: BTreeSet<Arc<str>>,
    rules: impl Iterator<Item = &'a Rule>,
    cut: &mut bool,
) -> Vec<Vec<Arc<str>>> {
    let (mut allowed, mut denied) = (BTreeSet::new(), BTreeSet::new());
    for rule in rules.filter(|rule| &*rule.subject != "*") {
        match rule.effect {
            Effect::Allow => allowed.insert(Arc::clone(&rule.subject)),
            Effect::Deny => denied.insert(Arc::clone(&rule.subject)),
        };
    }
    let mut callers: Vec<Vec<Arc<str>>> = single.into_iter().map(|one| vec![one]).collect();
    let singles = callers.len();
    for deny in &denied {
        for allow in allowed.iter().filter(|allow| *allow != deny) {
            if callers.len() - singles >= MOST_PAIRS {
                *cut = true;
                return callers;
            }
            callers.push(vec![Arc::clone(allow), Arc::clone(deny)]);
        }
    }
    callers
}

fn note(
    diff: &mut Diff,
    (who, tenant, action, object, facts): (&str, &str, &str, &str, &Facts),
    old: &Decision,
    new: &Decision,
) {
    let words = |decision: &Decision| {
        let obligations = decision.obligations.as_ref();
        obligations
            .map(|obligations| obligations.words())
            .unwrap_or_default()
    };
    let (before, after) = (words(old), words(new));
    let denied = old.effect == Effect::Deny && new.effect == Effect::Deny;
    if denied || old.effect == new.effect && before == after {
        return;
    }
    let facts = facts.0.iter().map(|(name, fact)| format!("{name}={fact}"));
    let side = |decision: &Decision, obliges| Answer {
        effect: decision.effect,
        rule: decision.rule.clone(),
        reason: Arc::clone(&decision.reason),
        obliges,
    };
    diff.changes.push(Change {
        who: who.to_owned(),
        tenant: tenant.to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        facts: facts.collect::<Vec<_>>().join(" "),
        old: side(old, before),
        new: side(new, after),
    });
}

fn domains(policies: &[&PolicySet; 2]) -> BTreeSet<Arc<str>> {
    let rules = policies.iter().flat_map(|policy| policy.rules());
    let grants = policies.iter().flat_map(|policy| policy.grants());
    rules
        .map(|rule| &rule.domain)
        .chain(grants.map(|grant| &grant.domain))
        .filter(|domain| &***domain != "*")
        .cloned()
        .chain([Arc::from("any-tenant")])
        .collect()
}

/// No facts at all, and for each condition its facts on both sides of every comparison, in every combination.
fn variants(policies: &[&PolicySet; 2], cut: &mut bool) -> Vec<Facts> {
    let mut variants: BTreeSet<Facts> = [Facts::default()].into();
    for rule in policies.iter().flat_map(|policy| policy.rules()) {
        let Some(condition) = &rule.condition else {
            continue;
        };
        let mut probes = BTreeSet::new();
        condition.probes(&mut probes);
        let mut by_name: BTreeMap<Arc<str>, Vec<Fact>> = BTreeMap::new();
        for (name, fact) in probes {
            by_name.entry(name).or_default().push(fact);
        }
        let mut combined = vec![Facts::default()];
        for (name, values) in by_name {
            let with = combined.iter().flat_map(|facts| {
                let name = &name;
                values
                    .iter()
                    .map(move |value| facts.clone().with(name, value.clone()))
            });
            combined = with.take(MOST_OF_ONE + 1).collect();
            *cut |= combined.len() > MOST_OF_ONE;
            combined.truncate(MOST_OF_ONE);
        }
        variants.extend(combined);
        if variants.len() > MOST_FACTS {
            *cut = true;
            break;
        }
    }
    variants.into_iter().take(MOST_FACTS).collect()
}
