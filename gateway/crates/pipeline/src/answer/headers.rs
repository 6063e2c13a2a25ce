//! Which headers an answer carries.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use marshal_routing::Target;
use marshal_types::NanoUsd;
use marshal_wire::frame::Framing;

/// A provider's headers that mean something to its clients. Its rate limits, its names of the organisation, its
/// cookies and its connection are between it and Marshal.
const FORWARDED: [&str; 11] = [
    "content-type",
    "content-disposition",
    "x-amzn-requestid",
    "x-amzn-errortype",
    "cache-control",
    "x-request-id",
    "request-id",
    "openai-version",
    "openai-processing-ms",
    "retry-after",
    "x-should-retry",
];

/// The provider's headers that go to the client.
pub(crate) fn forward_headers(upstream: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    for name in FORWARDED {
        if let Some(value) = upstream.get(name) {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    headers
}

/// Says who answered.
pub(crate) fn name_target(headers: &mut HeaderMap, target: &Target) {
    for (name, text) in [
        ("x-marshal-model", target.name.model.as_str()),
        ("x-marshal-provider", target.name.provider.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
}

/// Says what the answer cost.
pub(crate) fn name_cost(headers: &mut HeaderMap, cost: NanoUsd) {
    if let Ok(value) = HeaderValue::from_str(&cost.to_string()) {
        headers.insert("x-marshal-cost-usd", value);
    }
}

/// Says which fields of the request the provider's dialect could not express.
pub(crate) fn name_dropped(headers: &mut HeaderMap, dropped: &[String]) {
    if dropped.is_empty() {
        return;
    }
    // An answer may lack something that the provider said, and the provider something that the client asked.
    let before = headers
        .get("x-marshal-dropped")
        .and_then(|text| text.to_str().ok());
    let mut text = before
        .into_iter()
        .chain(dropped.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(", ");
    text.truncate(text.floor_char_boundary(1_024));
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert("x-marshal-dropped", value);
    }
}

/// Says how many microseconds Marshal itself took, the wait for durable records included.
pub(crate) fn name_overhead(headers: &mut HeaderMap, micros: u64) {
    headers.insert("x-marshal-overhead-us", HeaderValue::from(micros));
}

/// The headers of a stream of events.
pub(crate) fn of_stream(headers: &mut HeaderMap, framing: Framing) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(framing.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

/// The headers of a JSON answer.
pub(crate) fn of_json(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}
