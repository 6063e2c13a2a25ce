//! What a query answers.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::pass::Item;

/// Of a query or a control. There is no word for "good": that is for people to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Records show it.
    Evidence,
    /// Records show that something is missing or went wrong; the gaps name it.
    Gap,
    /// Nothing in the period speaks of it.
    NoRecords,
    /// A gateway cannot show it; the control says who can.
    Outside,
}

impl Status {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Gap => "gap",
            Self::NoRecords => "no_records",
            Self::Outside => "outside",
        }
    }
}

/// A record that shows what the answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// `instance/000001.jsonl:17`.
    pub place: String,
    /// The call, of a record that is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What it shows.
    pub shows: String,
}

/// The answer of one query.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Never `outside`.
    pub status: Status,
    /// Counts and figures, by name.
    pub result: Map<String, Value>,
    /// What is missing or went wrong, a sentence each.
    pub gaps: Vec<String>,
    /// Some of the records: those of gaps first.
    pub examples: Vec<Example>,
}

impl Answer {
    /// A gap if one is named, else evidence if records `speak` of it.
    pub(crate) fn new(speaks: bool, result: Value, gaps: Vec<String>, examples: Examples) -> Self {
        let status = match (gaps.is_empty(), speaks) {
            (false, _) => Status::Gap,
            (true, true) => Status::Evidence,
            (true, false) => Status::NoRecords,
        };
        Self {
            status,
            result: match result {
                Value::Object(result) => result,
                _ => Map::new(),
            },
            gaps,
            examples: examples.list(),
        }
    }
}

/// So many records are named by a query.
const MOST_EXAMPLES: usize = 5;

/// The first few records that show a gap, and the first few that show what is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examples {
    bad: Vec<Example>,
    good: Vec<Example>,
}

impl Examples {
    pub(crate) fn bad(&mut self, item: &Item<'_>, shows: impl AsRef<str>) {
        push(&mut self.bad, item, shows.as_ref());
    }

    pub(crate) fn good(&mut self, item: &Item<'_>, shows: impl AsRef<str>) {
        push(&mut self.good, item, shows.as_ref());
    }

    /// One that is known only once every record was seen.
    pub(crate) fn bad_later(&mut self, example: Example) {
        if self.bad.len() < MOST_EXAMPLES {
            self.bad.push(example);
        }
    }

    fn list(self) -> Vec<Example> {
        let mut all = self.bad;
        all.extend(self.good);
        all.truncate(MOST_EXAMPLES);
        all
    }
}

fn push(list: &mut Vec<Example>, item: &Item<'_>, shows: &str) {
    if list.len() < MOST_EXAMPLES {
        list.push(item.example(shows));
    }
}

/// The sentence, if there is something to say: `gaps.extend(gap(n, …))`.
pub(crate) fn gap(number: u64, sentence: impl FnOnce() -> String) -> Option<String> {
    (number > 0).then(sentence)
}
