//! What the replay provider was asked, for checks afterwards.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::library::Found;
use crate::mock::seen::headers;

/// The most requests remembered; the oldest make room.
const MOST: usize = 10_000;

/// The latest requests, each a JSON line.
#[derive(Default)]
pub(super) struct Log(Mutex<VecDeque<String>>);

impl Log {
    pub(super) fn add(&self, request: &Request<Bytes>, found: Option<&Found<'_>>) {
        let line = json!({
            "id": found.map(|found| found.recording.id.as_str()),
            "match": found.map(|found| found.how.as_str()),
            "method": request.method().as_str(),
            "path": request.uri().path_and_query().map_or("/", |path| path.as_str()),
            "headers": headers(request.headers()),
            "body_base64": STANDARD.encode(request.body()),
        });
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MOST {
            lines.pop_front();
        }
        lines.push_back(line.to_string());
    }

    pub(super) fn lines(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    pub(super) fn clear(&self) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clear();
    }
}
