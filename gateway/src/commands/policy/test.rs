//! `marshal policy test`.

use std::path::PathBuf;
use std::process::ExitCode;

use marshal_policies::{MutationReport, TestReport};
use serde_json::{Value, json};

use crate::cli::Global;
use crate::output;

/// Runs the tests, and on demand the tests of the tests.
pub(super) fn run(
    global: &Global,
    dir: Option<PathBuf>,
    mutate: bool,
    require_killed: u8,
) -> Result<ExitCode, ExitCode> {
    let (source, _) = super::source(global, dir)?;
    let bundle = super::load(global, &source)?;
    let report = bundle.test();
    let mutants = (mutate && report.failures.is_empty()).then(|| bundle.mutate());
    let killed = mutants.as_ref().map(MutationReport::killed_percent);
    let enough = killed.is_none_or(|killed| killed >= usize::from(require_killed));
    // Tests that ask nothing prove nothing.
    let well = report.failures.is_empty() && enough && report.asked > 0;
    if global.json {
        output::object(&object(&report, mutants.as_ref(), well));
    } else {
        output::print(&text(bundle.label(), &report, mutants.as_ref()));
        if mutate && mutants.is_none() {
            output::print(
                "No line was changed to see who notices: the tests have to pass first.\n",
            );
        }
    }
    Ok(ExitCode::from(if well {
        output::WELL
    } else {
        output::FAILED
    }))
}

fn text(label: &str, report: &TestReport, mutants: Option<&MutationReport>) -> String {
    let mut text = String::new();
    for failure in &report.failures {
        text.push_str(&format!(
            "FAILED  {}: {:?}: {}\n",
            failure.place, failure.test, failure.message
        ));
    }
    for (rule, place) in &report.uncovered {
        text.push_str(&format!("no test reaches  {rule}  ({place})\n"));
    }
    for survivor in mutants.iter().flat_map(|mutants| &mutants.survivors) {
        text.push_str(&format!(
            "no test notices  {}  ({}): {}\n",
            survivor.rule, survivor.place, survivor.change
        ));
    }
    let reached = report.lines - report.uncovered.len();
    text.push_str(&format!(
        "{label}: {} questions, {} failed; {reached} of {} lines reached",
        report.asked,
        report.failures.len(),
        report.lines
    ));
    if let Some(mutants) = mutants {
        text.push_str(&format!(
            "; {} of {} changes noticed ({} %)",
            mutants.tried - mutants.survivors.len(),
            mutants.tried,
            mutants.killed_percent()
        ));
    }
    text.push('\n');
    if report.asked == 0 {
        text.push_str("There are no tests: write NAME.test.yaml beside the policies (docs/policies.md, \"Proof before change\").\n");
    }
    text
}

fn object(report: &TestReport, mutants: Option<&MutationReport>, ok: bool) -> Value {
    let place = |place: &marshal_types::Place| json!({ "file": &*place.file, "line": place.line, "column": place.column });
    let failures: Vec<Value> = report
        .failures
        .iter()
        .map(|failure| json!({ "test": failure.test, "place": place(&failure.place), "message": failure.message }))
        .collect();
    let uncovered: Vec<Value> = report
        .uncovered
        .iter()
        .map(|(rule, at)| json!({ "rule": &*rule.0, "place": place(at) }))
        .collect();
    let mutation = mutants.map(|mutants| {
        let survivors: Vec<Value> = mutants
            .survivors
            .iter()
            .map(|one| json!({ "rule": &*one.rule.0, "place": place(&one.place), "change": one.change }))
            .collect();
        json!({ "tried": mutants.tried, "killed_percent": mutants.killed_percent(), "survivors": survivors })
    });
    json!({
        "ok": ok,
        "asked": report.asked,
        "passed": report.asked - report.failures.len(),
        "failed": report.failures.len(),
        "failures": failures,
        "coverage": { "lines": report.lines, "reached": report.lines - report.uncovered.len(), "unreached": uncovered },
        "mutation": mutation,
    })
}
