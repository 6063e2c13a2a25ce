//! Which controls act on which door, for a person and for a script.

use marshal_pipeline::{Coverage, coverage};

/// What acts on every door alike.
const ALWAYS: &str =
    "Every door: key, access policy, limits, compliance policy, durable record before and after.";

/// The whole table: a line a door.
pub(crate) fn table() -> String {
    let lines = coverage();
    let width = |of: fn(&Coverage) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let (name, access, inspected, answer) = (
        width(|line| line.surface.as_str().len()),
        width(|line| line.access.len()),
        width(|line| line.inspected.len()),
        width(|line| line.answer.len()),
    );
    let mut text = format!("{ALWAYS}\n\n");
    text.push_str(&format!(
        "{:name$}  {:access$}  {:inspected$}  {:answer$}  {}\n",
        "door", "access by", "inspected", "answer", "budgets count"
    ));
    for line in &lines {
        text.push_str(&format!(
            "{:name$}  {:access$}  {:inspected$}  {:answer$}  {}\n{:name$}  {}{}\n",
            line.surface.as_str(),
            line.access,
            line.inspected,
            line.answer,
            line.metered,
            "",
            line.path,
            if line.translated {
                "  (answered by providers of other dialects too)"
            } else {
                ""
            },
        ));
    }
    text
}

/// Doors with the same controls on one line, for the start.
pub(crate) fn short() -> String {
    let mut groups: Vec<(Coverage, Vec<&'static str>)> = Vec::new();
    for line in coverage() {
        let same = groups.iter_mut().find(|(first, _)| {
            (first.inspected, first.answer, first.metered)
                == (line.inspected, line.answer, line.metered)
        });
        match same {
            Some((_, names)) => names.push(line.surface.as_str()),
            None => groups.push((line, vec![line.surface.as_str()])),
        }
    }
    let mut text = format!("{ALWAYS} Beyond that:\n");
    for (line, names) in groups {
        text.push_str(&format!(
            "  in: {}; out: {}; budgets: {}\n    {}\n",
            line.inspected,
            line.answer,
            line.metered,
            names.join(" ")
        ));
    }
    text
}

/// One object a door, as JSON text.
pub(crate) fn json() -> serde_json::Value {
    coverage()
        .iter()
        .map(|line| {
            serde_json::json!({
                "surface": line.surface.as_str(),
                "path": line.path,
                "access": line.access,
                "inspected": line.inspected,
                "answer": line.answer,
                "budget": line.metered,
                "translated": line.translated,
            })
        })
        .collect()
}
