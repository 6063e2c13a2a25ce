//! The report: the answers under the controls of a framework.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use marshal_types::Timestamp;
use serde::Serialize;

use crate::Error;
use crate::answer::{Answer, Status};
use crate::framework::{Control, Framework};
use crate::pass::{Item, Period, See, TrailState, run};
use crate::queries::{Asked, Query, QueryName};

/// Stands in every report.
pub const DISCLAIMER: &str = "This report says what the records of one gateway show, and what is missing. It is no legal advice and no audit \
    opinion, and it does not say that anybody is compliant: that is for people to judge, who know what no record holds. Calls that a policy \
    leaves unrecorded (`level: none`), or lets go where they cannot be recorded (`mode: best_effort`), are in no record and not in here.";

/// What the records of a period show for a framework.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// The framework's id.
    pub framework: String,
    /// Its name.
    pub title: String,
    /// Which text of it.
    pub edition: String,
    /// Where that text was taken from, and how far it was checked.
    pub source: String,
    /// What a reader has to know about it.
    pub note: String,
    /// [`DISCLAIMER`].
    pub disclaimer: String,
    /// The period's beginning.
    pub from: String,
    /// Its end, which is no part of it.
    pub to: String,
    /// When this was made.
    pub generated: String,
    /// Whether the trail holds.
    pub trail: TrailState,
    /// In the framework's order.
    pub controls: Vec<ControlEvidence>,
    /// How many controls have each status.
    pub summary: Summary,
}

/// A control, and what was found for it.
#[derive(Clone, Debug, Serialize)]
pub struct ControlEvidence {
    /// As the framework numbers it.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// What it asks.
    pub asks: String,
    /// `gap` if a query has one, else `evidence` if a query has some.
    pub status: Status,
    /// What of it a gateway cannot show, and who can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
    /// What was put to the records.
    pub queries: Vec<QueryEvidence>,
}

/// A query and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct QueryEvidence {
    /// Its name.
    pub name: &'static str,
    /// What it asks, in plain words.
    pub means: &'static str,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// How many controls have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Records show it.
    pub evidence: u64,
    /// Something is missing or went wrong.
    pub gap: u64,
    /// Nothing speaks of it.
    pub no_records: u64,
    /// Not for a gateway to show.
    pub outside: u64,
}

/// Verifies the trail in `dir` (a data folder, its `audit` folder, or a copy of one) and asks its records what
/// `framework` wants to know of the time from `from` until before `to`. `now` is when the report is made: how old the
/// oldest record is, and which attempts may still be running, go by it.
///
/// # Errors
/// See [`Error`]. A trail that does not verify is no error; the report says so.
pub fn report(
    framework: &Framework,
    dir: &Path,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Evidence, Error> {
    let period = Period::new(from, to)?;
    let mut folds = Folds::of(framework);
    let trail = run(dir, period, &mut folds)?;
    Ok(compile(framework, folds, trail, period, now))
}

/// Each query of the framework once, however many controls put it.
pub(crate) struct Folds(Vec<(QueryName, Box<dyn Query>)>);

impl Folds {
    pub(crate) fn of(framework: &Framework) -> Self {
        let names: BTreeSet<QueryName> = framework
            .controls
            .iter()
            .flat_map(|control| control.queries.iter().copied())
            .collect();
        Self(names.into_iter().map(|name| (name, name.begin())).collect())
    }
}

impl See for Folds {
    fn see(&mut self, item: &Item<'_>) {
        for (_, query) in &mut self.0 {
            query.see(item);
        }
    }
}

pub(crate) fn compile(
    framework: &Framework,
    folds: Folds,
    trail: TrailState,
    period: Period,
    now: Timestamp,
) -> Evidence {
    let asked = Asked {
        verification: &trail.verification,
        period,
        now,
        retention: framework.retention,
        regions: &framework.regions,
    };
    let answers: BTreeMap<QueryName, Answer> = folds
        .0
        .into_iter()
        .map(|(name, query)| (name, query.answer(&asked)))
        .collect();
    let controls: Vec<ControlEvidence> = framework
        .controls
        .iter()
        .map(|control| under(control, &answers))
        .collect();
    let mut summary = Summary::default();
    for control in &controls {
        *match control.status {
            Status::Evidence => &mut summary.evidence,
            Status::Gap => &mut summary.gap,
            Status::NoRecords => &mut summary.no_records,
            Status::Outside => &mut summary.outside,
        } += 1;
    }
    Evidence {
        framework: framework.id.clone(),
        title: framework.title.clone(),
        edition: framework.edition.clone(),
        source: framework.source.clone(),
        note: framework.note.clone(),
        disclaimer: DISCLAIMER.into(),
        from: period.from.to_string(),
        to: period.to.to_string(),
        generated: now.to_string(),
        trail,
        controls,
        summary,
    }
}

fn under(control: &Control, answers: &BTreeMap<QueryName, Answer>) -> ControlEvidence {
    let queries: Vec<QueryEvidence> = control
        .queries
        .iter()
        .filter_map(|name| {
            Some(QueryEvidence {
                name: name.as_str(),
                means: name.means(),
                answer: answers.get(name)?.clone(),
            })
        })
        .collect();
    let any = |status| queries.iter().any(|query| query.answer.status == status);
    let status = match () {
        () if queries.is_empty() => Status::Outside,
        () if any(Status::Gap) => Status::Gap,
        () if any(Status::Evidence) => Status::Evidence,
        () => Status::NoRecords,
    };
    ControlEvidence {
        id: control.id.clone(),
        title: control.title.clone(),
        asks: control.asks.clone(),
        status,
        outside: control.outside.clone(),
        queries,
    }
}

impl Evidence {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// As a page that needs nothing else: no script, no other file.
    #[must_use]
    pub fn to_html(&self) -> String {
        crate::html::evidence(self)
    }
}

#[expect(
    clippy::expect_used,
    reason = "text keys, no floats, written to memory: serde_json cannot fail"
)]
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a report serialises")
}
