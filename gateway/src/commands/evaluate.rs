//! `marshal redact --evaluate`: how well the detectors do on labelled texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use marshal_policies::{Detector, Hit, Labelled, NameFinder, NameKind, Score, Scores, Span};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cli::Global;
use crate::output;

/// A line of the file. Members that are not named here are not needed.
#[derive(Deserialize)]
struct Row {
    text: String,
    spans: Vec<Label>,
    /// The one type that the text is about, in sets that say it.
    #[serde(default)]
    looked_for: Option<String>,
}

/// Offsets in Unicode code points, `end` exclusive.
#[derive(Deserialize)]
struct Label {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    weak: bool,
}

/// Measures every built-in detector on the file.
pub(super) fn run(global: &Global, file: &Path, names: Option<&Path>) -> ExitCode {
    let rows = match read(file) {
        Ok(rows) => rows,
        Err(message) => return output::wrong(&message, global.json),
    };
    let every = Detector::all_built_in();
    // A text that says what it is about is for the detectors of that type.
    let mut about: BTreeMap<&str, Detector> = BTreeMap::new();
    for kind in rows.iter().filter_map(|row| row.looked_for.as_deref()) {
        about.entry(kind).or_insert_with(|| Detector::of_type(kind));
    }
    let of = |row: &Row| {
        row.looked_for
            .as_deref()
            .and_then(|kind| about.get(kind))
            .unwrap_or(&every)
    };
    let names = match names.map(NameFinder::of_all).transpose() {
        Ok(names) => names,
        Err(error) => return output::wrong(&error.to_string(), global.json),
    };
    let begun = Instant::now();
    let found: Vec<Vec<Hit>> = rows
        .iter()
        .map(|row| {
            let mut hits = of(row).scan(&row.text);
            if let Some(names) = &names {
                names.add(&row.text, &mut hits);
            }
            hits
        })
        .collect();
    let took = begun.elapsed();
    let labelled: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| &row.spans)
        .map(|span| span.kind.as_str())
        .collect();
    let mut scores = Scores::default();
    if names.is_some() {
        scores.also = NameKind::ALL.iter().map(|kind| kind.name()).collect();
    }
    for (row, hits) in rows.iter().zip(&found) {
        let Some(spans) = spans(row) else {
            let message = format!("{}: a span lies outside of its text", file.display());
            return output::wrong(&message, global.json);
        };
        let labelled = Labelled {
            text: &row.text,
            spans: &spans,
            about: row.looked_for.as_deref(),
        };
        scores.judge(&labelled, hits);
    }
    let bytes: usize = rows.iter().map(|row| row.text.len()).sum();
    let speed = (bytes as u128 * 1_000_000_000)
        .checked_div(took.as_nanos())
        .unwrap_or_default();
    // Where a file labels no value of a type, and no text is about it, nobody says what would have been right.
    let mut unlabelled = BTreeMap::new();
    scores.types.retain(|kind, score| {
        let judged = labelled.contains(kind.as_str()) || about.contains_key(kind.as_str());
        if !judged {
            unlabelled.insert(kind.clone(), score.wrong);
        }
        judged
    });
    if !global.json {
        output::print(&text(&scores));
    }
    let types: Map<String, Value> = scores
        .types
        .iter()
        .map(|(kind, score)| (kind.clone(), object(*score)))
        .collect();
    output::object(&json!({
        "types": types, "overall": object(scores.overall()), "unlabelled": unlabelled, "bytes_per_second": u64::try_from(speed).unwrap_or(u64::MAX)
    }));
    ExitCode::from(output::WELL)
}

fn read(file: &Path) -> Result<Vec<Row>, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let lines = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            // serde's own words may quote the text.
            serde_json::from_str(line).map_err(|error| {
                format!("{}:{number}:{}: no labelled text; write {{\"id\", \"text\", \"spans\": [{{\"start\", \"end\", \"type\"}}]}}", file.display(), error.column())
            })
        })
        .collect()
}

fn spans(row: &Row) -> Option<Vec<Span>> {
    let places: Vec<usize> = row
        .text
        .char_indices()
        .map(|(at, _)| at)
        .chain([row.text.len()])
        .collect();
    row.spans
        .iter()
        .map(|label| {
            let range = *places.get(label.start)?..*places.get(label.end)?;
            if range.start > range.end {
                return None;
            }
            Some(Span {
                range,
                kind: label.kind.clone(),
                weak: label.weak,
            })
        })
        .collect()
}

fn rates(score: Score) -> [f64; 3] {
    let part = |of: u64, all: u64| {
        if all == 0 {
            1.0
        } else {
            of as f64 / all as f64
        }
    };
    let recall = part(score.right, score.right + score.missed);
    let precision = part(score.right, score.right + score.wrong);
    let sum = precision + recall;
    let f1 = if sum == 0.0 {
        0.0
    } else {
        2.0 * precision * recall / sum
    };
    [precision, recall, f1]
}

fn object(score: Score) -> Value {
    let [precision, recall, f1] = rates(score);
    json!({
        "true_positives": score.right, "false_negatives": score.missed, "false_positives": score.wrong,
        "precision": precision, "recall": recall, "f1": f1,
    })
}

fn text(scores: &Scores) -> String {
    let mut text = format!(
        "{:16} {:>7} {:>7} {:>7} {:>10} {:>7} {:>6}\n",
        "type", "right", "missed", "wrong", "precision", "recall", "f1"
    );
    let all = scores
        .types
        .iter()
        .map(|(kind, score)| (kind.as_str(), *score));
    for (kind, score) in all.chain([("all", scores.overall())]) {
        let [precision, recall, f1] = rates(score);
        text.push_str(&format!(
            "{kind:16} {:>7} {:>7} {:>7} {precision:>10.3} {recall:>7.3} {f1:>6.3}\n",
            score.right, score.missed, score.wrong
        ));
    }
    text
}
