//! Signing in and out. Opening the link shows a button and changes nothing, so a preview of the link does not use it up.

use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::guard::{admin_key, refused, session, whose};
use crate::html::{card, escape};
use crate::keys::blocking;
use crate::logins::is_well_formed;
use crate::{Actor, AdminError, AdminEvent, AdminState, LoginError};

#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
}

/// `GET /login`, with `?token=` from a one-time link or without.
pub(crate) async fn show(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Query(link): Query<Link>,
) -> Response {
    if session(&state, &headers).is_some() {
        return Redirect::to("/").into_response();
    }
    Html(page(&link.token, None)).into_response()
}

/// `POST /login` with a one-time token or an admin key.
pub(crate) async fn sign_in(State(state): State<AdminState>, Form(link): Form<Link>) -> Response {
    match identify(&state, link.token.trim()).await {
        Ok(actor) => {
            let cookie = state.sessions().open(actor);
            ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(error) => {
            if matches!(
                error.status(),
                StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED
            ) {
                refused(&state, whose(&state, link.token.trim()), "sign in").await;
            }
            let status = match error.status() {
                StatusCode::FORBIDDEN => StatusCode::UNAUTHORIZED,
                other => other,
            };
            let page = page("", Some(&error.to_string()));
            (status, Html(page)).into_response()
        }
    }
}

/// `POST /logout`.
pub(crate) async fn sign_out(State(state): State<AdminState>, headers: HeaderMap) -> Response {
    let cookie = state.sessions().close(&headers);
    ([(SET_COOKIE, cookie)], Redirect::to("/login")).into_response()
}

async fn identify(state: &AdminState, token: &str) -> Result<Actor, AdminError> {
    let actor = if token.starts_with("mk_") {
        admin_key(state, token)?
    } else {
        let (logins, token) = (Arc::clone(&state.parts().logins), token.to_owned());
        let used = blocking(move || logins.consume(&token)).await?;
        used.map_err(|error| match error {
            LoginError::Invalid => AdminError::Forbidden(
                "This login was used already, is older than a day, or is not complete.".into(),
            ),
            LoginError::State(error) => error.into(),
        })?;
        Actor::Operator
    };
    let event = AdminEvent::SignedIn {
        actor: actor.clone(),
    };
    let recorded = state.parts().events.record(event).await;
    recorded.map_err(|why| {
        AdminError::Unrecorded(format!(
            "Nobody can sign in while the audit trail takes no records: {why}"
        ))
    })?;
    Ok(actor)
}

fn page(token: &str, problem: Option<&str>) -> String {
    let problem = problem.map_or_else(String::new, |problem| {
        format!(
            "<p class=\"problem\" role=\"alert\">{}</p>",
            escape(problem)
        )
    });
    let form = if is_well_formed(token) {
        format!(
            "<p>This link signs you in once, on this browser.</p>\
             <form method=\"post\" action=\"/login\"><input type=\"hidden\" name=\"token\" value=\"{}\">\
             <button type=\"submit\">Sign in</button></form>",
            escape(token)
        )
    } else {
        "<form method=\"post\" action=\"/login\"><label for=\"token\">One-time token or admin key</label>\
         <input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"off\" required>\
         <button type=\"submit\">Sign in</button></form>\
         <p class=\"hint\">The first start of Marshal prints a link that signs you in. For a fresh one run \
         <code>marshal login</code> beside the gateway.</p>"
            .into()
    };
    card("Sign in", &format!("{problem}{form}"))
}
