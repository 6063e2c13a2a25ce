//! Where a provider differs from the dialect that it speaks.

use bytes::Bytes;
use marshal_types::Dialect;
use marshal_wire::json::{Edits, Index, Kind, Limits};

const STREAM_OPTIONS: &str = "stream_options";
const NEW_LIMIT: &str = "max_completion_tokens";
const OLD_LIMIT: &str = "max_tokens";

/// Where a provider differs from OpenAI's dialect, and a request must be changed for it to be understood. Nothing that a
/// client asked for is lost by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quirks {
    /// It refuses `stream_options`, and says the usage of every stream unasked.
    pub no_stream_options: bool,
    /// It knows `max_tokens`, and not `max_completion_tokens`.
    pub max_tokens: bool,
}

impl Quirks {
    /// The body as this provider understands it; the same bytes where there is nothing to change.
    #[must_use]
    pub fn body(self, dialect: Dialect, body: Bytes) -> Bytes {
        let has = |key: &str| memchr::memmem::find(&body, key.as_bytes()).is_some();
        let options = self.no_stream_options && has(STREAM_OPTIONS);
        let limit = self.max_tokens && has(NEW_LIMIT);
        if dialect != Dialect::OpenAi || !(options || limit) {
            return body;
        }
        self.changed(&body).map_or(body, Bytes::from)
    }

    fn changed(self, body: &[u8]) -> Option<Vec<u8>> {
        let index = Index::parse(body, &Limits::default()).ok()?;
        let doc = index.doc(body);
        let root = doc.root();
        if doc.kind(root) != Kind::Object {
            return None;
        }
        let mut edits = Edits::new();
        if self.no_stream_options
            && let Some(member) = doc.get(root, STREAM_OPTIONS)
        {
            edits.remove_member(doc, member);
        }
        if self.max_tokens
            && let Some(member) = doc.get(root, NEW_LIMIT)
        {
            match doc.key_span(member) {
                Some(key) if doc.get(root, OLD_LIMIT).is_none() => {
                    edits.replace(key, format!("\"{OLD_LIMIT}\""));
                }
                _ => edits.remove_member(doc, member),
            }
        }
        Some(edits.apply(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Quirks = Quirks {
        no_stream_options: true,
        max_tokens: true,
    };

    fn changed(quirks: Quirks, body: &'static str) -> String {
        let body = quirks.body(Dialect::OpenAi, Bytes::from_static(body.as_bytes()));
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn what_the_provider_does_not_know_is_said_in_its_own_words_or_left_out() {
        let body =
            r#"{"model":"m", "stream_options":{"include_usage":true},"max_completion_tokens" : 5}"#;
        assert_eq!(changed(BOTH, body), r#"{"model":"m", "max_tokens" : 5}"#);
        assert_eq!(changed(Quirks::default(), body), body);
        let twice = r#"{"max_tokens":4,"max_completion_tokens":5}"#;
        assert_eq!(changed(BOTH, twice), r#"{"max_tokens":4}"#);
    }

    #[test]
    fn words_of_the_conversation_stay() {
        for body in [
            r#"{"messages":[{"content":"stream_options and max_completion_tokens"}]}"#,
            "stream_options",
            "[\"max_completion_tokens\"]",
            r#"{"a":{"stream_options":1}}"#,
        ] {
            assert_eq!(changed(BOTH, body), body);
        }
        let other = Bytes::from_static(br#"{"max_completion_tokens":1}"#);
        assert_eq!(BOTH.body(Dialect::Anthropic, other.clone()), other);
    }
}
