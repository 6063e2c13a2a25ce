//! Finding the recording that a request asks for.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use super::cassette::Recording;

/// Members that a gateway may change and still ask the same: the model's name, and whether the
/// stream tells its usage.
const GATEWAYS_OWN: [&str; 2] = ["model", "stream_options"];

/// All recordings, by what their requests say.
pub struct Library {
    recordings: Vec<Recording>,
    by_request: HashMap<String, Shelf>,
    forced: Mutex<VecDeque<usize>>,
}

/// The recordings of one request.
#[derive(Default)]
struct Shelf {
    recordings: Vec<usize>,
    turn: AtomicUsize,
}

/// A recording, and how it was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// What to play.
    pub recording: &'a Recording,
    /// Why this one.
    pub how: How,
}

/// How a recording was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By id: the `x-replay-id` header, or `PUT /__replay/next/ID` before.
    Id,
    /// The body is JSON-equal, the model's name too.
    Exact,
    /// The body is JSON-equal but for the model's name.
    ButModel,
    /// As above, and `stream_options` differ.
    ButStreamOptions,
}

impl How {
    /// A stable word for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Exact => "exact",
            Self::ButModel => "but_model",
            Self::ButStreamOptions => "but_stream_options",
        }
    }
}

/// No recording has this request.
#[derive(Debug, PartialEq, Eq)]
pub struct Miss {
    why: String,
    nearest: Option<String>,
    differs: Vec<String>,
}

impl Miss {
    fn new(why: &str) -> Self {
        Self {
            why: why.to_owned(),
            nearest: None,
            differs: Vec::new(),
        }
    }

    /// The error body: what is wrong, the nearest recording and the paths that differ from it.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({"error": {
            "message": self.why, "type": "replay_no_match", "nearest": self.nearest, "differs": self.differs
        }})
        .to_string()
    }
}

impl Library {
    /// Sorts the recordings by request.
    #[must_use]
    pub fn new(recordings: Vec<Recording>) -> Self {
        let mut by_request: HashMap<String, Shelf> = HashMap::new();
        for (at, recording) in recordings.iter().enumerate() {
            if let Some(request) = &recording.request {
                let shelf = by_request.entry(key(request)).or_default();
                shelf.recordings.push(at);
            }
        }
        Self {
            recordings,
            by_request,
            forced: Mutex::default(),
        }
    }

    /// How many recordings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recordings.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recordings.is_empty()
    }

    /// The recording with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Found<'_>> {
        let recording = self
            .recordings
            .iter()
            .find(|recording| recording.id == id)?;
        Some(Found {
            recording,
            how: How::Id,
        })
    }

    /// The next request gets the recording `id`, whatever it asks; several are queued. False: no such id.
    pub fn force(&self, id: &str) -> bool {
        let at = self
            .recordings
            .iter()
            .position(|recording| recording.id == id);
        let mut forced = self.forced.lock().unwrap_or_else(PoisonError::into_inner);
        forced.extend(at);
        at.is_some()
    }

    /// The recording of this request; where several are equally good, each gets its turn.
    ///
    /// # Errors
    /// A `Miss` says how the request differs from the nearest recording.
    pub fn find(&self, method: &Method, path: &str, body: &Bytes) -> Result<Found<'_>, Miss> {
        if let Some(recording) = self.next_forced() {
            return Ok(Found {
                recording,
                how: How::Id,
            });
        }
        let request: Value = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(body).map_err(|_| Miss::new("the request body is not JSON"))?
        };
        self.by_request
            .get(&key(&request))
            .and_then(|shelf| self.best(shelf, method, path, &request))
            .ok_or_else(|| self.miss(method, path, &request))
    }

    /// A JSON line a recording: id, api, method, path, status, stream, and whether its request is known.
    #[must_use]
    pub fn list(&self) -> String {
        let lines = self.recordings.iter().map(|recording| {
            let line = json!({
                "id": recording.id, "api": recording.api, "method": recording.method.as_str(), "path": recording.path,
                "status": recording.status.as_u16(), "stream": recording.stream,
                "has_request": recording.request.is_some()
            });
            format!("{line}\n")
        });
        lines.collect()
    }

    fn next_forced(&self) -> Option<&Recording> {
        let mut forced = self.forced.lock().unwrap_or_else(PoisonError::into_inner);
        forced.pop_front().map(|at| &self.recordings[at])
    }

    fn best(
        &self,
        shelf: &Shelf,
        method: &Method,
        path: &str,
        request: &Value,
    ) -> Option<Found<'_>> {
        let mut ranked: Vec<(How, &Recording)> = shelf
            .recordings
            .iter()
            .map(|&at| &self.recordings[at])
            .filter(|recording| recording.method == *method && same_place(&recording.path, path))
            .map(|recording| (closeness(recording.request.as_ref(), request), recording))
            .collect();
        let best = [How::Exact, How::ButModel, How::ButStreamOptions]
            .into_iter()
            .find(|how| ranked.iter().any(|(each, _)| each == how))?;
        ranked.retain(|(how, _)| *how == best);
        let turn = shelf.turn.fetch_add(1, Ordering::Relaxed) % ranked.len();
        let (how, recording) = ranked[turn];
        Some(Found { recording, how })
    }

    fn miss(&self, method: &Method, path: &str, request: &Value) -> Miss {
        let here = self
            .recordings
            .iter()
            .filter(|recording| recording.method == *method && same_place(&recording.path, path))
            .filter_map(|recording| Some((recording, recording.request.as_ref()?)));
        let nearest = here
            .map(|(recording, recorded)| {
                let mut differs = Vec::new();
                differences("", recorded, request, &mut differs);
                (recording, differs)
            })
            .min_by_key(|(_, differs)| differs.len());
        match nearest {
            None => Miss::new("no recording has this method and path"),
            Some((recording, differs)) => Miss {
                why: "no recording has this body; `differs` names what differs from the nearest"
                    .to_owned(),
                nearest: Some(recording.id.clone()),
                differs,
            },
        }
    }
}

fn closeness(recorded: Option<&Value>, request: &Value) -> How {
    let recorded = recorded.unwrap_or(&Value::Null);
    let same = |name| canonical(&recorded[name]) == canonical(&request[name]);
    match (same("stream_options"), same("model")) {
        (true, true) => How::Exact,
        (true, false) => How::ButModel,
        (false, _) => How::ButStreamOptions,
    }
}

/// Whether two paths are the same endpoint: what follows the version counts, not what stands before.
fn same_place(recorded: &str, asked: &str) -> bool {
    let (recorded, asked) = (endpoint(recorded), endpoint(asked));
    recorded == asked || ends_with_segments(recorded, asked) || ends_with_segments(asked, recorded)
}

fn ends_with_segments(long: &str, short: &str) -> bool {
    !short.is_empty()
        && long
            .strip_suffix(short)
            .is_some_and(|rest| rest.ends_with('/'))
}

/// `/openai/v1/chat/completions` -> `chat/completions`.
fn endpoint(path: &str) -> &str {
    let mut rest = path;
    while let Some((segment, after)) = rest.trim_start_matches('/').split_once('/') {
        rest = after;
        let version = segment.strip_prefix('v');
        if version.is_some_and(|number| number.starts_with(|digit: char| digit.is_ascii_digit())) {
            return rest;
        }
    }
    path.trim_start_matches('/')
}

fn key(request: &Value) -> String {
    match request {
        Value::Object(members) => {
            let own = members
                .iter()
                .filter(|(name, _)| !GATEWAYS_OWN.contains(&name.as_str()));
            let rest: Map<String, Value> = own
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            canonical(&Value::Object(rest))
        }
        other => canonical(other),
    }
}

/// One text for all JSON texts of the same value: names sorted, no space, `1.0` written as `1`.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members: Vec<String> = members
                .into_iter()
                .map(|(name, value)| {
                    format!("{}:{}", Value::String(name.clone()), canonical(value))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Number(number) if number.is_f64() => {
            let text = number.to_string();
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        other => other.to_string(),
    }
}

/// The paths at which two values differ, the gateway's own members aside.
fn differences(path: &str, recorded: &Value, asked: &Value, out: &mut Vec<String>) {
    match (recorded, asked) {
        (Value::Object(recorded), Value::Object(asked)) => {
            let own = |name: &str| path.is_empty() && GATEWAYS_OWN.contains(&name);
            for (name, value) in recorded.iter().filter(|(name, _)| !own(name)) {
                let path = join(path, name);
                match asked.get(name) {
                    Some(other) => differences(&path, value, other, out),
                    None => out.push(format!("{path} is missing")),
                }
            }
            for name in asked.keys() {
                if !own(name) && !recorded.contains_key(name) {
                    out.push(format!("{} is extra", join(path, name)));
                }
            }
        }
        (Value::Array(recorded), Value::Array(asked)) if recorded.len() == asked.len() => {
            for (at, (value, other)) in recorded.iter().zip(asked).enumerate() {
                differences(&format!("{path}[{at}]"), value, other, out);
            }
        }
        (Value::Array(recorded), Value::Array(asked)) => {
            out.push(format!(
                "{path} has {} items, recorded {}",
                asked.len(),
                recorded.len()
            ));
        }
        _ if canonical(recorded) != canonical(asked) => out.push(format!("{path} differs")),
        _ => {}
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::cassette::parse;
    use super::*;

    fn recording(id: &str, request: &str) -> Recording {
        let line = format!(
            r#"{{"id":"{id}","api":"openai.chat","method":"POST","url_path":"/v1/chat/completions?x=1","request_body":{request},"status":200,"response_headers":{{"content-length":"9","x-request-id":"r"}},"response_body":"{id} says","response_encoding":"text"}}"#
        );
        parse(&line).unwrap()
    }

    fn library() -> Library {
        Library::new(vec![
            recording(
                "a",
                r#"{"model":"m1","messages":[{"role":"user","content":"hi"}],"temperature":1.0}"#,
            ),
            recording(
                "b",
                r#"{"model":"m2","messages":[{"role":"user","content":"hi"}],"temperature":1}"#,
            ),
            recording("c", r#"{"model":"m1","messages":[],"stream":true}"#),
            recording("d", "null"),
        ])
    }

    fn find(library: &Library, path: &str, body: &'static str) -> Result<(String, How), Miss> {
        library
            .find(&Method::POST, path, &Bytes::from_static(body.as_bytes()))
            .map(|found| (found.recording.id.clone(), found.how))
    }

    #[test]
    fn an_equal_body_is_found_whatever_its_order_spaces_and_prefix() {
        let body =
            r#"{"temperature": 1, "messages": [{"content":"hi","role":"user"}], "model":"m2"}"#;
        assert_eq!(
            find(&library(), "/openai/v1/chat/completions", body),
            Ok(("b".to_owned(), How::Exact))
        );
    }

    #[test]
    fn another_model_is_served_in_turn_by_all_that_are_equal() {
        let library = library();
        let body = r#"{"model":"z","messages":[{"role":"user","content":"hi"}],"temperature":1}"#;
        let ids: Vec<_> = (0..3)
            .map(|_| find(&library, "/chat/completions", body).unwrap())
            .collect();
        assert_eq!(ids[0], ("a".to_owned(), How::ButModel));
        assert_eq!(ids[1].0, "b");
        assert_eq!(ids[2].0, "a");
    }

    #[test]
    fn stream_options_that_a_gateway_adds_do_not_hide_the_recording() {
        let body =
            r#"{"model":"m1","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#;
        assert_eq!(
            find(&library(), "/v1/chat/completions", body),
            Ok(("c".to_owned(), How::ButStreamOptions))
        );
    }

    #[test]
    fn a_miss_names_the_nearest_and_what_differs() {
        let body =
            r#"{"model":"m1","messages":[{"role":"user","content":"ho"}],"temperature":1,"n":2}"#;
        let miss = find(&library(), "/v1/chat/completions", body).unwrap_err();
        assert_eq!(miss.nearest.as_deref(), Some("a"));
        assert_eq!(miss.differs, ["messages[0].content differs", "n is extra"]);
        assert!(
            find(&library(), "/v1/messages", body)
                .unwrap_err()
                .nearest
                .is_none()
        );
    }

    #[test]
    fn a_recording_without_a_request_is_reached_by_id() {
        let library = library();
        assert_eq!(library.by_id("d").unwrap().how, How::Id);
        assert!(library.force("d"));
        assert!(!library.force("nobody"));
        assert_eq!(find(&library, "/v1/chat/completions", "{}").unwrap().0, "d");
        assert!(find(&library, "/v1/chat/completions", "{}").is_err());
    }

    #[test]
    fn connection_headers_are_not_repeated_and_a_type_is_always_there() {
        let recording = recording("a", "{}");
        assert!(!recording.headers.contains_key("content-length"));
        assert_eq!(recording.headers["x-request-id"], "r");
        assert_eq!(recording.headers["content-type"], "application/json");
    }
}
