//! Recordings, and what an answer says.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use marshal_adapter_api::{
    Adapter, Assembler, ChatEvent, ChatResponse, FinishReason, Malformed, Part, StreamShape,
};
use marshal_wire::frame::{Framing, RawEvent, Splitter};
use serde_json::{Value, json};

/// One recorded exchange.
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) request: Value,
    pub(crate) status: u64,
    pub(crate) answer: String,
    pub(crate) stream: bool,
}

impl Recording {
    pub(crate) fn body(&self) -> Option<Vec<u8>> {
        self.request["model"]
            .is_string()
            .then(|| self.request.to_string().into_bytes())
    }

    /// The events of a streamed answer. Of a few recordings that hold several, the first one's.
    pub(crate) fn events(&self) -> Vec<RawEvent> {
        let mut events = split(self.answer.as_bytes());
        let end = events.iter().position(|event| {
            event
                .name()
                .is_some_and(|name| name == "response.completed")
        });
        if let Some(end) = end {
            events.truncate(end + 1);
        }
        events
    }
}

pub(crate) fn split(bytes: &[u8]) -> Vec<RawEvent> {
    let mut splitter = Splitter::new(Framing::Sse, 64 << 20);
    splitter.push(Bytes::copy_from_slice(bytes));
    let mut events = Vec::new();
    while let Ok(Some(event)) = splitter.next() {
        events.push(event);
    }
    events.extend(splitter.finish());
    events
}

fn shared() -> PathBuf {
    std::env::var_os("MARSHAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    )
}

/// The recordings of interfaces whose names end so; none, with the reason printed, where there is no folder.
pub(crate) fn recordings(api: &str) -> Vec<Recording> {
    let folder = shared().join("cassettes");
    let Ok(providers) = fs::read_dir(&folder) else {
        println!("skipped: no recordings in {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = providers
        .filter_map(|entry| fs::read_dir(entry.ok()?.path()).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension().is_some_and(|kind| kind == "jsonl")
                && path
                    .file_stem()
                    .is_some_and(|name| name.to_string_lossy().ends_with(api))
        })
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Recording> {
    let lines = fs::read_to_string(file).unwrap();
    lines
        .lines()
        .filter_map(|line| {
            let all: Value = serde_json::from_str(line).unwrap();
            let path = all["url_path"].as_str().unwrap_or_default();
            let path = path.split('?').next().unwrap_or_default();
            let other =
                all["api"].as_str()?.ends_with("responses") && !path.ends_with("/responses");
            if all["method"] != "POST" || other {
                return None;
            }
            Some(Recording {
                id: format!("{} {}", all["api"].as_str()?, all["id"].as_str()?),
                request: all["request_body"].clone(),
                status: all["status"].as_u64()?,
                answer: match &all["response_body"] {
                    Value::String(text) => text.clone(),
                    value => value.to_string(),
                },
                stream: all["stream"] == true,
            })
        })
        .collect()
}

/// What the first choice of an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) refusal: String,
    pub(crate) thinking: String,
    pub(crate) calls: Vec<(String, String, Value)>,
    pub(crate) finish: Option<&'static str>,
    pub(crate) usage: Option<(u64, u64, u64, u64)>,
}

pub(crate) fn arguments(source: &str) -> Value {
    if source.trim().is_empty() {
        return json!({});
    }
    match serde_json::from_str(source) {
        Ok(value @ Value::Object(_)) => value,
        _ => json!({ "arguments": source }),
    }
}

impl Said {
    pub(crate) fn of(response: &ChatResponse) -> Self {
        let mut said = Self::default();
        let Some(choice) = response.choices.first() else {
            return said;
        };
        for part in &choice.message.parts {
            match part {
                Part::Text { text, .. } => said.text.push_str(text),
                Part::Refusal { text, .. } => said.refusal.push_str(text),
                Part::Thinking { text, .. } => said.thinking.push_str(text),
                Part::ToolCall {
                    id,
                    name,
                    arguments: source,
                    ..
                } => said
                    .calls
                    .push((id.clone(), name.clone(), arguments(source))),
                _ => {}
            }
        }
        let calls = !said.calls.is_empty();
        said.finish = choice.finish.as_ref().map(|finish| match finish.reason {
            FinishReason::Length | FinishReason::ContextFull => "length",
            FinishReason::Refusal => "refusal",
            FinishReason::ToolCalls => "tools",
            _ if calls => "tools",
            _ => "stop",
        });
        said.usage = response.usage.as_ref().map(|usage| {
            let tokens = usage.tokens;
            (
                tokens.input.0,
                tokens.output.0,
                tokens.cache_read.0,
                tokens.reasoning.0,
            )
        });
        said
    }

    /// Without what not every dialect can say: a refusal is text there, and thoughts may lack.
    pub(crate) fn plainly(mut self) -> Self {
        self.text.push_str(&std::mem::take(&mut self.refusal));
        // A call in a form older than tools is no call here.
        self.finish = match self.finish {
            None if !self.calls.is_empty() => Some("tools"),
            None | Some("refusal") => Some("stop"),
            Some("tools") if self.calls.is_empty() => Some("stop"),
            finish => finish,
        };
        self.usage = self.usage.or(Some((0, 0, 0, 0)));
        self
    }
}

/// The canonical events of a stream.
pub(crate) fn canonical(
    adapter: &dyn Adapter,
    events: &[RawEvent],
) -> Result<Vec<ChatEvent>, Malformed> {
    let mut decoder = adapter.stream_decoder();
    let mut out = Vec::new();
    for event in events {
        decoder.event(event, &mut out)?;
    }
    decoder.end(&mut out);
    Ok(out)
}

/// The answer that events make, or `None` where they end in a failure.
pub(crate) fn assembled(adapter: &dyn Adapter, events: &[ChatEvent]) -> Option<ChatResponse> {
    let mut assembler = Assembler::new();
    for event in events {
        assembler.push(event);
    }
    if assembler.error().is_some() {
        return None;
    }
    Some(assembler.finish(adapter.dialect()))
}

/// Events written as a stream.
pub(crate) fn written(adapter: &dyn Adapter, events: &[ChatEvent]) -> Vec<u8> {
    let mut encoder = adapter.stream_encoder(StreamShape {
        include_usage: true,
        model: "the/model".to_owned(),
        created: 7,
    });
    let mut out = Vec::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    encoder.end(&mut out);
    out
}

/// The JSON of each event.
pub(crate) fn data(events: &[RawEvent]) -> Vec<Value> {
    events
        .iter()
        .filter_map(|event| serde_json::from_slice(&event.data()).ok())
        .collect()
}

/// Where two values differ: `-` lost, `+` added, `!` changed.
pub(crate) fn differences(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                match b.get(name) {
                    Some(other) => differences(value, other, &format!("{path}.{name}"), found),
                    None => found.push(format!("-{path}.{name}")),
                }
            }
            for name in b.keys().filter(|name| !a.contains_key(*name)) {
                found.push(format!("+{path}.{name}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (one, other) in a.iter().zip(b) {
                differences(one, other, &format!("{path}[]"), found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        _ => found.push(format!("!{path}")),
    }
}

/// Fails with every complaint at once.
pub(crate) fn none(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}",
        complaints.len(),
        complaints
            .iter()
            .take(25)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}
