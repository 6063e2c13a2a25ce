//! How well the detectors do on labelled texts: recall and precision by type, with floors that were measured.

use std::path::PathBuf;

use serde_json::Value;

use super::Detector;
use super::score::{Labelled, Scores, Span};

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
    ("presidio_recognizers.jsonl", "IP_ADDRESS", 96, 99),
    ("secrets_synthetic.jsonl", "SECRET", 98, 99),
];

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
        for (kind, score) in &scores.types {
            let percent = |of: u64| {
                (score.right * 100)
                    .checked_div(score.right + of)
                    .unwrap_or(100)
            };
            let (recall, precision) = (percent(score.missed), percent(score.wrong));
            println!(
                "{file:28} {kind:14} right {:4} missed {:3} wrong {:3} recall {recall:3} % precision {precision:3} %",
                score.right, score.missed, score.wrong
            );
            let floor = FLOORS
                .iter()
                .find(|(of, name, ..)| *of == file && name == kind);
            if floor.is_some_and(|(.., least_recall, least_precision)| {
                recall < u64::from(*least_recall) || precision < u64::from(*least_precision)
            }) {
                failed.push(format!(
                    "{file} {kind}: recall {recall} %, precision {precision} %"
                ));
            }
        }
    }
    assert!(failed.is_empty(), "below the floor: {failed:#?}");
}

fn evaluate(text: &str, looked_for: bool) -> Scores {
    let every = Detector::all_built_in();
    let mut scores = Scores::default();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = row["text"].as_str().unwrap();
        let about = row["looked_for"].as_str().filter(|_| looked_for);
        let spans = spans(&row, text);
        let labelled = Labelled {
            text,
            spans: &spans,
            about,
        };
        let from = scores.examples.len();
        // A text that is about one type is for the detector of that type.
        let own = about.map(Detector::of_type);
        scores.judge(&labelled, &own.as_ref().unwrap_or(&every).scan(text));
        if std::env::var_os("MARSHAL_EXAMPLES").is_some() {
            for (what, kind, range) in &scores.examples[from..] {
                println!("      {what} {kind} {:?} in {text:?}", &text[range.clone()]);
            }
        }
    }
    scores
}

fn spans(row: &Value, text: &str) -> Vec<Span> {
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let place =
        |span: &Value, key: &str| places[usize::try_from(span[key].as_u64().unwrap()).unwrap()];
    let spans = row["spans"].as_array().unwrap().iter();
    spans
        .map(|span| Span {
            range: place(span, "start")..place(span, "end"),
            kind: span["type"].as_str().unwrap().to_owned(),
            weak: span["weak"].as_bool().unwrap_or(false),
        })
        .collect()
}

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared")),
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
