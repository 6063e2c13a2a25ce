//! Reading the recordings.

use std::path::PathBuf;

use bytes::Bytes;
use marshal_adapter_api::Named;
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use serde_json::Value;

const APIS: [&str; 4] = [
    "gemini/gemini.generateContent",
    "gemini/gemini.streamGenerateContent",
    "vertex/vertex.generateContent",
    "vertex/vertex.streamGenerateContent",
];

/// One recorded exchange.
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) request: Value,
    pub(crate) status: u16,
    pub(crate) answer: String,
    pub(crate) stream: bool,
    model: String,
}

impl Recording {
    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            model: Some(&self.model),
            stream: Some(self.stream),
        }
    }

    pub(crate) fn body(&self) -> Option<Vec<u8>> {
        self.request
            .is_object()
            .then(|| self.request.to_string().into_bytes())
    }

    pub(crate) fn framing(&self) -> Framing {
        if self.answer.trim_start().starts_with('[') {
            Framing::JsonArray
        } else {
            Framing::Sse
        }
    }

    pub(crate) fn events(&self) -> Vec<RawEvent> {
        split(self.framing(), self.answer.as_bytes())
    }
}

/// Cuts a stream into events.
pub(crate) fn split(framing: Framing, bytes: &[u8]) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(framing, 64 << 20);
    splitter.push(Bytes::copy_from_slice(bytes));
    let mut events = Vec::new();
    while let Some(event) = splitter.next().unwrap() {
        events.push(event);
    }
    while let Some(event) = splitter.finish() {
        events.push(event);
    }
    events
}

/// Every recording; none, with a printed reason, where the folder is not there.
pub(crate) fn all() -> Vec<Recording> {
    let shared = std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let mut found = Vec::new();
    for api in APIS {
        let file = shared.join("cassettes").join(format!("{api}.jsonl"));
        let Ok(text) = std::fs::read_to_string(&file) else {
            println!("skipped: no recordings of {api} below {}", shared.display());
            continue;
        };
        found.extend(text.lines().map(|line| recording(line, api)));
    }
    found
}

fn recording(line: &str, api: &str) -> Recording {
    let value: Value = serde_json::from_str(line).unwrap();
    let path = value["url_path"].as_str().unwrap_or_default();
    let model = path
        .rsplit_once("/models/")
        .and_then(|(_, rest)| rest.split_once(':'))
        .map_or("unknown", |(model, _)| model);
    let answer = match &value["response_body"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Recording {
        id: value["id"].as_str().unwrap().to_owned(),
        request: value["request_body"].clone(),
        status: u16::try_from(value["status"].as_u64().unwrap()).unwrap(),
        answer,
        stream: api.ends_with("streamGenerateContent"),
        model: model.to_owned(),
    }
}

/// Paths at which two values differ.
pub(crate) fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(left, right, "", &mut found);
    found
}

fn walk(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                match b.get(name) {
                    Some(other) => walk(value, other, &format!("{path}.{name}"), found),
                    None => found.push(format!("-{path}.{name}")),
                }
            }
            for name in b.keys().filter(|name| !a.contains_key(*name)) {
                found.push(format!("+{path}.{name}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (one, other) in a.iter().zip(b) {
                walk(one, other, &format!("{path}[]"), found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        _ => found.push(format!("!{path}")),
    }
}
