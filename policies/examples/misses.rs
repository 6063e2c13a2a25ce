//! Prints what the built-in detectors miss or find too much in labelled texts: `misses FILE.jsonl [TYPE] [MODEL]`. With
//! a spaCy pipeline as MODEL names are looked for, too; `-` as TYPE stands for all types.

use marshal_policies::{Detector, Labelled, NameFinder, NameKind, Scores, Span};
use serde_json::Value;

fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap_or_default();
    let only = args.next().filter(|only| only != "-");
    let names = args
        .next()
        .map(|model| NameFinder::of_all(model.as_ref()).unwrap_or_else(|error| panic!("{error}")));
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let every = Detector::all_built_in();
    let mut own = std::collections::BTreeMap::new();
    for line in text.lines() {
        let Ok(row) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let text = row["text"].as_str().unwrap_or_default();
        let about = row["looked_for"].as_str();
        if only.is_some() && only.as_deref() != about {
            continue;
        }
        let places: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let place = |value: &Value| {
            value
                .as_u64()
                .and_then(|at| places.get(at as usize).copied())
                .unwrap_or(0)
        };
        let spans: Vec<Span> = row["spans"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|span| Span {
                range: place(&span["start"])..place(&span["end"]),
                kind: span["type"].as_str().unwrap_or_default().to_owned(),
                weak: span["weak"].as_bool().unwrap_or(false),
            })
            .collect();
        let detector = match about {
            Some(kind) => &*own
                .entry(kind.to_owned())
                .or_insert_with(|| Detector::of_type(kind)),
            None => &every,
        };
        let mut scores = Scores::default();
        let mut hits = detector.scan(text);
        if let Some(names) = &names {
            scores.also = NameKind::ALL.iter().map(|kind| kind.name()).collect();
            names.add(text, &mut hits);
        }
        scores.judge(
            &Labelled {
                text,
                spans: &spans,
                about,
            },
            &hits,
        );
        for (what, kind, range) in &scores.examples {
            println!(
                "{what} {kind} {:?} in {text:?} {}",
                &text[range.clone()],
                row["why"]
            );
        }
    }
}
