//! `facts.yaml`: what is known of targets, each fact with its evidence and the day by which it is to be looked at again.
//! After that day it counts as absent, and what is not known grants nothing.

use std::sync::Arc;

use marshal_types::{Civil, Fact, Facts, Place, Problem};
use marshal_yaml::{Item, MapReader};

use crate::condition::vocabulary::{FactType, TARGET_FACTS};
use crate::glob::object_matches;
use crate::yaml_file;

/// All entries, in the order of the file: of two about one fact of a target the later counts.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    target: Arc<str>,
    name: Arc<str>,
    value: Fact,
    review_by: Civil,
    evidence: String,
    place: Place,
}

/// A fact whose day has come, for warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The target or the pattern, as the file writes it.
    pub target: Arc<str>,
    /// The fact.
    pub fact: Arc<str>,
    /// The last day on which it counted.
    pub review_by: Civil,
    /// Where its evidence is, as the file says.
    pub evidence: String,
    /// Where it stands.
    pub place: Place,
}

impl Evidence {
    /// Reads the file; whatever is wrong becomes a problem.
    pub(crate) fn read(file: &str, text: &str, problems: &mut Vec<Problem>) -> Self {
        let mut evidence = Self::default();
        yaml_file::read(file, text, problems, |map, _| {
            for item in map.seq("facts").unwrap_or_default() {
                evidence.entries.extend(entry(&item));
            }
        });
        evidence
    }

    /// Adds what is known of a target today, and takes away what was to be looked at again by now.
    pub(crate) fn of(&self, object: &str, today: Civil, facts: &mut Facts) {
        for entry in &self.entries {
            if !object_matches(&entry.target, object) {
                continue;
            }
            if today <= entry.review_by {
                facts.0.insert(Arc::clone(&entry.name), entry.value.clone());
            } else {
                facts.0.remove(&entry.name);
            }
        }
    }

    /// The facts of a target that some entry is about.
    pub(crate) fn names(&self, object: &str) -> Vec<Arc<str>> {
        let about = self
            .entries
            .iter()
            .filter(|entry| object_matches(&entry.target, object));
        about.map(|entry| Arc::clone(&entry.name)).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Facts that count no longer.
    pub(crate) fn stale(&self, today: Civil) -> Vec<Stale> {
        let late = self.entries.iter().filter(|entry| entry.review_by < today);
        late.map(|entry| Stale {
            target: Arc::clone(&entry.target),
            fact: Arc::clone(&entry.name),
            review_by: entry.review_by,
            evidence: entry.evidence.clone(),
            place: entry.place.clone(),
        })
        .collect()
    }
}

fn entry(item: &Item<'_>) -> Option<Entry> {
    let mut map = item.map()?;
    let target = map.require("target").and_then(|item| {
        let text = item.str()?;
        let model = |name: &str| name.contains(['/', '*']);
        let good = text.strip_prefix("model:").is_some_and(model)
            || text.strip_prefix("provider:").is_some_and(|name| !name.is_empty());
        if !good {
            item.fail("is no target; write provider:NAME or model:PROVIDER/MODEL, where * stands for any part");
        }
        good.then_some(text)
    });
    let kinds: Vec<(&str, FactType)> = TARGET_FACTS.to_vec();
    let named = map.require("fact").and_then(|item| {
        let kind = item.one_of("a fact of targets", &kinds)?;
        Some((item.str()?, kind))
    });
    let value = map.require("value");
    let evidence = map.str("evidence").map(str::to_owned);
    let review_by = date(&mut map, "review_by");
    map.finish();
    let (name, kind) = named?;
    Some(Entry {
        target: target?.into(),
        name: name.into(),
        value: typed(&value?, kind)?,
        review_by: review_by?,
        evidence: evidence?,
        place: item.place().clone(),
    })
}

fn typed(item: &Item<'_>, kind: FactType) -> Option<Fact> {
    Some(match kind {
        FactType::Bool => Fact::Bool(item.bool()?),
        FactType::Text => Fact::Text(item.str()?.into()),
        FactType::Number => Fact::Number(i64::try_from(item.u64_in(0..=1 << 53)?).ok()?),
        FactType::List => Fact::List(item.strs()?.into_iter().map(Arc::from).collect()),
    })
}

/// A day that must be there.
pub(crate) fn date(map: &mut MapReader<'_>, key: &'static str) -> Option<Civil> {
    let item = map.require(key)?;
    let day = Civil::parse(item.str()?);
    if day.is_none() {
        item.fail("is no day of the calendar; write it as 2027-03-31");
    }
    day
}
