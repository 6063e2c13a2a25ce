//! How well the detectors do on labelled texts: recall and precision by type, with floors that were measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::canonical;
use super::tests::all_on;

/// File, type, least recall and least precision, in percent.
const FLOORS: &[(&str, &str, u32, u32)] = &[
    ("templates_faker.jsonl", "CREDIT_CARD", 99, 99),
    ("templates_faker.jsonl", "EMAIL_ADDRESS", 99, 99),
    ("templates_faker.jsonl", "IBAN_CODE", 95, 99),
    ("templates_faker.jsonl", "IP_ADDRESS", 99, 98),
    ("templates_faker.jsonl", "PHONE_NUMBER", 95, 99),
    ("templates_faker.jsonl", "US_SSN", 99, 99),
    ("presidio_recognizers.jsonl", "CREDIT_CARD", 100, 100),
    ("presidio_recognizers.jsonl", "IBAN_CODE", 100, 100),
    ("presidio_recognizers.jsonl", "PHONE_NUMBER", 100, 94),
    ("secrets_synthetic.jsonl", "SECRET", 96, 99),
];

#[derive(Default)]
struct Score {
    right: u32,
    missed: u32,
    wrong: u32,
    examples: Vec<String>,
}

#[test]
fn recall_and_precision_hold_on_labelled_texts() {
    let Some(folder) = folder() else { return };
    let mut failed = Vec::new();
    for file in [
        "templates_faker.jsonl",
        "presidio_recognizers.jsonl",
        "secrets_synthetic.jsonl",
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let scores = evaluate(&text, file.starts_with("presidio"));
        for (kind, score) in &scores {
            let percent = |of: u32| {
                (score.right * 100)
                    .checked_div(score.right + of)
                    .unwrap_or(100)
            };
            let (recall, precision) = (percent(score.missed), percent(score.wrong));
            println!(
                "{file:28} {kind:14} right {:4} missed {:3} wrong {:3} recall {recall:3} % precision {precision:3} %",
                score.right, score.missed, score.wrong
            );
            if std::env::var_os("MARSHAL_EXAMPLES").is_some() {
                score
                    .examples
                    .iter()
                    .for_each(|example| println!("      {example}"));
            }
            let floor = FLOORS
                .iter()
                .find(|(of, name, ..)| *of == file && name == kind);
            if floor.is_some_and(|(.., least_recall, least_precision)| {
                recall < *least_recall || precision < *least_precision
            }) {
                failed.push(format!(
                    "{file} {kind}: recall {recall} %, precision {precision} %"
                ));
            }
        }
    }
    assert!(failed.is_empty(), "below the floor: {failed:#?}");
}

fn evaluate(text: &str, looked_for: bool) -> BTreeMap<String, Score> {
    let detector = all_on();
    let supported: BTreeSet<&str> = [
        "EMAIL_ADDRESS",
        "PHONE_NUMBER",
        "CREDIT_CARD",
        "IBAN_CODE",
        "US_SSN",
        "IP_ADDRESS",
        "SECRET",
    ]
    .into();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for line in text.lines() {
        let row = marshal_yaml::parse("row", &yaml(line)).unwrap();
        let text = row.get("text").and_then(|node| node.text()).unwrap();
        let wanted = row.get("looked_for").and_then(|node| node.text());
        let spans = spans(&row, text);
        let mut expected: Vec<_> = spans
            .iter()
            .filter(|(kind, ..)| supported.contains(&**kind))
            .collect();
        for hit in detector.scan(text) {
            let kind = canonical(&hit.entity).to_owned();
            let overlaps = |span: &&(String, usize, usize)| {
                span.0 == kind && span.1 < hit.range.end && hit.range.start < span.2
            };
            // A find counts only if nothing of the value stays outside of it.
            let covers = |span: &&(String, usize, usize)| {
                span.0 == kind && hit.range.start <= span.1 && span.2 <= hit.range.end
            };
            let score = scores.entry(kind.clone()).or_default();
            if let Some(index) = expected.iter().position(covers) {
                expected.remove(index);
                score.right += 1;
            } else if !spans.iter().any(|span| overlaps(&span))
                && (!looked_for || wanted == Some(&kind))
            {
                score.wrong += 1;
                score
                    .examples
                    .push(format!("wrong {:?} in {text:?}", &text[hit.range]));
            }
        }
        for (kind, start, end) in expected {
            let score = scores.entry(kind.clone()).or_default();
            score.missed += 1;
            score
                .examples
                .push(format!("missed {:?} in {text:?}", &text[*start..*end]));
        }
    }
    scores
}

fn spans(row: &marshal_yaml::Node, text: &str) -> Vec<(String, usize, usize)> {
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let marshal_yaml::Value::Seq(spans) = &row.get("spans").unwrap().value else {
        return Vec::new();
    };
    let number = |span: &marshal_yaml::Node, key: &str| {
        places[span
            .get(key)
            .and_then(|node| node.text())
            .unwrap()
            .parse::<usize>()
            .unwrap()]
    };
    let strong = spans.iter().filter(|span| span.get("weak").is_none());
    strong
        .map(|span| {
            (
                span.get("type")
                    .and_then(|node| node.text())
                    .unwrap()
                    .to_owned(),
                number(span, "start"),
                number(span, "end"),
            )
        })
        .collect()
}

/// JSON is YAML but for escaped surrogate pairs and slashes.
fn yaml(line: &str) -> String {
    line.replace("\\/", "/")
}

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/pii");
    if folder.is_dir() {
        return Some(folder);
    }
    println!(
        "skipped: no labelled texts in {}; set MARSHAL_SHARED",
        folder.display()
    );
    None
}
