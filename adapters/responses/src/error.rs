//! Errors of providers that speak this dialect: answers, events and failed responses.

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

/// The error of an `error` event: beside its type, or in an object of its own.
pub(crate) fn of_event(doc: Doc<'_>) -> ProviderError {
    let root = doc.root();
    let node = doc
        .get(root, "error")
        .filter(|&node| doc.kind(node) == Kind::Object);
    of_object(doc, node.unwrap_or(root), None).or_words(doc.bytes())
}

/// The error of a response that failed.
pub(crate) fn of_failed(doc: Doc<'_>, response: NodeId) -> ProviderError {
    let node = doc
        .get(response, "error")
        .filter(|&node| doc.kind(node) == Kind::Object);
    match node {
        Some(node) => of_object(doc, node, None).or_words(doc.raw(node)),
        None => ProviderError {
            kind: kind_of_status(500),
            code: Some("failed".to_owned()),
            message: String::new(),
        },
    }
}

fn of_object(doc: Doc<'_>, node: NodeId, status: Option<u16>) -> ProviderError {
    // The type of an event says only that it is one.
    let kind_word = word(doc, node, "type").filter(|word| word != "error");
    let code = word(doc, node, "code").or_else(|| kind_word.clone());
    // Inside a stream the code may be the status that could no longer be sent.
    let status = status.or_else(|| {
        let code: u16 = code.as_deref()?.parse().ok()?;
        (400..600).contains(&code).then_some(code)
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
