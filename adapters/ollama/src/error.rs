//! Ollama's errors: `{"error": …}`, alone or as a line of a stream.

use marshal_adapter_api::{ProviderError, ProviderErrorKind, kind_of_status};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};

use crate::words::text;

/// What an error answer means; the body may be anything.
pub(crate) fn decode(status: u16, body: &[u8]) -> ProviderError {
    let said = Index::parse(body, &Limits::default())
        .ok()
        .and_then(|index| {
            let doc = index.doc(body);
            of_line(doc, doc.root())
        });
    let said = said.unwrap_or_else(|| ProviderError {
        kind: ProviderErrorKind::Server,
        code: None,
        message: String::new(),
    });
    ProviderError {
        kind: kind_of_status(status),
        ..said
    }
    .or_words(body)
}

/// What a line of a stream says went wrong; there is no status left to send.
pub(crate) fn of_line(doc: Doc<'_>, node: NodeId) -> Option<ProviderError> {
    let error = doc
        .get(node, "error")
        .filter(|&error| doc.kind(error) != Kind::Null)?;
    let (code, message) = match doc.kind(error) {
        Kind::Object => (
            text(doc, error, "code").or_else(|| text(doc, error, "type")),
            text(doc, error, "message"),
        ),
        _ => (None, doc.str(error).map(std::borrow::Cow::into_owned)),
    };
    let said = ProviderError {
        kind: ProviderErrorKind::Server,
        code,
        message: message.unwrap_or_default(),
    };
    Some(said.or_words(doc.raw(error)))
}
