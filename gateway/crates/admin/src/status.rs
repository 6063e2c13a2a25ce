//! Health, metrics, and what is in force.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use marshal_types::{Digest, Problem, TargetName, Timestamp};
use serde_json::{Value, json};

use crate::AdminState;

/// The policy bundle in force.
#[derive(Clone, Debug)]
pub struct PolicyStatus {
    /// Its folder as the user wrote it, or that it is the built-in one.
    pub label: String,
    /// Its digest, as in every record.
    pub digest: Digest,
    /// Since when it is in force.
    pub loaded: Timestamp,
    /// Its files.
    pub files: Vec<String>,
    /// What is wrong with the newer bundle that was not taken; empty if the newest is in force.
    pub problems: Vec<Problem>,
}

/// One target as the router sees it.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// The target.
    pub target: TargetName,
    /// Whether calls are sent to it.
    pub healthy: bool,
    /// Why not, or how it does, for people; may be empty.
    pub note: String,
}

pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

pub(crate) async fn readyz(State(state): State<AdminState>) -> Response {
    let reasons = state.parts().readiness.reasons();
    if reasons.is_empty() {
        return "ready\n".into_response();
    }
    let text = format!("{}\n", reasons.join("\n"));
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

pub(crate) async fn metrics(State(state): State<AdminState>, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let (media, text) = (state.parts().metrics)(accept);
    ([(CONTENT_TYPE, media)], text).into_response()
}

pub(crate) async fn policy(State(state): State<AdminState>) -> Json<Value> {
    let policy = state.policy();
    let problems: Vec<Value> = policy
        .problems
        .iter()
        .map(|problem| {
            json!({
                "file": &*problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "message": problem.message,
            })
        })
        .collect();
    Json(json!({
        "label": policy.label,
        "digest": policy.digest.to_string(),
        "loaded": policy.loaded.to_string(),
        "files": policy.files,
        "problems": problems,
    }))
}

pub(crate) async fn targets(State(state): State<AdminState>) -> Json<Value> {
    let targets: Vec<Value> = state
        .targets()
        .iter()
        .map(|status| {
            json!({
                "target": status.target.to_string(),
                "healthy": status.healthy,
                "note": status.note,
            })
        })
        .collect();
    Json(json!({ "targets": targets }))
}
