//! Tests of policies, written beside them as `*.test.yaml`: run by `marshal policy test`, and where the configuration says
//! `policy_tests: required` whenever a bundle is loaded, which then does not come into force if one fails.
//!
//! A test is a matrix: every combination of its callers, objects and actions (or data, targets) that no entry lists must
//! be denied. So a line that allows too much is noticed by a test that never heard of it.

mod file;
mod mutate;
mod run;

use std::collections::BTreeSet;

use marshal_types::{
    Action, Civil, DataClass, Effect, Facts, Object, Place, Principal, Problem, RuleId, TargetName,
};

pub(crate) use file::read;
pub use mutate::{MutationReport, Survivor};

/// One question with the answer that it must have.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The test that it belongs to.
    pub(crate) test: String,
    pub(crate) principal: Principal,
    pub(crate) asks: Asks,
    pub(crate) facts: Facts,
    /// The day on which facts and approvals are looked up; without one facts are those of the test alone.
    pub(crate) today: Option<Civil>,
    pub(crate) expect: Expect,
    /// The entry that says so, or the test whose silence does.
    pub(crate) place: Place,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Asks {
    Access(Object, Action),
    Compliance(BTreeSet<DataClass>, TargetName),
}

/// What must be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expect {
    pub(crate) effect: Effect,
    /// The line that must decide.
    pub(crate) rule: Option<RuleId>,
    /// What must be obliged to, if the test says so.
    pub(crate) obliges: Option<BTreeSet<String>>,
}

/// How the tests of a bundle went.
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    /// How many questions were asked.
    pub asked: usize,
    /// Every answer that was another one than the test says.
    pub failures: Vec<TestFailure>,
    /// How many lines there are, those in shadow mode not counted.
    pub lines: usize,
    /// Lines that decided nothing and obliged nobody in any test.
    pub uncovered: Vec<(RuleId, Place)>,
}

/// An answer that was another one than the test says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    /// The test's name.
    pub test: String,
    /// The entry, or the test whose silence means a deny.
    pub place: Place,
    /// What was asked, what was expected, what was answered and why.
    pub message: String,
}

impl TestReport {
    /// The failures, as problems of the files.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let failures = self.failures.iter();
        failures
            .map(|failure| {
                Problem::at(
                    failure.place.clone(),
                    format!("test {:?} fails: {}", failure.test, failure.message),
                )
            })
            .collect()
    }
}
