//! Errors of providers that speak this dialect.

use marshal_adapter_api::{ProviderError, kind_of_status, kind_of_word};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};

/// What an error answer means; the body may be anything.
pub(crate) fn decode(status: u16, body: &[u8]) -> ProviderError {
    let kind = kind_of_status(status);
    if let Ok(index) = Index::parse(body, &Limits::default()) {
        let doc = index.doc(body);
        if let Some(node) = doc.get(doc.root(), "error")
            && doc.kind(node) == Kind::Object
        {
            let said = of_object(doc, node).or_words(body);
            return ProviderError { kind, ..said };
        }
    }
    ProviderError::plain(status, body)
}

/// The error object of an answer or of an `error` event, which has no status.
pub(crate) fn of_object(doc: Doc<'_>, node: NodeId) -> ProviderError {
    let word = |name: &str| {
        doc.get(node, name)
            .and_then(|node| doc.str(node))
            .map(std::borrow::Cow::into_owned)
    };
    let code = word("type");
    ProviderError {
        kind: code
            .as_deref()
            .and_then(kind_of_word)
            .unwrap_or_else(|| kind_of_status(500)),
        code,
        message: word("message").unwrap_or_default(),
    }
}
