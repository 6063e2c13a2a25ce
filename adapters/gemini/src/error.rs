//! Errors: `{"error": {"code", "message", "status", "details"}}`, also as the only item of a list.

use marshal_adapter_api::{
    Object, ProviderError, ProviderErrorKind, kind_of_both, kind_of_status, public_sentence,
};
use marshal_wire::json::{Doc, Index, Kind, Limits, NodeId};

/// What an error answer means; the body may be anything.
pub(crate) fn decode(status: u16, body: &[u8]) -> ProviderError {
    let Ok(index) = Index::parse(body, &Limits::default()) else {
        return ProviderError::plain(status, body);
    };
    let doc = index.doc(body);
    let root = doc.at(doc.root(), 0).unwrap_or(doc.root());
    let error = match doc.get(root, "error") {
        Some(node) if doc.kind(node) == Kind::Object => of_object(doc, node, Some(status)),
        // Google's sign-in answers so.
        Some(node) if doc.kind(node) == Kind::String => ProviderError {
            kind: kind_of_status(status),
            code: word(doc, root, "error"),
            message: word(doc, root, "error_description")
                .or_else(|| word(doc, root, "error"))
                .unwrap_or_default(),
        },
        _ => ProviderError::plain(status, body),
    };
    error.or_words(body)
}

/// The error object of an answer, or of a chunk (whose status is in the object).
pub(crate) fn of_object(doc: Doc<'_>, node: NodeId, status: Option<u16>) -> ProviderError {
    let status = status.or_else(|| {
        doc.get(node, "code")
            .and_then(|code| doc.u64(code))
            .and_then(|code| u16::try_from(code).ok())
    });
    let code = word(doc, node, "status");
    let message = word(doc, node, "message").unwrap_or_default();
    let by_word = code.as_deref().and_then(kind_of_word);
    let by_word = match by_word {
        Some(ProviderErrorKind::InvalidRequest) => Some(of_invalid(doc, node, &message, status)),
        word => word,
    };
    let kind = match (status, by_word) {
        (None, Some(kind)) => kind,
        (status, word) => kind_of_both(status.unwrap_or(500), word),
    };
    ProviderError {
        kind,
        code: code.or_else(|| word(doc, node, "code")),
        message,
    }
}

/// The words of Google's APIs, which say more than the status beside them.
fn kind_of_word(word: &str) -> Option<ProviderErrorKind> {
    Some(match word {
        "UNAUTHENTICATED" | "PERMISSION_DENIED" => ProviderErrorKind::Credential,
        "RESOURCE_EXHAUSTED" => ProviderErrorKind::RateLimited,
        "UNAVAILABLE" | "ABORTED" => ProviderErrorKind::Overloaded,
        "INVALID_ARGUMENT"
        | "FAILED_PRECONDITION"
        | "OUT_OF_RANGE"
        | "ALREADY_EXISTS"
        | "UNIMPLEMENTED" => ProviderErrorKind::InvalidRequest,
        "NOT_FOUND" => ProviderErrorKind::NotFound,
        "DEADLINE_EXCEEDED" => ProviderErrorKind::Timeout,
        "INTERNAL" | "UNKNOWN" | "DATA_LOSS" | "CANCELLED" => ProviderErrorKind::Server,
        _ => return None,
    })
}

/// A wrong key and a body that is too large are invalid arguments here.
fn of_invalid(doc: Doc<'_>, node: NodeId, message: &str, status: Option<u16>) -> ProviderErrorKind {
    let reasons = doc
        .get(node, "details")
        .into_iter()
        .flat_map(|details| doc.children(details))
        .filter_map(|detail| word(doc, detail, "reason"));
    let bad_key = reasons
        .into_iter()
        .any(|reason| reason.starts_with("API_KEY_"))
        || message.starts_with("API key ");
    match status {
        _ if bad_key => ProviderErrorKind::Credential,
        _ if message.contains("payload size exceeds") => ProviderErrorKind::TooLarge,
        Some(status @ (401..=499)) => kind_of_status(status),
        _ => ProviderErrorKind::InvalidRequest,
    }
}

fn word(doc: Doc<'_>, node: NodeId, name: &str) -> Option<String> {
    let value = doc.get(node, name)?;
    match doc.kind(value) {
        Kind::String => doc.str(value).map(std::borrow::Cow::into_owned),
        Kind::Null => None,
        _ => Some(String::from_utf8_lossy(doc.raw(value)).into_owned()),
    }
}

/// Writes a failure for a client, without the provider's words.
pub(crate) fn write(kind: ProviderErrorKind, root: &mut Object<'_>) {
    let (code, status) = match kind {
        ProviderErrorKind::RateLimited => (429, "RESOURCE_EXHAUSTED"),
        ProviderErrorKind::Overloaded => (503, "UNAVAILABLE"),
        ProviderErrorKind::Timeout => (504, "DEADLINE_EXCEEDED"),
        _ => (500, "INTERNAL"),
    };
    let mut error = root.object("error");
    error.u64("code", code);
    error.str("message", public_sentence(kind));
    error.str("status", status);
}

#[cfg(test)]
mod tests {
    use super::decode;
    use marshal_adapter_api::ProviderErrorKind;

    #[test]
    fn what_google_says_is_understood_beyond_its_status() {
        for (status, body, kind) in [
            (
                400,
                r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
                ProviderErrorKind::Credential,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#,
                ProviderErrorKind::Credential,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}"#,
                ProviderErrorKind::InvalidRequest,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"Request payload size exceeds the limit: 20971520 bytes.","status":"INVALID_ARGUMENT"}}"#,
                ProviderErrorKind::TooLarge,
            ),
            (
                429,
                r#"[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]"#,
                ProviderErrorKind::RateLimited,
            ),
            (
                503,
                r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#,
                ProviderErrorKind::Overloaded,
            ),
            (
                500,
                r#"{"error":{"code":500,"message":"oh","status":"INTERNAL"}}"#,
                ProviderErrorKind::Server,
            ),
            (
                404,
                r#"{"error":{"code":404,"message":"no","status":"NOT_FOUND"}}"#,
                ProviderErrorKind::NotFound,
            ),
            (
                504,
                r#"{"error":{"code":504,"message":"late","status":"DEADLINE_EXCEEDED"}}"#,
                ProviderErrorKind::Timeout,
            ),
            (
                403,
                r#"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#,
                ProviderErrorKind::Credential,
            ),
            (
                401,
                r#"{"error":"invalid_grant","error_description":"expired"}"#,
                ProviderErrorKind::Credential,
            ),
            (413, "<html>too much</html>", ProviderErrorKind::TooLarge),
            (
                501,
                r#"{"error":{"message":"no","status":"UNIMPLEMENTED"}}"#,
                ProviderErrorKind::Server,
            ),
            (
                500,
                r#"{"error":{"message":"no","status":"INVALID_ARGUMENT"}}"#,
                ProviderErrorKind::Server,
            ),
            (
                404,
                r#"{"error":{"message":"no","status":"PERMISSION_DENIED"}}"#,
                ProviderErrorKind::NotFound,
            ),
            (
                503,
                r#"{"error":{"message":"no","status":"RESOURCE_EXHAUSTED"}}"#,
                ProviderErrorKind::RateLimited,
            ),
            (
                503,
                r#"{"error":{"status":"INTERNAL"}}"#,
                ProviderErrorKind::Server,
            ),
            (502, r#"{"error":{}}"#, ProviderErrorKind::Server),
        ] {
            let error = decode(status, body.as_bytes());
            assert_eq!(error.kind, kind, "{body}");
            assert!(!error.message.is_empty());
        }
    }
}
