//! Calls over HTTP: what the audit trail tells of them.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use marshal_audit::{AuditQuery, CallResult, CallStory, CallSummary, Change, Filter, QueryError};
use marshal_types::{CallId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::keys::blocking;
use crate::{AdminError, AdminState};

/// The most calls that one answer lists.
const MOST: usize = 1_000;

/// Which calls are wanted, as in an address. A member that is empty does not narrow.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallQuery {
    /// At most so many: 1 to 1000, 100 if absent.
    pub limit: String,
    /// Only those older than this call.
    pub before: String,
    /// Only of this day or time on: `2026-11-30`, `2026-11-30T12:00:00Z`.
    pub since: String,
    /// Only until before this day or time.
    pub until: String,
    /// Only this tenant's.
    pub tenant: String,
    /// Only this key's.
    pub key: String,
    /// Only this user's.
    pub user: String,
    /// Only this team's.
    pub team: String,
    /// Only this service's.
    pub service: String,
    /// Only those with this code.
    pub code: String,
    /// Only those that ended so: a word of [`CallResult`].
    pub result: String,
    /// Only those that asked for this model or were answered by it.
    pub model: String,
    /// Only those of this provider.
    pub provider: String,
    /// Only those in which this data class was found.
    pub class: String,
}

impl CallQuery {
    /// The same for the trail.
    ///
    /// # Errors
    /// [`AdminError::Invalid`] says what to write instead.
    pub fn filter(&self) -> Result<Filter, AdminError> {
        let invalid = |message: &str| AdminError::Invalid(message.into());
        let text = |text: &str| some(text).map(str::to_owned);
        Ok(Filter {
            limit: match some(&self.limit) {
                None => 100,
                Some(limit) => limit
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MOST).contains(limit))
                    .ok_or_else(|| invalid("limit must be a number from 1 to 1000."))?,
            },
            before: some(&self.before)
                .map(str::parse)
                .transpose()
                .map_err(invalid)?,
            result: some(&self.result)
                .map(|word| serde_json::from_value::<CallResult>(word.into()))
                .transpose()
                .map_err(|_| {
                    invalid("result must be open, ok, blocked, denied, upstream_error, upstream_broken, client_gone or interrupted.")
                })?,
            since: time(&self.since, "since").map_err(AdminError::Invalid)?,
            until: time(&self.until, "until").map_err(AdminError::Invalid)?,
            tenant: text(&self.tenant),
            key: text(&self.key),
            user: name(&self.user, "u:"),
            team: name(&self.team, "t:"),
            service: name(&self.service, "s:"),
            code: text(&self.code),
            model: text(&self.model),
            provider: text(&self.provider),
            class: text(&self.class),
        })
    }
}

/// A name, also as policies write it: `u:ada` is `ada`.
fn name(text: &str, kind: &str) -> Option<String> {
    some(text).map(|text| text.strip_prefix(kind).unwrap_or(text).to_owned())
}

fn time(text: &str, name: &str) -> Result<Option<Timestamp>, String> {
    let Some(text) = some(text) else {
        return Ok(None);
    };
    Timestamp::parse(text).map(Some).ok_or_else(|| {
        format!("{name} must be a day or a time in UTC: 2026-11-30 or 2026-11-30T12:00:00Z.")
    })
}

fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

impl From<QueryError> for AdminError {
    fn from(error: QueryError) -> Self {
        Self::Failed(format!("{error}: {}", error.source))
    }
}

impl AdminState {
    /// Calls that fit, the newest first.
    ///
    /// # Errors
    /// [`AdminError::Failed`] if the trail cannot be read.
    pub async fn calls(&self, filter: Filter) -> Result<Vec<CallSummary>, AdminError> {
        self.ask(move |audit| audit.calls(&filter)).await
    }

    /// One call with all its records.
    ///
    /// # Errors
    /// [`AdminError::Failed`] if the trail cannot be read.
    pub async fn call(&self, call: CallId) -> Result<Option<CallStory>, AdminError> {
        self.ask(move |audit| audit.call(call)).await
    }

    /// The newest records that are of no call, the newest first.
    ///
    /// # Errors
    /// [`AdminError::Failed`] if the trail cannot be read.
    pub async fn changes(&self, limit: usize) -> Result<Vec<Change>, AdminError> {
        self.ask(move |audit| audit.changes(limit)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn AuditQuery) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let audit = self.audit();
        blocking(move || ask(&*audit)).await?.map_err(Into::into)
    }
}

/// `GET /api/calls`: `{"calls": [...], "older": ID | null}`, where `before=ID` asks for the next page.
pub(crate) async fn list(
    State(state): State<AdminState>,
    query: Result<Query<CallQuery>, QueryRejection>,
) -> Result<Json<Value>, AdminError> {
    let Query(query) = query.map_err(|error| AdminError::Invalid(error.body_text()))?;
    let filter = query.filter()?;
    let limit = filter.limit;
    let calls = state.calls(filter).await?;
    let older = calls
        .last()
        .filter(|_| calls.len() == limit)
        .map(|last| last.call.to_string());
    Ok(Json(json!({ "calls": calls, "older": older })))
}

/// `GET /api/calls/{id}`: `{"summary": {...}, "records": [{...}, ...]}`
pub(crate) async fn one(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, AdminError> {
    let call = id
        .parse()
        .map_err(|why: &str| AdminError::Invalid(format!("{why}.")))?;
    let story = state.call(call).await?.ok_or_else(|| {
        AdminError::NotFound("The audit trail knows no call with this id.".into())
    })?;
    let records: Vec<Value> = story
        .records
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| line.as_str().into()))
        .collect();
    Ok(Json(
        json!({ "summary": story.summary, "records": records }),
    ))
}
