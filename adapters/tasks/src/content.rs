//! What comes through a door, and what governance needs of it.

use marshal_types::Units;
use marshal_wire::json::Doc;
use marshal_wire::multipart::Multipart;

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// JSON.
    Json(Doc<'a>),
    /// A form.
    Form(&'a Multipart),
    /// Nothing.
    Empty,
}

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFacts {
    /// The model as the client named it; where a provider has one of its own for the case, it need not be named.
    pub model: Option<String>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The most output tokens: `Some(0)` where none can be made, none where the client set no limit.
    pub max_output: Option<u64>,
    /// How many answers of that length could be made at most; at least 1.
    pub choices: u32,
    /// What could be made or read at most that is not counted in tokens, for the budget.
    pub units: Units,
    /// Whether all of it can be read.
    pub inspectable: Inspectable,
}

/// Whether detectors can read all that is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Inspectable {
    /// All of it.
    #[default]
    Whole,
    /// Not these: `image`, `audio`, `file`, `tokens`; each once.
    Partly(Vec<&'static str>),
}

impl Inspectable {
    /// From what was found, in any order.
    pub(crate) fn of(mut unread: Vec<&'static str>) -> Self {
        unread.sort_unstable();
        unread.dedup();
        if unread.is_empty() {
            Self::Whole
        } else {
            Self::Partly(unread)
        }
    }
}
