//! `limits.yaml`: rates, concurrency and budgets by subject.

use marshal_types::{NanoUsd, Place, Principal, Problem};
use marshal_yaml::{Item, MapReader, Problems};

use crate::{Per, Subject, check};

/// The whole of `limits.yaml`. `Default` limits nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LimitsFile {
    /// Rates and concurrency, in the order of the file: the first that is about a caller applies.
    pub limits: Vec<Limit>,
    /// Budgets: every one that is about a caller applies.
    pub budgets: Vec<Budget>,
    /// What becomes of calls while the store of counts cannot be reached.
    pub on_store_failure: OnStoreFailure,
}

impl LimitsFile {
    /// The limit that applies to this caller.
    #[must_use]
    pub fn limit_for(&self, principal: &Principal) -> Option<&Limit> {
        let mut limits = self.limits.iter();
        limits.find(|limit| limit.subject.matches(principal))
    }

    /// Every budget that applies to this caller, in the order of the file.
    pub fn budgets_for<'a>(
        &'a self,
        principal: &'a Principal,
    ) -> impl Iterator<Item = &'a Budget> + 'a {
        let budgets = self.budgets.iter();
        budgets.filter(|budget| budget.subject.matches(principal))
    }
}

/// How much at a time. `None` is unlimited; at least one is not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Who it is about.
    pub subject: Subject,
    /// Who shares one count.
    pub per: Per,
    /// Requests a minute.
    pub requests_per_minute: Option<u64>,
    /// Input and output tokens a minute.
    pub tokens_per_minute: Option<u64>,
    /// Calls at the same time.
    pub concurrent_calls: Option<u64>,
    /// Where it is defined.
    pub place: Place,
    line: String,
}

impl Limit {
    /// The name of the count that this caller shares; the same after a reload unless the line's subject or `per` changed.
    #[must_use]
    pub fn bucket(&self, principal: &Principal) -> String {
        self.per.account(&self.line, principal)
    }
}

/// How much money in a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Its name in refusals and dashboards; no other has it.
    pub name: String,
    /// Who it is about.
    pub subject: Subject,
    /// Who shares one account.
    pub per: Per,
    /// When it begins anew.
    pub period: Period,
    /// The most that may be spent in a period.
    pub limit: NanoUsd,
    /// Where it is defined.
    pub place: Place,
    line: String,
}

impl Budget {
    /// The name of the account that this caller shares; the same after a reload unless the budget's name or `per` changed.
    #[must_use]
    pub fn account(&self, principal: &Principal) -> String {
        self.per.account(&self.line, principal)
    }
}

/// When a budget begins anew.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Period {
    /// At midnight UTC.
    Day,
    /// On the first of the month, midnight UTC.
    Month,
    /// Never.
    Total,
}

/// What becomes of calls while the store of counts cannot be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnStoreFailure {
    /// They go on, counted locally.
    Open,
    /// They are refused.
    #[default]
    Closed,
}

/// Reads `limits.yaml`; `file` is its name in messages.
///
/// # Errors
/// Every problem, in the order of the file.
pub fn limits(file: &str, text: &str) -> Result<LimitsFile, Vec<Problem>> {
    let node = marshal_yaml::parse(file, text).map_err(|problem| vec![problem])?;
    let problems = Problems::new();
    let read = node.as_map(&problems, "").map(read_file);
    problems.or(read)
}

fn read_file(mut map: MapReader<'_>) -> LimitsFile {
    version_one(&mut map);
    let file = LimitsFile {
        limits: read_limits(&map.opt_seq("limits").unwrap_or_default()),
        budgets: read_budgets(&map.opt_seq("budgets").unwrap_or_default()),
        on_store_failure: map
            .opt_one_of(
                "on_store_failure",
                "a choice",
                &[
                    ("open", OnStoreFailure::Open),
                    ("closed", OnStoreFailure::Closed),
                ],
            )
            .unwrap_or_default(),
    };
    map.finish();
    file
}

/// `version: 1`, so that a later format is never read as this one.
pub(crate) fn version_one(map: &mut MapReader<'_>) {
    if let Some(item) = map.require("version")
        && item.u64().is_some_and(|version| version != 1)
    {
        item.fail("only version 1 is known; write version: 1");
    }
}

fn read_limits(items: &[Item<'_>]) -> Vec<Limit> {
    let mut limits: Vec<Limit> = Vec::new();
    for item in items {
        let Some(limit) = item.map().and_then(|map| read_limit(map, item)) else {
            continue;
        };
        if let Some(before) = limits
            .iter()
            .find(|before| before.subject.covers(&limit.subject))
        {
            item.fail(format!(
                "never applies: \"{}\" on line {} comes first; put this one above it",
                before.subject, before.place.line
            ));
        }
        limits.push(limit);
    }
    limits
}

fn read_limit(mut map: MapReader<'_>, item: &Item<'_>) -> Option<Limit> {
    const MOST: u64 = 1_000_000_000_000;
    let subject = map.require("subject").and_then(|item| Subject::read(&item));
    let per = map.opt_one_of("per", "who shares it", Per::WORDS);
    let keys = [
        "requests_per_minute",
        "tokens_per_minute",
        "concurrent_calls",
    ];
    let values = keys.map(|key| map.opt_u64_in(key, 1..=MOST));
    if keys.iter().all(|key| map.key(key).is_none()) {
        map.fail(format!(
            "limits nothing; set {}, {} or {}",
            keys[0], keys[1], keys[2]
        ));
    }
    map.finish();
    let subject = subject?;
    let per = per.unwrap_or_else(|| subject.usual_per());
    Some(Limit {
        line: format!("limit|{subject}|{per:?}"),
        subject,
        per,
        requests_per_minute: values[0],
        tokens_per_minute: values[1],
        concurrent_calls: values[2],
        place: item.place().clone(),
    })
}

fn read_budgets(items: &[Item<'_>]) -> Vec<Budget> {
    let mut budgets: Vec<Budget> = Vec::new();
    for item in items {
        let Some(budget) = item.map().and_then(|map| read_budget(map, item)) else {
            continue;
        };
        if let Some(before) = budgets.iter().find(|before| before.name == budget.name) {
            item.fail(format!(
                "the budget on line {} has this name; give each its own",
                before.place.line
            ));
        }
        budgets.push(budget);
    }
    budgets
}

fn read_budget(mut map: MapReader<'_>, item: &Item<'_>) -> Option<Budget> {
    let name = map.require("name").and_then(|item| {
        let name = item.str()?;
        check::name(name).map_err(|what| item.fail(what)).ok()?;
        Some(name.to_owned())
    });
    let subject = map.require("subject").and_then(|item| Subject::read(&item));
    let per = map.opt_one_of("per", "who shares it", Per::WORDS);
    let periods = [
        ("day", Period::Day),
        ("month", Period::Month),
        ("total", Period::Total),
    ];
    let period = map.one_of("period", "a period", &periods);
    let limit = map.require("limit_usd").and_then(|item| check::usd(&item));
    map.finish();
    let (name, subject) = (name?, subject?);
    let per = per.unwrap_or_else(|| subject.usual_per());
    Some(Budget {
        line: format!("budget|{name}|{per:?}"),
        name,
        subject,
        per,
        period: period?,
        limit: limit?,
        place: item.place().clone(),
    })
}
