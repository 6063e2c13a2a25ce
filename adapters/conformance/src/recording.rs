//! Reading the recordings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use marshal_types::Dialect;
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
    /// The request: JSON, text, or nothing.
    pub request_body: Value,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer's body.
    pub response_body: Value,
    /// `text`, or `base64` where the body was not text.
    pub response_encoding: String,
    /// Whether the answer was streamed.
    pub stream: bool,
}

/// Interfaces whose names end in `.chat` and which are nobody's copy of OpenAI's.
const OTHER_CHATS: [&str; 3] = ["cohere.chat", "cohere.v1.chat", "ollama.chat"];

impl Recording {
    /// The dialect that the exchange is in, where it is one that is spoken.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        if self.api == "anthropic.messages" {
            Some(Dialect::Anthropic)
        } else if self.api.ends_with(".chat") && !OTHER_CHATS.contains(&self.api.as_str()) {
            Some(Dialect::OpenAi)
        } else {
            None
        }
    }

    /// The request as bytes, where it was a JSON object.
    #[must_use]
    pub fn request(&self) -> Option<Vec<u8>> {
        self.request_body
            .is_object()
            .then(|| self.request_body.to_string().into_bytes())
    }

    /// True where the request's body names its model.
    #[must_use]
    pub fn names_model(&self) -> bool {
        self.request_body["model"].is_string()
    }

    /// The answer as text.
    #[must_use]
    pub fn answer(&self) -> Option<String> {
        match &self.response_body {
            Value::String(text) if self.response_encoding == "text" => Some(text.clone()),
            Value::Object(_) | Value::Array(_) => Some(self.response_body.to_string()),
            _ => None,
        }
    }
}

/// Every recording below `shared/cassettes`, in a stable order.
///
/// # Errors
/// When a folder or file cannot be read, or a line is not a recording.
pub fn read_folder(shared: &Path) -> io::Result<Vec<Recording>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in fs::read_dir(shared.join("cassettes"))? {
        let folder = folder?.path();
        if folder.is_dir() {
            for file in fs::read_dir(folder)? {
                files.push(file?.path());
            }
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
