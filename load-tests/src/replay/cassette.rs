//! Cassettes: recorded exchanges, one JSON object a line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

/// Headers that belong to one connection; the server writes its own.
const CONNECTION_HEADERS: [&str; 5] = [
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "transfer-encoding",
];

/// One recorded exchange, ready to be matched and played.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The recording's own id.
    pub id: String,
    /// Which API of which provider, as `openai.chat`.
    pub api: String,
    /// The request's method.
    pub method: Method,
    /// The request's path, without the query.
    pub path: String,
    /// The request's JSON; `None` where it was not recorded.
    pub request: Option<Value>,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers, without those of the connection, always with a content-type.
    pub headers: HeaderMap,
    /// The answer's exact bytes.
    pub body: Bytes,
    /// Whether the answer was a stream.
    pub stream: bool,
}

/// A line of a cassette, as far as it is needed here.
#[derive(Deserialize)]
struct Line {
    id: String,
    api: String,
    method: String,
    url_path: String,
    request_body: Option<Value>,
    status: u16,
    response_headers: Option<BTreeMap<String, Value>>,
    response_body: Option<String>,
    response_encoding: Option<String>,
    #[serde(default)]
    stream: bool,
}

/// Reads the recordings of the named providers (none named: all) and APIs (`all`: every one).
pub(super) fn load(
    shared: &Path,
    providers: &[String],
    apis: &[String],
) -> Result<Vec<Recording>, Error> {
    let root = shared.join("cassettes");
    let mut recordings = Vec::new();
    for file in files(&root, providers, apis)? {
        read(&file, &mut recordings)?;
    }
    if recordings.is_empty() {
        let wanted = format!(
            "providers [{}], APIs [{}]",
            providers.join(", "),
            apis.join(", ")
        );
        return Err(Error::NoCassettes { dir: root, wanted });
    }
    Ok(recordings)
}

fn files(root: &Path, providers: &[String], apis: &[String]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for folder in entries(root)?.into_iter().filter(|path| path.is_dir()) {
        if providers.is_empty() || providers.contains(&name(&folder)) {
            files.extend(entries(&folder)?.into_iter().filter(|file| {
                let api = name(file);
                api.strip_suffix(".jsonl")
                    .is_some_and(|api| apis.iter().any(|wanted| wanted == "all" || wanted == api))
            }));
        }
    }
    files.sort();
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let what = format!("cannot list {}", folder.display());
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(Error::io(what))
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn read(file: &Path, recordings: &mut Vec<Recording>) -> Result<(), Error> {
    let text =
        fs::read_to_string(file).map_err(Error::io(format!("cannot read {}", file.display())))?;
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let recording = parse(line).map_err(|why| Error::Cassette {
            file: file.to_owned(),
            line: at + 1,
            why,
        })?;
        recordings.push(recording);
    }
    Ok(())
}

/// Reads one line of a cassette; the error is a sentence.
pub(super) fn parse(line: &str) -> Result<Recording, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let method = line
        .method
        .parse()
        .map_err(|_| "method is no HTTP method")?;
    let status = StatusCode::from_u16(line.status).map_err(|_| "status is no HTTP status")?;
    let text = line.response_body.unwrap_or_default();
    let body = match line.response_encoding.as_deref() {
        Some("base64") => Bytes::from(
            STANDARD
                .decode(text)
                .map_err(|_| "response_body is not base64")?,
        ),
        _ => Bytes::from(text),
    };
    let path = match line.url_path.split_once('?') {
        Some((path, _)) => path.to_owned(),
        None => line.url_path,
    };
    Ok(Recording {
        id: line.id,
        api: line.api,
        method,
        path,
        request: line.request_body,
        status,
        headers: headers(line.response_headers.unwrap_or_default(), line.stream),
        body,
        stream: line.stream,
    })
}

fn headers(recorded: BTreeMap<String, Value>, stream: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in recorded {
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        let Ok(name) = HeaderName::try_from(name) else {
            continue;
        };
        if CONNECTION_HEADERS.contains(&name.as_str()) {
            continue;
        }
        for value in values.iter().filter_map(Value::as_str) {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(&name, value);
            }
        }
    }
    let usual = if stream {
        "text/event-stream; charset=utf-8"
    } else {
        "application/json"
    };
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static(usual));
    headers
}
