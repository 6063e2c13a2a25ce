//! Every mistake of a file, collected: a person mends them all at once.

use std::cell::RefCell;
use std::rc::Rc;

use marshal_types::{Place, Problem};

/// Mistakes found so far. A clone is the same list, so that readers within readers add to one.
#[derive(Clone, Debug, Default)]
pub struct Problems(Rc<RefCell<Vec<Problem>>>);

impl Problems {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a problem; `path` names the value (`budgets.research.period`) and may be empty.
    pub fn add(&self, place: &Place, path: &str, message: impl AsRef<str>) {
        self.push(written(place, path, message.as_ref()));
    }

    /// Takes a problem back that turned out to be another's other half.
    pub(crate) fn retract(&self, place: &Place, path: &str, message: &str) {
        let problem = written(place, path, message);
        self.0.borrow_mut().retain(|other| *other != problem);
    }

    /// Notes a problem that is already written.
    pub fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    /// Nothing was wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// How many so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// All of them in the order of the file; each once.
    #[must_use]
    pub fn into_vec(self) -> Vec<Problem> {
        let mut problems = self.0.take();
        problems.sort();
        problems.dedup();
        problems
    }

    /// `value` if nothing was wrong.
    ///
    /// # Errors
    /// Every problem, in the order of the file.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Vec<Problem>> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self.into_vec()),
        }
    }
}

fn written(place: &Place, path: &str, message: &str) -> Problem {
    let message = if path.is_empty() {
        message.to_owned()
    } else {
        format!("{path}: {message}")
    };
    Problem::at(place.clone(), message)
}

/// The user's own word in quotes for a message: one line, and short, however long it was.
#[must_use]
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let more = if text.chars().nth(LONGEST).is_some() {
        "…"
    } else {
        ""
    };
    format!("\"{shown}{more}\"")
}
