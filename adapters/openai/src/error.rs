//! Errors of providers that speak this dialect.

use marshal_adapter_api::{ProviderError, kind_of_status, kind_of_word};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};

/// What an error answer means; the body may be anything.
pub(crate) fn decode(status: u16, body: &[u8]) -> ProviderError {
    let Ok(index) = Index::parse(body, &Limits::default()) else {
        return ProviderError::plain(status, body);
    };
    let doc = index.doc(body);
    let root = doc.root();
    // Some providers answer with a list of one error.
    let root = doc.at(root, 0).unwrap_or(root);
    let error = match doc.get(root, "error") {
        Some(node) if doc.kind(node) == Kind::Object => of_object(doc, node, Some(status)),
        Some(node) if doc.kind(node) == Kind::String => ProviderError {
            kind: kind_of_status(status),
            code: word(doc, root, "code"),
            message: doc.str(node).unwrap_or_default().into_owned(),
        },
        _ if doc.kind(root) == Kind::Object => of_object(doc, root, Some(status)),
        _ => ProviderError::plain(status, body),
    };
    error.or_words(body)
}

/// The error object of an answer, or of a chunk (which has no status).
pub(crate) fn of_object(doc: Doc<'_>, node: NodeId, status: Option<u16>) -> ProviderError {
    if let Some(text) = doc.str(node) {
        return ProviderError {
            kind: kind_of_status(status.unwrap_or(500)),
            code: None,
            message: text.into_owned(),
        };
    }
    let kind_word = word(doc, node, "type");
    let code = word(doc, node, "code").or_else(|| kind_word.clone());
    // Inside a stream the code is often the status that could no longer be sent.
    let status = status.or_else(|| {
        doc.get(node, "code")
            .and_then(|code| doc.u64(code))
            .and_then(|code| u16::try_from(code).ok())
            .filter(|code| (400..600).contains(code))
    });
    let by_word = || {
        [code.as_deref(), kind_word.as_deref()]
            .into_iter()
            .flatten()
            .find_map(kind_of_word)
    };
    let kind = match status {
        Some(status) => kind_of_status(status),
        None => by_word().unwrap_or_else(|| kind_of_status(500)),
    };
    ProviderError {
        kind,
        code,
        message: ["message", "detail", "msg"]
            .iter()
            .find_map(|name| word(doc, node, name))
            .unwrap_or_default(),
    }
}

fn word(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    let value = doc.get(node, name)?;
    match doc.kind(value) {
        Kind::String => doc.str(value).map(|text| text.into_owned()),
        Kind::Null => None,
        _ => Some(String::from_utf8_lossy(doc.raw(value)).into_owned()),
    }
}
