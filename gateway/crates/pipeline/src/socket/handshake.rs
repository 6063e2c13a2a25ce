//! The upgrade to a WebSocket (RFC 6455, section 4), on both sides.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::OnUpgrade;
use marshal_types::{Code, Refusal, random_bytes};

/// How browsers name the key among their protocols.
pub(crate) const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// Protocols that mean something to a provider. The client's key and the names of its organisation stay here.
const PASSED: [&str; 2] = ["realtime", "openai-beta.realtime-v1"];

/// The suffix of every key before it is hashed.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A client that asks for a WebSocket.
#[derive(Clone, Debug)]
pub struct Knock {
    /// The client's connection, once it has read that it may.
    pub(super) client: OnUpgrade,
    accept: String,
    offered: Vec<&'static str>,
    /// What Marshal itself asks the provider with.
    key: String,
}

impl Knock {
    /// Reads the client's wish.
    ///
    /// # Errors
    /// If the head is no upgrade to a WebSocket.
    pub(crate) fn of(head: &mut http::request::Parts) -> Result<Self, Refusal> {
        let headers = &head.headers;
        let named = |name| {
            let value: Option<&HeaderValue> = headers.get(name);
            value.and_then(|value| value.to_str().ok())
        };
        let wants = named(UPGRADE).is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
        let key = named(SEC_WEBSOCKET_KEY).filter(|key| {
            STANDARD
                .decode(key.trim())
                .is_ok_and(|bytes| bytes.len() == 16)
        });
        if let (true, Some("13"), Some(key)) = (wants, named(SEC_WEBSOCKET_VERSION), key)
            && let accept = accept(key.trim())
            && let offered = offered(headers)
            && let Some(client) = head.extensions.remove::<OnUpgrade>()
        {
            return Ok(Self {
                client,
                accept,
                offered,
                key: STANDARD.encode(random_bytes::<16>()),
            });
        }
        Err(Refusal::new(
            Code::InvalidRequest,
            "This endpoint is a WebSocket: connect to it with a WebSocket client (RFC 6455, version 13) over HTTP/1.1.",
        ))
    }

    /// Writes Marshal's own wish into a request to a provider.
    pub(crate) fn ask(&self, headers: &mut HeaderMap) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        if let Ok(key) = HeaderValue::from_str(&self.key) {
            headers.insert(SEC_WEBSOCKET_KEY, key);
        }
        if let Ok(offered) = HeaderValue::from_str(&self.offered.join(", "))
            && !offered.is_empty()
        {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, offered);
        }
    }

    /// Whether a provider has agreed to what [`ask`](Self::ask) asked.
    pub(crate) fn is_granted<B>(&self, response: &http::Response<B>) -> bool {
        let told = response.headers().get(SEC_WEBSOCKET_ACCEPT);
        response.status() == http::StatusCode::SWITCHING_PROTOCOLS
            && told.is_some_and(|told| told.as_bytes() == accept(&self.key).as_bytes())
    }

    /// Writes the agreement into the client's answer, with the protocol that the provider chose.
    pub(super) fn agree(&self, upstream: &HeaderMap, headers: &mut HeaderMap) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        // A browser that offered some and is told of none hangs up.
        let chosen = protocols(upstream).next();
        let chosen = self
            .offered
            .iter()
            .find(|word| Some(**word) == chosen)
            .or_else(|| self.offered.first());
        if let Some(word) = chosen {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(word));
        }
    }
}

/// The words of `Sec-WebSocket-Protocol`, however many lines they are on.
pub(crate) fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

fn offered(headers: &HeaderMap) -> Vec<&'static str> {
    let known = |word: &str| PASSED.iter().copied().find(|passed| *passed == word);
    protocols(headers).filter_map(known).collect()
}

fn accept(key: &str) -> String {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(key.as_bytes());
    hash.update(GUID);
    STANDARD.encode(hash.finish())
}

/// A text as it may stand in a query.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_key_is_the_one_of_the_standard() {
        // RFC 6455, section 1.3.
        assert_eq!(
            accept("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn a_browsers_key_is_no_protocol_that_goes_on() {
        let mut headers = HeaderMap::new();
        headers.append(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static("realtime, openai-insecure-api-key.mk_1"),
        );
        headers.append(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static("openai-beta.realtime-v1, openai-organization.o"),
        );
        assert_eq!(offered(&headers), PASSED);
    }

    #[test]
    fn a_models_name_adds_nothing_to_a_query() {
        assert_eq!(escaped("a/b&c=d é"), "a%2Fb%26c%3Dd%20%C3%A9");
    }

    #[test]
    fn what_is_no_upgrade_is_refused_in_words() {
        let (mut head, ()) = http::Request::get("/v1/realtime?model=m")
            .body(())
            .unwrap()
            .into_parts();
        let refusal = Knock::of(&mut head).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidRequest);
        assert!(refusal.message.contains("WebSocket"));
    }
}
