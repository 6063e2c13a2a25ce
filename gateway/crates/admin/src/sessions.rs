//! Signed-in browsers: a random cookie each, in memory, for twelve hours. A restart ends them all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use marshal_types::{Clock, Digest, random_bytes};
use parking_lot::Mutex;

use crate::Actor;
use crate::logins::sha256;

const LIFE: Duration = Duration::from_secs(12 * 60 * 60);
const COOKIE_NAME: &str = "marshal_session";
/// More browsers than any operator has; a bound on memory.
const MOST: usize = 1_000;

/// Kept by hash, so that a look at memory or timing gives no cookie.
#[derive(Debug)]
pub(crate) struct Sessions {
    clock: Arc<dyn Clock>,
    open: Mutex<HashMap<Digest, Session>>,
}

#[derive(Debug)]
struct Session {
    until: Duration,
    actor: Actor,
}

impl Sessions {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            open: Mutex::default(),
        }
    }

    /// Opens a session; gives the `set-cookie` value.
    pub(crate) fn open(&self, actor: Actor) -> HeaderValue {
        let token = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let now = self.clock.monotonic();
        let mut open = self.open.lock();
        open.retain(|_, session| session.until > now);
        if open.len() >= MOST {
            let first = open.iter().min_by_key(|(_, session)| session.until);
            if let Some(first) = first.map(|(id, _)| *id) {
                open.remove(&first);
            }
        }
        let session = Session {
            until: now.saturating_add(LIFE),
            actor,
        };
        open.insert(sha256(&token), session);
        cookie(&token, LIFE)
    }

    /// Who the request's session belongs to.
    pub(crate) fn actor(&self, headers: &HeaderMap) -> Option<Actor> {
        let now = self.clock.monotonic();
        let open = self.open.lock();
        tokens(headers)
            .filter_map(|token| open.get(&sha256(token)))
            .find(|session| session.until > now)
            .map(|session| session.actor.clone())
    }

    /// Ends the request's session; gives the `set-cookie` value that removes the cookie.
    pub(crate) fn close(&self, headers: &HeaderMap) -> HeaderValue {
        let mut open = self.open.lock();
        for token in tokens(headers) {
            open.remove(&sha256(token));
        }
        cookie("", Duration::ZERO)
    }
}

fn cookie(value: &str, life: Duration) -> HeaderValue {
    let text = format!(
        "{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}",
        life.as_secs()
    );
    // Base64 and digits: always a header value.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn tokens(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, value)| *name == COOKIE_NAME && !value.is_empty())
        .map(|(_, value)| value)
}
