//! Answers of which one member is missing, null or written otherwise break nothing and lose nothing.

use marshal_conformance::{
    Outcome, Recording, Reviewed, Route, read_folder, route, run_all, shared_folder,
};
use serde_json::{Value, json};

/// Members in which a user, a tool or a schema has the word.
const THEIRS: [&str; 6] = [
    "arguments",
    "input",
    "args",
    "metadata",
    "data",
    "instructions",
];

/// The way to a member: names and numbers.
type Way = Vec<String>;

/// Every member of a value that is the dialect's own.
fn members(value: &Value, way: &Way, all: &mut Vec<Way>) {
    match value {
        Value::Object(inner) => {
            for (name, value) in inner {
                let way = [way.as_slice(), std::slice::from_ref(name)].concat();
                all.push(way.clone());
                if !THEIRS.contains(&name.as_str()) {
                    members(value, &way, all);
                }
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                members(value, &[way.as_slice(), &[at.to_string()]].concat(), all);
            }
        }
        _ => {}
    }
}

/// Without these there is no answer, and what says so is refused.
fn is_answer(way: &Way) -> bool {
    let way: Vec<&str> = way.iter().map(String::as_str).collect();
    matches!(
        way.as_slice(),
        ["choices" | "output" | "content" | "message" | "candidates"]
            | ["output", "message"]
            | ["output", "message", "content"]
            | ["choices", _, "message"]
    )
}

/// Without these an event is another one, or another part's.
fn is_frame(way: &Way) -> bool {
    const FRAME: [&str; 8] = [
        "type",
        "index",
        "output_index",
        "item",
        "delta",
        "content_block",
        "name",
        "call_id",
    ];
    way.last()
        .is_some_and(|name| FRAME.contains(&name.as_str()))
}

/// Changes the member at the way; `None` takes it out.
fn change(value: &mut Value, way: &[String], to: fn(&Value) -> Option<Value>) {
    let Some((first, rest)) = way.split_first() else {
        return;
    };
    match value {
        Value::Array(items) => {
            if let Some(item) = first.parse().ok().and_then(|at: usize| items.get_mut(at)) {
                change(item, rest, to);
            }
        }
        Value::Object(members) => {
            let Some(inner) = members.get_mut(first) else {
                return;
            };
            if !rest.is_empty() {
                change(inner, rest, to);
                return;
            }
            match to(inner) {
                Some(value) => *inner = value,
                None => drop(members.remove(first)),
            }
        }
        _ => {}
    }
}

/// A whole answer to a conversation that went well, as JSON.
fn whole(recording: &Recording) -> Option<Value> {
    let chat = matches!(route(recording), Route::Chat(_));
    let plain = !recording.stream && recording.status < 300;
    match &recording.response_body {
        Value::String(text) if chat && plain && recording.response_encoding == "text" => {
            serde_json::from_str(text).ok()
        }
        _ => None,
    }
}

/// Looks random, and is the same in every run.
fn pick<T>(all: &[T], at: usize, round: usize) -> Option<(usize, &T)> {
    let place = (at * 7_919 + round * 104_729) % all.len().max(1);
    all.get(place).map(|one| (place, one))
}

/// A stream of lines with one member of one event changed, and which.
fn of_stream(
    recording: &Recording,
    (at, round): (usize, usize),
    to: fn(&Value) -> Option<Value>,
) -> Option<(String, Way)> {
    let chat = matches!(route(recording), Route::Chat(_));
    let Value::String(text) = &recording.response_body else {
        return None;
    };
    if !(chat && recording.stream && recording.status < 300) {
        return None;
    }
    let data = |line: &str| -> Option<Value> {
        let data = line.strip_prefix("data:").unwrap_or(line);
        serde_json::from_str(data).ok().filter(Value::is_object)
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let events: Vec<usize> = (0..lines.len())
        .filter(|at| data(lines[*at]).is_some())
        .collect();
    let (_, place) = pick(&events, at, round)?;
    let mut event = data(lines[*place])?;
    let mut all = Vec::new();
    members(&event, &Vec::new(), &mut all);
    all.retain(|way| !is_frame(way));
    let (_, way) = pick(&all, at, round)?;
    change(&mut event, way, to);
    let start = if lines[*place].starts_with("data:") {
        "data: "
    } else {
        ""
    };
    let changed = format!("{start}{event}\n");
    let mut lines = lines.clone();
    lines[*place] = &changed;
    Some((lines.concat(), way.clone()))
}

/// Each answer with one of its members changed, another one in each round.
fn all_pass(rounds: usize, to: fn(&Value) -> Option<Value>) {
    let shared = shared_folder();
    if !shared.join("cassettes").is_dir() {
        println!("Skipped: {} has no recordings.", shared.display());
        return;
    }
    let recordings = read_folder(&shared).unwrap_or_default();
    let mut changed = Vec::new();
    for (at, recording) in recordings.iter().enumerate() {
        for round in 0..rounds {
            if let Some((body, way)) = of_stream(recording, (at, round), to) {
                let mut recording = recording.clone();
                recording.id = format!("{} {}", recording.id, way.join("."));
                recording.response_body = Value::from(body);
                changed.push(recording);
            }
        }
        let Some(answer) = whole(recording) else {
            continue;
        };
        let mut all = Vec::new();
        members(&answer, &Vec::new(), &mut all);
        all.retain(|way| !is_answer(way));
        for round in 0..rounds {
            let Some((_, way)) = pick(&all, at, round) else {
                continue;
            };
            let mut answer = answer.clone();
            change(&mut answer, way, to);
            let mut recording = recording.clone();
            recording.id = format!("{} {}", recording.id, way.join("."));
            recording.response_body = Value::from(answer.to_string());
            changed.push(recording);
        }
    }
    let outcomes = run_all(&changed, &Reviewed::shipped());
    let mut failures = Vec::new();
    for (recording, outcome) in changed.iter().zip(outcomes) {
        if let Outcome::Failed(why) = outcome {
            let why: String = why.chars().take(400).collect();
            failures.push(format!("{} {}: {why}", recording.api, recording.id));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}\n{}",
        failures.len(),
        changed.len(),
        failures.join("\n")
    );
}

#[test]
fn a_member_may_be_null() {
    all_pass(1, |_| Some(Value::Null));
}

#[test]
fn a_member_may_be_missing() {
    all_pass(1, |_| None);
}

#[test]
fn a_whole_number_may_be_written_as_a_float() {
    all_pass(1, |value| match value.as_u64() {
        Some(number) if number < 1 << 50 => Some(json!(number as f64)),
        _ => Some(value.clone()),
    });
}
