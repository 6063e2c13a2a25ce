//! The doors: host and origin, headers, and who is signed in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderName, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use marshal_types::{Code, Failure, Principal};

use crate::hosts::is_own_origin;
use crate::{Actor, AdminError, AdminEvent, AdminState, Deed};

/// Headers of every answer. `same-origin` and not `no-referrer`: with the latter browsers send `Origin: null` with our
/// own forms.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        HeaderName::from_static("content-security-policy"),
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// Adds what keeps browsers from doing harm with an answer. A handler's own header stays.
pub(crate) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Lets through what was meant for this host, and changes only from its own pages or from no page.
pub(crate) async fn own_host(
    State(state): State<AdminState>,
    request: Request,
    next: Next,
) -> Response {
    let Some(host) = state.parts().hosts.host(request.uri(), request.headers()) else {
        let message = "This name is not one under which the control plane may be reached. Use localhost or an IP address, or add the name to the configuration.";
        return AdminError::Forbidden(message.into()).into_response();
    };
    if !is_own_origin(request.method(), request.headers(), host) {
        let message = "A page of another site sent this request. Nothing was changed.";
        return AdminError::Forbidden(message.into()).into_response();
    }
    next.run(request).await
}

/// Lets through whoever is signed in or has an admin key, and tells handlers who it is (`Extension<Actor>`).
pub(crate) async fn signed_in(
    State(state): State<AdminState>,
    mut request: Request,
    next: Next,
) -> Response {
    // Styles are no secret, and the sign-in page needs them.
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let deed = deed(request.method(), request.uri());
    match actor(&state, request.headers()) {
        Ok(Some(actor)) => {
            if let Some(deed) = deed
                && let Err(why) = (state.parts().may)(&principal(&state, &actor), deed)
            {
                refused(&state, Some(actor), deed.as_str()).await;
                return AdminError::Forbidden(why).into_response();
            }
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Ok(None) if is_api(request.uri()) => {
            let message = "Sign in, or send an admin key as \"authorization: Bearer mk_...\".";
            AdminError::Unauthenticated(Code::NoCredential, message.into()).into_response()
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => {
            let key = bearer(request.headers()).and_then(Result::ok);
            let who = key.and_then(|key| whose(&state, key));
            refused(&state, who, deed.map_or("leave", Deed::as_str)).await;
            error.into_response()
        }
    }
}

/// Into the trail, if it takes records: who is refused stays refused in any case.
pub(crate) async fn refused(state: &AdminState, actor: Option<Actor>, what: &'static str) {
    let event = AdminEvent::Refused { actor, what };
    let _ = state.parts().events.record(event).await;
}

/// What the request does, in the words of policies; `None` for leaving.
fn deed(method: &Method, uri: &Uri) -> Option<Deed> {
    if method.is_safe() {
        return Some(Deed::Read);
    }
    let leaves = uri.path().ends_with("/logout");
    (!leaves).then_some(Deed::IssueKeys)
}

/// Who asks, as policies see it. Whoever signs in with a one-time login runs this gateway.
fn principal(state: &AdminState, actor: &Actor) -> Principal {
    let key = match actor {
        Actor::Key(id) => state.parts().keys.get(id),
        Actor::Operator => None,
    };
    key.map_or_else(
        || Principal {
            subjects: ["s:operator", "role:admin"].map(Arc::from).into(),
            domain: "default".into(),
        },
        |key| key.principal(),
    )
}

/// Whoever the request speaks for. A credential in a header counts before a cookie, and a bad one is refused.
fn actor(state: &AdminState, headers: &HeaderMap) -> Result<Option<Actor>, AdminError> {
    match bearer(headers) {
        None => Ok(session(state, headers)),
        Some(key) => admin_key(state, key?).map(Some),
    }
}

/// The key in the header that is for one.
fn bearer(headers: &HeaderMap) -> Option<Result<&str, AdminError>> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok();
    let key = header
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    Some(key.ok_or_else(|| {
        let message = "The authorization header must read \"Bearer mk_...\".";
        AdminError::Unauthenticated(Code::InvalidCredential, message.into())
    }))
}

/// Whose key it is, whatever it may do.
pub(crate) fn whose(state: &AdminState, key: &str) -> Option<Actor> {
    let info = state.parts().keys.verify(key).ok()?;
    Some(Actor::Key(info.id.clone()))
}

/// Who the request's session belongs to. A session that a key opened is worth as much as the key is now.
pub(crate) fn session(state: &AdminState, headers: &HeaderMap) -> Option<Actor> {
    let actor = state.sessions().actor(headers)?;
    let Actor::Key(id) = &actor else {
        return Some(actor);
    };
    let key = state.parts().keys.get(id)?;
    (key.admin && key.is_active(state.now())).then_some(actor)
}

/// The admin key that was presented.
pub(crate) fn admin_key(state: &AdminState, key: &str) -> Result<Actor, AdminError> {
    let info =
        state.parts().keys.verify(key).map_err(|error| {
            AdminError::Unauthenticated(error.code(), error.public().into_owned())
        })?;
    if !info.admin {
        let message = "This key may call models but not administer. Use an admin key.";
        return Err(AdminError::Forbidden(message.into()));
    }
    Ok(Actor::Key(info.id.clone()))
}

/// What is neither a page nor part of the interface.
pub(crate) async fn not_found(uri: Uri) -> Response {
    if is_api(&uri) {
        return AdminError::NotFound("There is no such path.".into()).into_response();
    }
    let page = crate::html::card(
        "Not found",
        "<p>There is no such page.</p><p><a href=\"/\">All calls</a></p>",
    );
    (StatusCode::NOT_FOUND, axum::response::Html(page)).into_response()
}

fn is_api(uri: &Uri) -> bool {
    uri.path() == "/api" || uri.path().starts_with("/api/")
}
