//! Pages over the audit query interface: the calls, one call's whole story, the keys, the policies in force.
//!
//! Plain HTML, made here, with one style sheet and no script. All text goes through one escape. What is changed (keys)
//! is changed through `marshal-admin`, which also decides who may see any of this.

mod call;
mod calls;
mod keys;
mod page;
mod policy;
mod records;
mod show;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use marshal_admin::AdminState;

const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");

/// All pages, for `marshal_admin::router`, which puts them behind its doors.
pub fn pages(state: AdminState) -> Router {
    Router::new()
        .route("/", get(calls::list))
        .route("/calls/{id}", get(call::show))
        .route("/keys", get(keys::list).post(keys::create))
        .route("/keys/{id}/revoke", post(keys::revoke))
        .route("/policy", get(policy::show))
        .route(
            "/assets/style.css",
            get(|| asset("text/css; charset=utf-8", STYLE)),
        )
        .route("/assets/icon.svg", get(|| asset("image/svg+xml", ICON)))
        .with_state(state)
}

async fn asset(media_type: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, content)
}

#[cfg(test)]
mod tests;
