//! Virtual keys over HTTP: list, make, revoke, rotate. Every change is recorded before it is answered.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use marshal_state::{KeyInfo, Keys, NewKey, StateError};
use marshal_types::{KeyId, Secret, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Actor, AdminError, AdminEvent, AdminState};

/// A key that someone asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What people call it.
    pub name: String,
    /// The tenant; `default` if absent.
    pub tenant: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// How long it works, in seconds; without end if absent.
    pub expires_in_s: Option<u64>,
    /// Whether it may administer.
    #[serde(default)]
    pub admin: bool,
    /// The emergency that it is for: see `marshal key create --break-glass`.
    #[serde(default)]
    pub break_glass: Option<String>,
}

/// A key just made.
#[derive(Debug)]
pub struct CreatedKey {
    /// What everyone may see of it.
    pub info: Arc<KeyInfo>,
    /// The whole key, to be shown once.
    pub secret: Secret,
}

impl KeyRequest {
    fn into_new(self, now: Timestamp) -> NewKey {
        NewKey {
            name: self.name.trim().to_owned(),
            tenant: self.tenant.unwrap_or_else(|| "default".into()),
            team: self.team,
            user: self.user,
            service: self.service,
            expires: self
                .expires_in_s
                .map(|seconds| now.plus(Duration::from_secs(seconds))),
            admin: self.admin,
            break_glass: self.break_glass,
        }
    }
}

impl AdminState {
    /// Every key, the oldest first, also those that another process made since.
    #[must_use]
    pub fn keys(&self) -> Vec<Arc<KeyInfo>> {
        self.parts().keys.reload_if_changed();
        self.parts().keys.list()
    }

    /// Makes a key. It works only once its making is recorded.
    ///
    /// # Errors
    /// [`AdminError::Invalid`] names what to change; [`AdminError::Unrecorded`] or [`AdminError::Failed`] otherwise.
    pub async fn create_key(
        &self,
        actor: &Actor,
        request: KeyRequest,
    ) -> Result<CreatedKey, AdminError> {
        let new = request.into_new(self.now());
        let (info, secret) = self.change(move |keys| keys.create(new)).await?;
        let event = AdminEvent::KeyCreated {
            actor: actor.clone(),
            key: Arc::clone(&info),
        };
        self.record_or_revoke(event, &info).await?;
        Ok(CreatedKey { info, secret })
    }

    /// Revokes a key. It stops working even if the record fails, which is then said.
    ///
    /// # Errors
    /// [`AdminError::NotFound`], [`AdminError::Unrecorded`] or [`AdminError::Failed`].
    pub async fn revoke_key(&self, actor: &Actor, id: &KeyId) -> Result<Arc<KeyInfo>, AdminError> {
        let target = id.clone();
        let info = self.change(move |keys| keys.revoke(&target)).await?;
        let event = AdminEvent::KeyRevoked {
            actor: actor.clone(),
            key: Arc::clone(&info),
        };
        let recorded = self.parts().events.record(event).await;
        recorded.map_err(|why| {
            AdminError::Unrecorded(format!(
                "The key is revoked, but the audit trail did not take the record: {why}"
            ))
        })?;
        Ok(info)
    }

    /// Makes a successor; the old key works for `overlap` more.
    ///
    /// # Errors
    /// As [`create_key`](Self::create_key), and [`AdminError::NotFound`].
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        id: &KeyId,
        overlap: Duration,
    ) -> Result<CreatedKey, AdminError> {
        let old = id.clone();
        let (info, secret) = self.change(move |keys| keys.rotate(&old, overlap)).await?;
        let event = AdminEvent::KeyRotated {
            actor: actor.clone(),
            old: id.clone(),
            key: Arc::clone(&info),
        };
        self.record_or_revoke(event, &info).await?;
        Ok(CreatedKey { info, secret })
    }

    async fn record_or_revoke(
        &self,
        event: AdminEvent,
        key: &Arc<KeyInfo>,
    ) -> Result<(), AdminError> {
        let Err(why) = self.parts().events.record(event).await else {
            return Ok(());
        };
        // A key that no record speaks of must not work.
        let id = key.id.clone();
        self.change(move |keys| keys.revoke(&id)).await?;
        Err(AdminError::Unrecorded(format!(
            "No key was made, because the audit trail did not take the record: {why}"
        )))
    }

    /// Runs a change on a thread that may wait for the disk.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Keys) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let keys = Arc::clone(&self.parts().keys);
        blocking(move || change(&keys)).await?.map_err(Into::into)
    }
}

/// Runs what waits for the disk beside the threads that serve.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AdminError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| AdminError::Failed("Marshal failed to do this; its log says more.".into()))
}

pub(crate) async fn list(State(state): State<AdminState>) -> Json<Value> {
    let now = state.now();
    let keys: Vec<Value> = state.keys().iter().map(|key| view(key, now)).collect();
    Json(json!({ "keys": keys }))
}

pub(crate) async fn create(
    State(state): State<AdminState>,
    Extension(actor): Extension<Actor>,
    body: Bytes,
) -> Result<Response, AdminError> {
    let created = state.create_key(&actor, parse(&body)?).await?;
    Ok(shown_once(&created, state.now()))
}

pub(crate) async fn revoke(
    State(state): State<AdminState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<Value>, AdminError> {
    let info = state.revoke_key(&actor, &KeyId::new(id)).await?;
    Ok(Json(json!({ "info": view(&info, state.now()) })))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default)]
    overlap_s: u64,
}

pub(crate) async fn rotate(
    State(state): State<AdminState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, AdminError> {
    let rotation: Rotation = if body.is_empty() {
        Rotation::default()
    } else {
        parse(&body)?
    };
    let overlap = Duration::from_secs(rotation.overlap_s);
    let created = state.rotate_key(&actor, &KeyId::new(id), overlap).await?;
    Ok(shown_once(&created, state.now()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    serde_json::from_slice(body)
        .map_err(|error| AdminError::Invalid(format!("The body is not acceptable: {error}")))
}

fn shown_once(created: &CreatedKey, now: Timestamp) -> Response {
    let body = json!({
        // The one place that gives the secret out: to whoever asked for the key, once.
        "key": created.secret.expose(),
        "info": view(&created.info, now),
    });
    (StatusCode::CREATED, Json(body)).into_response()
}

fn view(key: &KeyInfo, now: Timestamp) -> Value {
    let mut view = serde_json::to_value(key).unwrap_or(Value::Null);
    view["status"] = key.status(now).into();
    view
}
