//! The parts of a provider that need more than a type: addresses, headers, facts.

use std::sync::Arc;

use marshal_types::{Dialect, Fact, Facts, Surface, SurfaceKind};
use marshal_yaml::{Item, Value, quoted};

use crate::{Auth, Timeouts, check};

/// Headers that carry credentials: those are named with `api_key`.
const CREDENTIAL_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "cookie",
];
/// Headers that the gateway itself sets for each request.
pub(crate) const OWN_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "accept-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

pub(crate) fn base_url(item: &Item<'_>) -> Option<String> {
    check::base_url(item.str()?)
        .map_err(|what| item.fail(what))
        .ok()
}

pub(crate) fn dialects(item: &Item<'_>) -> Option<Vec<Dialect>> {
    let words: Vec<_> = Dialect::ALL.iter().map(|d| (d.as_str(), *d)).collect();
    let items = item.seq()?;
    if items.is_empty() {
        item.fail("is empty; list at least one dialect, or remove the key");
    }
    let mut dialects = Vec::new();
    for item in &items {
        match item.one_of("a dialect", &words) {
            Some(dialect) if dialects.contains(&dialect) => item.fail("is listed twice"),
            Some(dialect) => dialects.push(dialect),
            None => {}
        }
    }
    (!dialects.is_empty()).then_some(dialects)
}

/// Where the API of each dialect begins, where that is not the base URL.
pub(crate) fn base_urls(item: &Item<'_>) -> Vec<(Dialect, String)> {
    let Some(mut map) = item.map() else {
        return Vec::new();
    };
    let mut bases = Vec::new();
    for dialect in Dialect::ALL {
        let base = map.get(dialect.as_str()).and_then(|item| base_url(&item));
        bases.extend(base.map(|base| (*dialect, base)));
    }
    map.finish();
    bases
}

/// The doors that a provider has beside conversations.
pub(crate) fn tasks(item: &Item<'_>) -> Option<Vec<Surface>> {
    let words: Vec<(&str, Surface)> = Surface::ALL
        .iter()
        .filter(|surface| !matches!(surface.kind(), SurfaceKind::Chat | SurfaceKind::Local))
        .filter(|surface| **surface != Surface::Passthrough)
        .map(|surface| (surface.as_str(), *surface))
        .collect();
    let mut tasks = Vec::new();
    for item in &item.seq()? {
        match item.one_of("a task", &words) {
            Some(task) if tasks.contains(&task) => item.fail("is listed twice"),
            Some(task) => tasks.push(task),
            None => {}
        }
    }
    Some(tasks)
}

/// `bearer` or `{header: x-api-key}`.
pub(crate) fn auth(item: &Item<'_>) -> Option<Auth> {
    match item.node().text() {
        Some("bearer") => return Some(Auth::Bearer),
        Some(text) => {
            item.fail(format!(
                "{} is not a way to send a key; use bearer or {{header: x-api-key}}",
                quoted(text)
            ));
            return None;
        }
        None => {}
    }
    let mut map = item.map()?;
    let header = map.require("header").and_then(|item| {
        let name = item.str()?.to_ascii_lowercase();
        if is_header_name(&name) && !OWN_HEADERS.contains(&name.as_str()) {
            return Some(Auth::Header(name));
        }
        item.fail(format!(
            "{} is not a header that can carry a key",
            quoted(&name)
        ));
        None
    });
    map.finish();
    header
}

pub(crate) fn headers(item: &Item<'_>) -> Vec<(String, String)> {
    let Some(mut map) = item.map() else {
        return Vec::new();
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    for (key, item) in map.entries() {
        let name = key.text.to_ascii_lowercase();
        if !is_header_name(&name) {
            item.fail("is not a header's name");
        } else if CREDENTIAL_HEADERS.contains(&name.as_str()) {
            item.fail("carries credentials; remove it and use api_key and auth");
        } else if OWN_HEADERS.contains(&name.as_str()) {
            item.fail("is set by the gateway for each request; remove it");
        } else if headers.iter().any(|(other, _)| *other == name) {
            item.fail("is already set; header names ignore case");
        } else if let Some(value) = item.str() {
            if value.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
                headers.push((name, value.to_owned()));
            } else {
                item.fail("holds a character that a header cannot");
            }
        }
    }
    headers
}

pub(crate) fn is_header_name(name: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(token)
}

/// `true`, a whole number, text, or a list of texts.
pub(crate) fn facts(item: &Item<'_>) -> Facts {
    let mut facts = Facts::default();
    let Some(mut map) = item.map() else {
        return facts;
    };
    for (key, item) in map.entries() {
        let fact = match &item.node().value {
            Value::Map(_) => {
                item.fail(
                    "is a map; a fact is true or false, a whole number, text, or a list of texts",
                );
                None
            }
            Value::Seq(_) => item
                .strs()
                .map(|texts| Fact::List(texts.into_iter().map(Arc::from).collect())),
            Value::Scalar { quoted, .. } => item.str().map(|text| fact(text, *quoted)),
        };
        if let Err(what) = check::name(&key.text) {
            item.fail(what);
        } else if let Some(fact) = fact {
            facts = facts.with(&key.text, fact);
        }
    }
    facts
}

fn fact(text: &str, quoted: bool) -> Fact {
    match (quoted, text, text.parse()) {
        (false, "true", _) => Fact::Bool(true),
        (false, "false", _) => Fact::Bool(false),
        (false, _, Ok(number)) => Fact::Number(number),
        _ => Fact::Text(Arc::from(text)),
    }
}

pub(crate) fn timeouts(item: &Item<'_>) -> Timeouts {
    let default = Timeouts::default();
    let Some(mut map) = item.map() else {
        return default;
    };
    let timeouts = Timeouts {
        connect: check::seconds(&mut map, "connect_s", 300, default.connect),
        first_byte: check::seconds(&mut map, "first_byte_s", 3_600, default.first_byte),
        idle: check::seconds(&mut map, "idle_s", 3_600, default.idle),
        total: check::seconds(&mut map, "total_s", 86_400, default.total),
    };
    if timeouts.total < timeouts.first_byte.min(timeouts.connect) {
        map.fail("total_s is shorter than the waits within it; raise it");
    }
    map.finish();
    timeouts
}
