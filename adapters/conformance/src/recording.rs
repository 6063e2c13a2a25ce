//! Reading the recordings.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use marshal_wire::frame::Framing;
use serde::Deserialize;
use serde_json::Value;

/// One recorded HTTP exchange.
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    /// Its id.
    pub id: String,
    /// The provider.
    pub provider: String,
    /// The provider's interface.
    pub api: String,
    /// The HTTP method.
    #[serde(default)]
    pub method: String,
    /// The path and query of the request; empty where unknown.
    #[serde(default)]
    pub url_path: Option<String>,
    /// The request's headers, by lower-case name.
    #[serde(default)]
    pub request_headers: Value,
    /// The request: JSON, text, bytes as `{"$base64"}`, or nothing.
    pub request_body: Value,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer's headers, by lower-case name.
    #[serde(default)]
    pub response_headers: Value,
    /// The answer's body.
    pub response_body: Value,
    /// `text`, or `base64` where the body was not text.
    pub response_encoding: String,
    /// Whether the answer was streamed.
    pub stream: bool,
}

impl Recording {
    /// The path of the request, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        let path = self.url_path.as_deref().unwrap_or_default();
        path.split_once('?').map_or(path, |(path, _)| path)
    }

    /// The request as bytes, where it was no JSON.
    #[must_use]
    pub fn raw_request(&self) -> Option<Vec<u8>> {
        match &self.request_body {
            Value::String(text) => Some(text.clone().into_bytes()),
            body => STANDARD.decode(body["$base64"].as_str()?).ok(),
        }
    }

    /// The request as bytes, where it was a JSON object.
    #[must_use]
    pub fn request(&self) -> Option<Vec<u8>> {
        (self.request_body.is_object() && self.request_body["$base64"].is_null())
            .then(|| self.request_body.to_string().into_bytes())
    }

    /// The answer as it was received; `None` where there was none.
    #[must_use]
    pub fn answer(&self) -> Option<Cow<'_, [u8]>> {
        match &self.response_body {
            Value::String(text) if self.response_encoding == "base64" => {
                STANDARD.decode(text).ok().map(Cow::Owned)
            }
            Value::String(text) => Some(Cow::Borrowed(text.as_bytes())),
            Value::Object(_) | Value::Array(_) => {
                Some(Cow::Owned(self.response_body.to_string().into_bytes()))
            }
            _ => None,
        }
    }

    /// The answer as JSON, where it is JSON.
    #[must_use]
    pub fn answer_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.answer()?).ok()
    }

    /// True where the exchange went well.
    #[must_use]
    pub const fn went_well(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// How a streamed answer is cut into events.
    #[must_use]
    pub fn framing(&self) -> Framing {
        let media = self.response_headers["content-type"]
            .as_str()
            .unwrap_or_default();
        if self.response_encoding == "base64" || media.contains("amazon.eventstream") {
            return if self.api.contains("invoke") {
                Framing::Chunks
            } else {
                Framing::EventStream
            };
        }
        let first = self
            .answer()
            .and_then(|answer| answer.trim_ascii_start().first().copied());
        match first {
            Some(b'[') => Framing::JsonArray,
            Some(b'{') => Framing::Ndjson,
            _ => Framing::Sse,
        }
    }
}

/// Every recording below `shared/cassettes`, in a stable order.
///
/// # Errors
/// When a folder or file cannot be read, or a line is not a recording.
pub fn read_folder(shared: &Path) -> io::Result<Vec<Recording>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(shared.join("cassettes"))? {
        let entry = entry?.path();
        if entry.is_dir() {
            for file in fs::read_dir(entry)? {
                files.push(file?.path());
            }
        } else {
            files.push(entry);
        }
    }
    files.retain(|file| file.extension().is_some_and(|name| name == "jsonl"));
    files.sort();
    let mut all = Vec::new();
    for file in files {
        for line in fs::read_to_string(&file)?.lines() {
            all.push(serde_json::from_str(line).map_err(io::Error::other)?);
        }
    }
    Ok(all)
}
