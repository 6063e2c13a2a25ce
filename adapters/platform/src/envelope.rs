//! Bodies where the address names the model: what is taken out of them and put in, and back.
//!
//! Only the members concerned are touched; every other byte stays.

use bytes::Bytes;
use marshal_types::Dialect;
use marshal_wire::json::{Doc, Edits, Index, Kind, Limits, NodeId, write_str};

use crate::address::counts_tokens;
use crate::{Platform, Wanted};

const VERTEX_VERSION: &str = "vertex-2023-10-16";
const BEDROCK_VERSION: &str = "bedrock-2023-05-31";

/// Why a body cannot be put into an envelope or taken out of one. Public: it repeats nothing of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is no JSON object.
    #[error("The body is not a JSON object. Send the fields of a request as one.")]
    NotAnObject,
    /// `anthropic_beta` is something else.
    #[error(
        "anthropic_beta is not a list of texts. Send the names of the beta features as [\"name\"]."
    )]
    NotBetas,
}

/// A body that was taken out of its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwrapped {
    /// The request, as the dialect itself would have it.
    pub body: Bytes,
    /// What the header `anthropic-beta` would have said.
    pub betas: Vec<String>,
}

impl Platform {
    /// The body as this platform wants it. `betas` is what the header `anthropic-beta` says, names with commas between;
    /// empty for none. Where the platform takes them in the body they are put there.
    ///
    /// # Errors
    /// [`EnvelopeError`] where the platform changes bodies and this one is no JSON object.
    pub fn body(
        &self,
        wanted: &Wanted<'_>,
        body: Bytes,
        betas: &str,
    ) -> Result<Bytes, EnvelopeError> {
        match (self, wanted.dialect) {
            (Self::Vertex { .. }, Dialect::Anthropic) => {
                // The model that counts tokens is told in the body for which one.
                let gone: &[&str] = if counts_tokens(wanted.path) {
                    &[]
                } else {
                    &["model"]
                };
                wrap(&body, gone, VERTEX_VERSION, "")
            }
            (Self::Bedrock { .. }, Dialect::Anthropic) => {
                wrap(&body, &["model", "stream"], BEDROCK_VERSION, betas)
            }
            _ => Ok(body),
        }
    }
}

/// An InvokeModel or rawPredict body of Anthropic's as a Messages body: the version goes, the betas are given back, and
/// `model` and `stream` come first.
///
/// # Errors
/// [`EnvelopeError`] says what is wrong with it.
pub fn unwrap_invoke(body: &Bytes, model: &str, stream: bool) -> Result<Unwrapped, EnvelopeError> {
    let index = object(body)?;
    let doc = index.doc(body);
    let mut edits = Edits::new();
    let mut named = Vec::new();
    for key in ["anthropic_version", "anthropic_beta", "model", "stream"] {
        if let Some(member) = doc.get(doc.root(), key) {
            if key == "anthropic_beta" {
                named = betas_of(doc, member)?;
            }
            edits.remove_member(doc, member);
        }
    }
    let mut name = Vec::new();
    write_str(&mut name, model);
    edits.insert_member(doc, doc.root(), "model", &name);
    if stream {
        edits.insert_member(doc, doc.root(), "stream", b"true");
    }
    Ok(Unwrapped {
        body: edits.apply(body).into(),
        betas: named,
    })
}

fn wrap(body: &Bytes, gone: &[&str], version: &str, betas: &str) -> Result<Bytes, EnvelopeError> {
    let index = object(body)?;
    let doc = index.doc(body);
    let root = doc.root();
    let mut edits = Edits::new();
    for key in gone {
        if let Some(member) = doc.get(root, key) {
            edits.remove_member(doc, member);
        }
    }
    if doc.get(root, "anthropic_version").is_none() {
        let mut text = Vec::new();
        write_str(&mut text, version);
        edits.insert_member(doc, root, "anthropic_version", &text);
    }
    put_betas(doc, betas, &mut edits)?;
    Ok(edits.apply(body).into())
}

/// Adds to the names that the body has the ones of the header that it has not.
fn put_betas(doc: Doc<'_>, header: &str, edits: &mut Edits) -> Result<(), EnvelopeError> {
    let mut from_header = header
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .peekable();
    if from_header.peek().is_none() {
        return Ok(());
    }
    let member = doc.get(doc.root(), "anthropic_beta");
    let mut names = match member {
        Some(member) => betas_of(doc, member)?,
        None => Vec::new(),
    };
    for name in from_header {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let mut list = vec![b'['];
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            list.push(b',');
        }
        write_str(&mut list, name);
    }
    list.push(b']');
    match member {
        Some(member) => edits.replace(doc.span(member), list),
        None => edits.insert_member(doc, doc.root(), "anthropic_beta", &list),
    }
    Ok(())
}

fn betas_of(doc: Doc<'_>, member: NodeId) -> Result<Vec<String>, EnvelopeError> {
    match doc.kind(member) {
        Kind::Null => Ok(Vec::new()),
        Kind::Array => doc
            .children(member)
            .map(|item| {
                doc.str(item)
                    .map(String::from)
                    .ok_or(EnvelopeError::NotBetas)
            })
            .collect(),
        _ => Err(EnvelopeError::NotBetas),
    }
}

fn object(body: &[u8]) -> Result<Index, EnvelopeError> {
    let index = Index::parse(body, &Limits::default()).map_err(|_| EnvelopeError::NotAnObject)?;
    let doc = index.doc(body);
    if doc.kind(doc.root()) != Kind::Object {
        return Err(EnvelopeError::NotAnObject);
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use marshal_wire::frame::Framing;
    use proptest::prelude::*;
    use serde_json::Value;

    fn wanted(path: &str) -> Wanted<'_> {
        Wanted {
            dialect: Dialect::Anthropic,
            model: "claude",
            stream: true,
            framing: Framing::Sse,
            path,
        }
    }

    fn bedrock() -> Platform {
        Platform::Bedrock {
            region: "us-east-1".into(),
        }
    }

    fn vertex() -> Platform {
        Platform::Vertex {
            project: "p".into(),
            location: "global".into(),
        }
    }

    fn put(platform: &Platform, path: &str, body: &'static str, betas: &str) -> String {
        let body = platform.body(&wanted(path), Bytes::from_static(body.as_bytes()), betas);
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn bedrock_gets_no_model_and_no_stream_and_the_betas_in_the_body() {
        let body = r#"{ "model":"claude", "max_tokens": 1e2,"stream" : true, "messages":[ ]}"#;
        assert_eq!(
            put(&bedrock(), "/messages", body, "a-1, b-2"),
            r#"{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a-1","b-2"], "max_tokens": 1e2,"messages":[ ]}"#
        );
        let body = r#"{"anthropic_version":"own","anthropic_beta":["a-1"],"stream":false}"#;
        assert_eq!(
            put(&bedrock(), "/messages", body, "b-2,a-1"),
            r#"{"anthropic_version":"own","anthropic_beta":["a-1","b-2"]}"#
        );
    }

    #[test]
    fn vertex_keeps_stream_and_counts_tokens_for_a_named_model() {
        let body = r#"{"model":"claude","stream":true,"messages":[]}"#;
        assert_eq!(
            put(&vertex(), "/messages", body, "a-1"),
            r#"{"anthropic_version":"vertex-2023-10-16","stream":true,"messages":[]}"#
        );
        assert_eq!(
            put(
                &vertex(),
                "/messages/count_tokens",
                r#"{"model":"claude"}"#,
                ""
            ),
            r#"{"anthropic_version":"vertex-2023-10-16","model":"claude"}"#
        );
    }

    #[test]
    fn other_dialects_and_plain_providers_get_the_bytes_as_they_are() {
        let body = Bytes::from_static(b"not even json");
        let chat = Wanted {
            dialect: Dialect::OpenAi,
            ..wanted("/chat/completions")
        };
        assert_eq!(bedrock().body(&chat, body.clone(), "a").unwrap(), body);
        assert_eq!(
            Platform::Plain
                .body(&wanted("/messages"), body.clone(), "a")
                .unwrap(),
            body
        );
        let refused = vertex().body(&wanted("/messages"), body, "");
        assert_eq!(refused, Err(EnvelopeError::NotAnObject));
    }

    #[test]
    fn an_invoked_body_reads_as_a_message_and_gives_its_betas_back() {
        let body = Bytes::from_static(
            br#"{"anthropic_version":"bedrock-2023-05-31", "max_tokens":5,"anthropic_beta":["x"],"messages": [ ] }"#,
        );
        let unwrapped = unwrap_invoke(&body, "us.anthropic.claude", true).unwrap();
        assert_eq!(
            unwrapped.body,
            r#"{"model":"us.anthropic.claude","stream":true,"max_tokens":5,"messages": [ ] }"#
        );
        assert_eq!(unwrapped.betas, ["x"]);
        let empty = unwrap_invoke(&Bytes::from_static(b"{}"), "m", false).unwrap();
        assert_eq!(empty.body, r#"{"model":"m"}"#);
        for wrong in [
            &b"[]"[..],
            b"",
            b"{",
            br#"{"anthropic_beta":1}"#,
            br#"{"anthropic_beta":[1]}"#,
        ] {
            assert!(unwrap_invoke(&Bytes::copy_from_slice(wrong), "m", false).is_err());
        }
    }

    proptest! {
        #[test]
        fn what_is_wrapped_and_unwrapped_is_the_same_request(
            members in proptest::collection::btree_map("[a-z_]{1,8}", 0u32..9, 0..5), stream: bool,
        ) {
            let mut value: serde_json::Map<String, Value> =
                members.into_iter().map(|(key, number)| (key, number.into())).collect();
            value.remove("stream");
            value.insert("model".into(), "claude".into());
            if stream {
                value.insert("stream".into(), true.into());
            }
            let value = Value::Object(value);
            let wanted = Wanted { stream, ..wanted("/messages") };
            let wrapped = bedrock().body(&wanted, value.to_string().into(), "b").unwrap();
            let unwrapped = unwrap_invoke(&wrapped, "claude", stream).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Value>(&unwrapped.body).unwrap(), value);
            prop_assert_eq!(unwrapped.betas, ["b"]);
        }
    }
}
