//! What providers add tomorrow breaks nothing today.

use marshal_conformance::{
    Outcome, Recording, Reviewed, Route, read_folder, route, run_all, shared_folder,
};
use serde_json::{Value, json};

/// Members in which a user, a tool or a schema has the word.
const THEIRS: [&str; 19] = [
    "arguments",
    "input",
    "args",
    "input_schema",
    "parameters",
    "inputSchema",
    "schema",
    "responseSchema",
    "responseJsonSchema",
    "response_schema",
    "parametersJsonSchema",
    "json",
    "metadata",
    "logit_bias",
    "additionalModelRequestFields",
    "requestMetadata",
    "response",
    "format",
    "data",
];

/// Adds an unknown member to every object of a dialect's own; what a user or a schema wrote stays as it is.
fn strange(value: &mut Value, depth: usize) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members.iter_mut() {
                if depth > 0 && !THEIRS.contains(&name.as_str()) {
                    strange(inner, depth - 1);
                }
            }
            if !members.is_empty() {
                members.insert("x_from_tomorrow".to_owned(), json!({"a": [1, "b"]}));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strange(item, depth)),
        _ => {}
    }
}

/// Adds a thing of an unknown kind before and behind every list of things that say their kind.
fn new_kinds(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members.iter_mut() {
                if !THEIRS.contains(&name.as_str()) {
                    new_kinds(inner);
                }
                // Gemini's and Amazon's say it by the name of a member.
                let by_name = name == "parts" || name == "content";
                if let Value::Array(items) = inner
                    && let Some(first) = items.first()
                    && first.is_object()
                {
                    if first["type"].is_string() && name != "input" {
                        let new = json!({"type": "from_tomorrow", "x": 1});
                        items.insert(0, new.clone());
                        items.push(new);
                    } else if by_name && first["role"].is_null() {
                        let new = json!({"fromTomorrow": {"x": 1}});
                        items.insert(0, new.clone());
                        items.push(new);
                    }
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(new_kinds),
        _ => {}
    }
}

/// Ends with a word that nobody knows.
fn new_words(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members.iter_mut() {
                let ends = [
                    "finish_reason",
                    "stop_reason",
                    "stopReason",
                    "finishReason",
                    "done_reason",
                ];
                let plain = matches!(
                    inner.as_str(),
                    Some("stop" | "end_turn" | "STOP" | "COMPLETE")
                );
                if ends.contains(&name.as_str()) && plain {
                    *inner = Value::from("from_tomorrow");
                } else if !THEIRS.contains(&name.as_str()) {
                    new_words(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(new_words),
        _ => {}
    }
}

fn strange_stream(text: &str) -> String {
    let mut out = String::new();
    let mut first = true;
    for line in text.split_inclusive('\n') {
        let data = line
            .strip_prefix("data:")
            .and_then(|data| serde_json::from_str::<Value>(data).ok());
        match data {
            Some(mut data) => {
                strange(&mut data, 3);
                out.push_str(&format!("data: {data}\n"));
            }
            None => out.push_str(line),
        }
        if first && line.trim().is_empty() {
            first = false;
            out.push_str("event: from.tomorrow\ndata: {\"type\":\"from.tomorrow\",\"x\":1}\n\n");
        }
    }
    out
}

fn from_tomorrow(recording: &Recording) -> Option<Recording> {
    let Route::Chat(_) = route(recording) else {
        return None;
    };
    let mut changed = recording.clone();
    strange(&mut changed.request_body, 3);
    if let Value::String(text) = &recording.response_body
        && recording.response_encoding == "text"
    {
        if !recording.stream {
            let mut body: Value = serde_json::from_str(text).ok()?;
            strange(&mut body, 4);
            changed.response_body = Value::from(body.to_string());
        } else if text.starts_with('{') {
            let line = |line: &str| {
                let mut data: Value = serde_json::from_str(line).ok()?;
                strange(&mut data, 3);
                Some(format!("{data}\n"))
            };
            changed.response_body = Value::from(text.lines().filter_map(line).collect::<String>());
        } else if text.starts_with("data:") || text.starts_with("event:") {
            changed.response_body = Value::from(strange_stream(text));
        }
    }
    Some(changed)
}

fn of_new_kinds(recording: &Recording) -> Option<Recording> {
    let Route::Chat(_) = route(recording) else {
        return None;
    };
    // Ollama's calls have no kinds.
    if recording.api == "ollama.chat" {
        return None;
    }
    let mut changed = recording.clone();
    new_kinds(&mut changed.request_body);
    if let Value::String(text) = &recording.response_body
        && !recording.stream
        && let Ok(mut body) = serde_json::from_str::<Value>(text)
    {
        new_kinds(&mut body);
        new_words(&mut body);
        changed.response_body = Value::from(body.to_string());
    }
    Some(changed)
}

#[test]
fn unknown_members_and_events_pass_through_every_dialect() {
    all_pass(from_tomorrow);
}

#[test]
fn unknown_kinds_and_words_pass_through_every_dialect() {
    all_pass(of_new_kinds);
}

fn all_pass(change: fn(&Recording) -> Option<Recording>) {
    let shared = shared_folder();
    if !shared.join("cassettes").is_dir() {
        println!("Skipped: {} has no recordings.", shared.display());
        return;
    }
    let recordings: Vec<Recording> = read_folder(&shared)
        .unwrap_or_default()
        .iter()
        // A third of them: the change is the same everywhere, and everywhere is long.
        .step_by(3)
        .filter_map(change)
        .collect();
    let outcomes = run_all(&recordings, &Reviewed::shipped());
    let mut failures = Vec::new();
    for (recording, outcome) in recordings.iter().zip(outcomes) {
        if let Outcome::Failed(why) = outcome {
            let why: String = why.chars().take(600).collect();
            failures.push(format!("{} {}: {why}", recording.api, recording.id));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}\n{}",
        failures.len(),
        recordings.len(),
        failures.join("\n")
    );
}
