//! Recall and false positives on labelled texts: `evaluate FILE.jsonl`, one JSON object as answer.
//!
//! A row has `text`, `label` (1 is an attack) and `category`. With `--rows`, the verdict of each row instead; with a
//! channel (`user`, `document`, `auto`) behind the file, that one instead of `auto`.

use std::collections::BTreeMap;

use marshal_signatures::{Channel, Scanner, Sensitivity, Verdict};
use serde_json::{Value, json};

const SENSITIVITIES: [(&str, Sensitivity); 3] = [
    ("low", Sensitivity::Low),
    ("medium", Sensitivity::Medium),
    ("high", Sensitivity::High),
];

#[derive(Default)]
struct Category {
    attack: bool,
    rows: u32,
    flagged: [u32; 3],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = arguments
        .first()
        .ok_or("usage: evaluate FILE.jsonl [user|document|auto] [--rows]")?;
    let channel = match arguments.get(1).map(String::as_str) {
        Some("user") => Channel::User,
        Some("document") => Channel::Document,
        _ => Channel::Auto,
    };
    let rows = arguments.iter().any(|argument| argument == "--rows");
    let scanner = Scanner::default();
    let mut categories: BTreeMap<String, Category> = BTreeMap::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let verdict = scanner.scan(row["text"].as_str().ok_or("a row without text")?, channel);
        if rows {
            println!(
                "{}",
                json!({"id": row["id"], "score": verdict.score, "families": verdict.families})
            );
            continue;
        }
        let category = categories
            .entry(row["category"].as_str().unwrap_or("none").to_owned())
            .or_default();
        category.count(row["label"] == 1, &verdict);
    }
    if !rows {
        println!("{:#}", summary(&categories));
    }
    Ok(())
}

impl Category {
    fn count(&mut self, attack: bool, verdict: &Verdict) {
        self.attack = attack;
        self.rows += 1;
        for (count, (_, sensitivity)) in self.flagged.iter_mut().zip(SENSITIVITIES) {
            *count += u32::from(verdict.is_flagged(sensitivity));
        }
    }
}

fn summary(categories: &BTreeMap<String, Category>) -> Value {
    let mut all = json!({"recall": {}, "false_positives": {}});
    for (name, category) in categories {
        let kind = if category.attack {
            "recall"
        } else {
            "false_positives"
        };
        let mut figures = json!({"rows": category.rows});
        for (count, (sensitivity, _)) in category.flagged.iter().zip(SENSITIVITIES) {
            let share = f64::from(*count) / f64::from(category.rows);
            figures[sensitivity] =
                json!({"flagged": count, "share": (share * 10_000.0).round() / 10_000.0});
        }
        all[kind][name] = figures;
    }
    all
}
