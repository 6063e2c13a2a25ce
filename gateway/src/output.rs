//! What commands print: sentences for people, and one JSON object at the end for machines.

use std::io::Write;
use std::process::ExitCode;

use marshal_types::Problem;
use serde_json::{Value, json};

/// All is well.
pub(crate) const WELL: u8 = 0;
/// The check failed: a verification, a test.
pub(crate) const FAILED: u8 = 1;
/// The input is wrong.
pub(crate) const WRONG_INPUT: u8 = 2;

/// Prints text to standard output; a reader that has gone away is no reason to panic.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints the object that ends a `--json` output.
pub(crate) fn object(value: &Value) {
    print(&format!("{value}\n"));
}

/// Prints problems, each as `file:line:column: what is wrong, what to write instead`.
pub(crate) fn problems(problems: &[Problem], json: bool) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    if json {
        object(&problems_object(problems));
    } else if !problems.is_empty() {
        let count = problems.len();
        eprintln!(
            "{count} {}",
            if count == 1 { "mistake" } else { "mistakes" }
        );
    }
    ExitCode::from(if problems.is_empty() {
        WELL
    } else {
        WRONG_INPUT
    })
}

fn problems_object(problems: &[Problem]) -> Value {
    let list: Vec<Value> = problems
        .iter()
        .map(|problem| {
            json!({
                "file": &*problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "message": problem.message,
            })
        })
        .collect();
    json!({ "ok": problems.is_empty(), "problems": list })
}

/// Prints a sentence about what is wrong.
pub(crate) fn wrong(message: &str, json: bool) -> ExitCode {
    eprintln!("{message}");
    if json {
        object(&json!({ "ok": false, "error": message }));
    }
    ExitCode::from(WRONG_INPUT)
}
