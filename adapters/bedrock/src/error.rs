//! Errors of Bedrock: AWS names them by exception, in the body or in a stream's event.

use marshal_adapter_api::{ProviderError, ProviderErrorKind, kind_of_both};
use marshal_wire::json::{Doc, Index, Limits};

/// What an error answer means; the body may be anything.
pub(crate) fn decode(status: u16, body: &[u8]) -> ProviderError {
    let (code, message) = match Index::parse(body, &Limits::default()) {
        Ok(index) => said(index.doc(body)),
        Err(_) => (None, None),
    };
    let message = message.unwrap_or_default();
    let word = code
        .as_deref()
        .and_then(kind_of_exception)
        .or_else(|| kind_of_sentence(&message));
    ProviderError {
        kind: kind_of_both(status, word),
        code,
        message,
    }
    .or_words(body)
}

/// What an exception in a stream means.
pub(crate) fn of_event(name: &str, doc: Option<Doc<'_>>) -> ProviderError {
    let (_, message) = doc.map_or((None, None), said);
    ProviderError {
        kind: kind_of_exception(name).unwrap_or(ProviderErrorKind::Server),
        code: Some(name.to_owned()),
        message: message.unwrap_or_default(),
    }
    .or_words(doc.map(|doc| doc.bytes()).unwrap_or_default())
}

fn said(doc: Doc<'_>) -> (Option<String>, Option<String>) {
    let word = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| doc.str(doc.get(doc.root(), name)?))
    };
    // `com.amazon.coral.service#ThrottlingException`, `ValidationException:http://...`
    let code = word(&["__type", "code", "Code"]).map(|code| {
        let code = code.rsplit('#').next().unwrap_or_default();
        code.split(':').next().unwrap_or_default().to_owned()
    });
    let message = word(&["message", "Message"]).map(std::borrow::Cow::into_owned);
    (code.filter(|code| !code.is_empty()), message)
}

/// The exceptions of Bedrock and of AWS's front door, with or without `Exception`, in either case of the first letter.
fn kind_of_exception(name: &str) -> Option<ProviderErrorKind> {
    let name = name.strip_suffix("Exception").unwrap_or(name);
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    Some(
        if is(&["Throttling", "ServiceQuotaExceeded", "TooManyRequests"]) {
            ProviderErrorKind::RateLimited
        } else if is(&["ModelNotReady", "ServiceUnavailable"]) {
            ProviderErrorKind::Overloaded
        } else if is(&["ModelTimeout", "RequestTimeout"]) {
            ProviderErrorKind::Timeout
        } else if is(&[
            "AccessDenied",
            "UnrecognizedClient",
            "ExpiredToken",
            "InvalidSignature",
            "IncompleteSignature",
            "MissingAuthenticationToken",
            "InvalidClientTokenId",
            "NotAuthorized",
            "OptInRequired",
        ]) {
            ProviderErrorKind::Credential
        } else if is(&["ResourceNotFound", "UnknownOperation"]) {
            ProviderErrorKind::NotFound
        } else if is(&["RequestEntityTooLarge"]) {
            ProviderErrorKind::TooLarge
        } else if is(&[
            "InternalServer",
            "ModelError",
            "ModelStreamError",
            "InternalFailure",
        ]) {
            ProviderErrorKind::Server
        } else if is(&["Validation", "Conflict", "Serialization"]) {
            ProviderErrorKind::InvalidRequest
        } else {
            return None;
        },
    )
}

/// The exception's name often stands in a header alone; these sentences are AWS's own.
fn kind_of_sentence(message: &str) -> Option<ProviderErrorKind> {
    const CREDENTIAL: [&str; 4] = [
        "security token included in the request",
        "The request signature we calculated",
        "Signature expired",
        "is not authorized to perform",
    ];
    CREDENTIAL
        .iter()
        .any(|sentence| message.contains(sentence))
        .then_some(ProviderErrorKind::Credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_understood_by_its_name_before_its_status() {
        use ProviderErrorKind as Kind;
        for (status, body, kind) in [
            (
                400,
                r#"{"__type":"ServiceQuotaExceededException","message":"m"}"#,
                Kind::RateLimited,
            ),
            (
                429,
                r#"{"__type":"ModelNotReadyException","message":"m"}"#,
                Kind::Overloaded,
            ),
            (
                429,
                r#"{"message":"Too many tokens, please wait"}"#,
                Kind::RateLimited,
            ),
            (
                408,
                r#"{"__type":"com.amazon.bedrock#ModelTimeoutException"}"#,
                Kind::Timeout,
            ),
            (403, r#"{"Message":"m"}"#, Kind::Credential),
            (
                400,
                r#"{"message":"The security token included in the request is expired"}"#,
                Kind::Credential,
            ),
            (404, r#"{"message":"m"}"#, Kind::NotFound),
            (424, r#"{"code":"ModelErrorException"}"#, Kind::Server),
            (
                400,
                r#"{"message":"The provided model identifier is invalid."}"#,
                Kind::InvalidRequest,
            ),
            (503, "<html>", Kind::Overloaded),
            (
                503,
                r#"{"__type":"ThrottlingException","message":"m"}"#,
                Kind::RateLimited,
            ),
            (
                500,
                r#"{"__type":"ValidationException","message":"m"}"#,
                Kind::Server,
            ),
        ] {
            assert_eq!(
                decode(status, body.as_bytes()).kind,
                kind,
                "{status} {body}"
            );
        }
        assert_eq!(
            of_event("throttlingException", None).kind,
            Kind::RateLimited
        );
        assert_eq!(of_event("somethingNew", None).kind, Kind::Server);
    }
}
