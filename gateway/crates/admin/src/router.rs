//! All paths of the control plane, and which doors stand before each.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::{AdminState, calls, guard, keys, login, status};

/// The control plane, with these pages behind its doors.
///
/// Pages may use `/`, `/assets/...` (served without a sign-in) and whatever is not below `/api`; they must have no
/// fallback. Their handlers find an `Extension<Actor>`.
pub fn router(state: AdminState, pages: Router) -> Router {
    let api = Router::new()
        .route("/api/keys", get(keys::list).post(keys::create))
        .route("/api/keys/{id}/revoke", post(keys::revoke))
        .route("/api/keys/{id}/rotate", post(keys::rotate))
        .route("/api/calls", get(calls::list))
        .route("/api/calls/{id}", get(calls::one))
        .route("/api/policy", get(status::policy))
        .route("/api/targets", get(status::targets))
        .with_state(state.clone());
    let doors = Router::new()
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .with_state(state.clone());
    // Open to whoever reaches the port: orchestrators and scrapers have no sign-in and come by any name.
    let open = Router::new()
        .route("/healthz", get(status::healthz))
        .route("/readyz", get(status::readyz))
        .route("/metrics", get(status::metrics))
        .with_state(state.clone());
    api.merge(pages)
        .fallback(guard::not_found)
        .layer(from_fn_with_state(state.clone(), guard::signed_in))
        .merge(doors)
        .layer(from_fn_with_state(state, guard::own_host))
        .merge(open)
        .layer(from_fn(guard::harden))
}
