//! The file of what reached the provider: a JSON line a request, written before it is answered.
//!
//! Headers stand in it as they came, credentials too: it is for tests, with test credentials.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request};
use serde::Serialize;

use crate::error::Error;

pub(super) struct Seen(Mutex<File>);

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    n: u64,
    at_us: u128,
    method: &'a str,
    path: &'a str,
    headers: BTreeMap<&'a str, String>,
    body_base64: String,
}

impl Seen {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map(|file| Self(Mutex::new(file)))
            .map_err(Error::io(format!("cannot append to {}", path.display())))
    }

    /// One write, not buffered: when it returns, a reader of the file sees the line.
    pub(super) fn append(&self, n: u64, request: &Request<Bytes>) -> std::io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let line = Line {
            n,
            at_us: now.unwrap_or_default().as_micros(),
            method: request.method().as_str(),
            path: request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str()),
            headers: headers(request.headers()),
            body_base64: STANDARD.encode(request.body()),
        };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text)
    }
}

/// Names and values; what is not UTF-8 is replaced, several values of one name are joined.
pub(crate) fn headers(map: &HeaderMap) -> BTreeMap<&str, String> {
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in map {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    headers
}
