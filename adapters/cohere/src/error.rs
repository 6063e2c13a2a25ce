//! Cohere's errors: `{"message": …, "id": …}`.

use marshal_adapter_api::{ProviderError, ProviderErrorKind, kind_of_status};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};

use crate::words::text;

/// What an error answer means; the body may be anything.
pub(crate) fn decode(status: u16, body: &[u8]) -> ProviderError {
    let kind = match status {
        // Cohere: the client hung up.
        498 | 499 => ProviderErrorKind::Timeout,
        _ => kind_of_status(status),
    };
    let said = Index::parse(body, &Limits::default())
        .ok()
        .and_then(|index| {
            let doc = index.doc(body);
            message(doc, doc.root()).map(|message| (message, code(doc, doc.root())))
        });
    let (message, code) = said.unwrap_or_default();
    ProviderError {
        kind,
        code,
        message,
    }
    .or_words(body)
}

/// What an event of a stream says went wrong; there is no status left to send.
pub(crate) fn of_event(doc: Doc<'_>, node: NodeId) -> Option<ProviderError> {
    Some(ProviderError {
        kind: ProviderErrorKind::Server,
        code: code(doc, node),
        message: message(doc, node)?,
    })
}

/// The words of an error: `message`, or what other servers in front of Cohere write.
fn message(doc: Doc<'_>, node: NodeId) -> Option<String> {
    if let Some(error) = doc.get(node, "error") {
        return match doc.kind(error) {
            Kind::Object => text(doc, error, "message"),
            _ => doc.str(error).map(std::borrow::Cow::into_owned),
        };
    }
    ["message", "detail"]
        .iter()
        .find_map(|name| text(doc, node, name))
}

fn code(doc: Doc<'_>, node: NodeId) -> Option<String> {
    ["code", "error_type"]
        .iter()
        .find_map(|name| text(doc, node, name))
}
