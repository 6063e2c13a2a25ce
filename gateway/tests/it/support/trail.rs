//! The trail as anyone with a text editor reads it.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Every segment of the trail of a data folder, in the order in which they began.
pub(crate) fn segments(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for chain in std::fs::read_dir(data.join("audit")).into_iter().flatten() {
        for file in std::fs::read_dir(chain.unwrap().path())
            .into_iter()
            .flatten()
        {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|end| end == "jsonl") {
                files.push(file);
            }
        }
    }
    let began = |file: &PathBuf| {
        whole_lines(file)
            .first()
            .map(|record| record["time"].to_string())
    };
    files.sort_by_cached_key(|file| (began(file), file.clone()));
    files
}

/// All records of the trail of a data folder, chain after chain. A line that is not whole is no record.
pub(crate) fn records_in(data: &Path) -> Vec<Value> {
    segments(data)
        .iter()
        .flat_map(|file| whole_lines(file))
        .collect()
}

fn whole_lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The records of one call.
pub(crate) fn of_call(records: &[Value], call: &str) -> Vec<Value> {
    records
        .iter()
        .filter(|record| record["call"] == call)
        .cloned()
        .collect()
}

/// The one record of this kind.
pub(crate) fn the<'r>(records: &'r [Value], kind: &str) -> &'r Value {
    let mut found = records.iter().filter(|record| record["kind"] == kind);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("no {kind} in {records:?}"));
    assert!(
        found.next().is_none(),
        "more than one {kind} in {records:?}"
    );
    one
}
