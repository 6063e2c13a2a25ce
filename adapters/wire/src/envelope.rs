//! Errors as each dialect's SDKs expect them, made without any adapter: the edge refuses before a body is read.

use std::fmt::Write;

use marshal_types::{CallId, Code, Dialect, Refusal};

use crate::frame::{self, Framing};
use crate::json;

/// The body of an error response. `message` ends with the call id; Marshal's stable code stands in every dialect.
#[must_use]
pub fn error_body(dialect: Dialect, failure: &Refusal, call: &CallId) -> Vec<u8> {
    error_body_as(dialect, status(failure.code), failure, call)
}

/// As [`error_body`], for an answer that has a provider's status and not its code's own: the type, or Google's status word,
/// is what the dialect's clients expect to find with it.
#[must_use]
pub fn error_body_as(dialect: Dialect, status: u16, failure: &Refusal, call: &CallId) -> Vec<u8> {
    let message = message(failure, call);
    let kind = kind(dialect, failure.code, status);
    let mut out = Vec::with_capacity(message.len() + 192);
    match dialect {
        Dialect::OpenAi | Dialect::Responses => {
            out.extend_from_slice(b"{\"error\":{\"message\":");
            json::write_str(&mut out, &message);
            member(&mut out, "type", kind);
            match &failure.param {
                Some(param) => member(&mut out, "param", param),
                None => out.extend_from_slice(b",\"param\":null"),
            }
            member(&mut out, "code", failure.code.as_str());
            out.extend_from_slice(b"}}");
        }
        Dialect::Anthropic => {
            out.extend_from_slice(b"{\"type\":\"error\",\"error\":{\"type\":");
            json::write_str(&mut out, kind);
            member(&mut out, "message", &message);
            member(&mut out, "code", failure.code.as_str());
            if let Some(param) = &failure.param {
                member(&mut out, "param", param);
            }
            out.push(b'}');
            member(&mut out, "request_id", &call.to_string());
            out.push(b'}');
        }
        Dialect::Gemini => google(&mut out, status, failure, &message, kind),
        Dialect::Bedrock | Dialect::Cohere | Dialect::Ollama => {
            let key: &[u8] = match dialect {
                Dialect::Ollama => b"{\"error\":",
                _ => b"{\"message\":",
            };
            out.extend_from_slice(key);
            json::write_str(&mut out, &message);
            if dialect == Dialect::Bedrock {
                // Amazon's SDKs look for the kind here where no header names it; a `code` would hide it.
                member(&mut out, "__type", kind);
                member(&mut out, "marshal_code", failure.code.as_str());
            } else {
                member(&mut out, "code", failure.code.as_str());
            }
            if let Some(param) = &failure.param {
                member(&mut out, "param", param);
            }
            out.push(b'}');
        }
    }
    out
}

/// Google's shape: the stable code is the reason of an `ErrorInfo`.
fn google(out: &mut Vec<u8>, status: u16, failure: &Refusal, message: &str, kind: &str) {
    // Writing to a Vec does not fail.
    let _ = std::io::Write::write_fmt(
        out,
        format_args!("{{\"error\":{{\"code\":{status},\"message\":"),
    );
    json::write_str(out, message);
    member(out, "status", kind);
    out.extend_from_slice(
        b",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"domain\":\"marshal\"",
    );
    member(out, "reason", failure.code.as_str());
    if let Some(param) = &failure.param {
        out.extend_from_slice(b",\"metadata\":{\"param\":");
        json::write_str(out, param);
        out.push(b'}');
    }
    out.extend_from_slice(b"}]}}");
}

/// The event that ends a stream with an error, once its status has gone out. SDKs raise it as an error; in no
/// dialect does anything follow it.
#[must_use]
pub fn error_event(
    dialect: Dialect,
    framing: Framing,
    failure: &Refusal,
    call: &CallId,
) -> Vec<u8> {
    let name = match dialect {
        Dialect::OpenAi | Dialect::Gemini | Dialect::Ollama => None,
        Dialect::Anthropic | Dialect::Responses => Some("error"),
        Dialect::Bedrock => Some(exception(failure.code)),
        Dialect::Cohere => Some("message-end"),
    };
    let mut body = Vec::new();
    match dialect {
        Dialect::Responses => {
            body.extend_from_slice(b"{\"type\":\"error\",\"message\":");
            json::write_str(&mut body, &message(failure, call));
            member(&mut body, "code", failure.code.as_str());
            body.extend_from_slice(b",\"param\":null,\"sequence_number\":0}");
        }
        Dialect::Cohere => {
            body.extend_from_slice(
                b"{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":",
            );
            json::write_str(&mut body, &message(failure, call));
            body.extend_from_slice(b"}}");
        }
        _ => body = error_body(dialect, failure, call),
    }
    let mut out = Vec::new();
    frame::write(&mut out, framing, name, &body);
    out
}

/// Amazon's word for a failure within a stream.
const fn exception(code: Code) -> &'static str {
    match status(code) {
        429 => "throttlingException",
        503 => "serviceUnavailableException",
        500..=599 => "internalServerException",
        _ => "validationException",
    }
}

/// The HTTP status of a failure. One that the caller cannot mend is never a 4xx, so that no client blames itself.
#[must_use]
pub const fn status(code: Code) -> u16 {
    match code {
        Code::MalformedHttp
        | Code::BodyIncomplete
        | Code::InvalidJson
        | Code::InvalidUtf8
        | Code::DuplicateKey
        | Code::NestingTooDeep
        | Code::InvalidRequest
        | Code::CannotTranslate
        | Code::NoTarget
        | Code::UpstreamRejected => 400,
        Code::NoCredential | Code::InvalidCredential | Code::RevokedCredential => 401,
        Code::SurfaceNotGoverned
        | Code::AccessDenied
        | Code::ApprovalRequired
        | Code::DataBlocked
        | Code::GuardBlocked
        | Code::ComplianceDenied => 403,
        Code::UnknownEndpoint | Code::UnknownModel | Code::UnknownObject => 404,
        Code::MethodNotAllowed => 405,
        Code::RequestTimeout => 408,
        Code::BodyTooLarge => 413,
        Code::UnsupportedMediaType => 415,
        Code::RateLimited | Code::BudgetSpent | Code::UpstreamRateLimited => 429,
        Code::HeadersTooLarge => 431,
        // nginx's number for it; no client is left to read it, records and metrics are.
        Code::ClientGone => 499,
        Code::Internal => 500,
        Code::UpstreamCredential
        | Code::UpstreamFailed
        | Code::UpstreamUnreachable
        | Code::UpstreamBroken
        | Code::UpstreamMalformed => 502,
        Code::Overloaded
        | Code::AuditUnavailable
        | Code::GuardUnavailable
        | Code::Draining
        | Code::UpstreamOverloaded => 503,
        Code::UpstreamTimeout => 504,
    }
}

/// The dialect that a caller of this path expects its errors in, before anything else is known of the call.
#[must_use]
pub fn dialect_of_path(path: &str) -> Dialect {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let under = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let any = |roots: &[&str]| roots.iter().any(|root| under(root));
    if any(&["/v1/messages", "/messages", "/anthropic"]) {
        Dialect::Anthropic
    } else if any(&["/v1/responses", "/responses", "/openai/v1/responses"]) {
        Dialect::Responses
    } else if any(&["/v1beta", "/gemini", "/v1alpha"]) {
        Dialect::Gemini
    } else if any(&["/bedrock"]) {
        Dialect::Bedrock
    } else if any(&["/v2", "/v1/rerank", "/cohere"]) {
        Dialect::Cohere
    } else if any(&["/api", "/ollama"]) {
        Dialect::Ollama
    } else {
        Dialect::OpenAi
    }
}

/// The word that each dialect gives a failure of this code under this status.
const fn kind(dialect: Dialect, code: Code, status: u16) -> &'static str {
    match dialect {
        Dialect::Gemini => google_status(status),
        Dialect::Bedrock => match status {
            401 | 403 => "AccessDeniedException",
            404 => "ResourceNotFoundException",
            429 => "ThrottlingException",
            408 | 504 => "ModelTimeoutException",
            503 | 529 => "ServiceUnavailableException",
            500..=599 => "InternalServerException",
            _ => "ValidationException",
        },
        _ => word(dialect, code, status),
    }
}

/// Google's canonical codes (<https://google.aip.dev/193>).
const fn google_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        408 | 504 => "DEADLINE_EXCEEDED",
        429 => "RESOURCE_EXHAUSTED",
        503 | 529 => "UNAVAILABLE",
        500..=599 => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

/// The words that OpenAI and Anthropic share.
const fn word(dialect: Dialect, code: Code, status: u16) -> &'static str {
    match (status, code, dialect) {
        (401, ..) => "authentication_error",
        (403, ..) => "permission_error",
        (404, ..) => "not_found_error",
        (408 | 504, ..) => "timeout_error",
        (413 | 431, ..) => "request_too_large",
        // OpenAI's own word for money that is gone: what its users already look for.
        (429, Code::BudgetSpent, Dialect::OpenAi | Dialect::Responses) => "insufficient_quota",
        (429, ..) => "rate_limit_error",
        (503 | 529, code, _)
            if !matches!(code, Code::AuditUnavailable | Code::GuardUnavailable) =>
        {
            "overloaded_error"
        }
        (500..=599, ..) => "api_error",
        _ => "invalid_request_error",
    }
}

/// The public sentence, the line that decided, the call id.
fn message(failure: &Refusal, call: &CallId) -> String {
    let mut text = String::with_capacity(failure.message.len() + 128);
    text.push_str(failure.message.trim_end());
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    // Writing to a String does not fail.
    let _ = match (&failure.rule, &failure.place) {
        (Some(rule), Some(place)) => write!(text, " Decided by rule {rule} ({place})."),
        (Some(rule), None) => write!(text, " Decided by rule {rule}."),
        (None, Some(place)) => write!(text, " Decided at {place}."),
        (None, None) => Ok(()),
    };
    let _ = write!(text, " (call {call})");
    text
}

fn member(out: &mut Vec<u8>, key: &str, value: &str) {
    out.push(b',');
    json::write_str(out, key);
    out.push(b':');
    json::write_str(out, value);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use marshal_types::{Place, RuleId};
    use serde_json::{Value, json};

    use super::*;

    const CALL: &str = "01934d2e-7a4b-7c3d-8e5f-000000000001";

    fn refusal() -> Refusal {
        let place = Place {
            file: Arc::from("policies/access.csv"),
            line: 12,
            column: 1,
        };
        Refusal::new(Code::AccessDenied, "This key may not use \"gpt-4o\"")
            .param("model")
            .rule(Some(RuleId(Arc::from("deny-x"))), Some(place))
            .detail("only for the operator")
    }

    fn body(dialect: Dialect, failure: &Refusal) -> Value {
        serde_json::from_slice(&error_body(dialect, failure, &CALL.parse().unwrap())).unwrap()
    }

    #[test]
    fn an_openai_client_reads_its_error_shape() {
        assert_eq!(
            body(Dialect::OpenAi, &refusal()),
            json!({"error": {
                "message": format!("This key may not use \"gpt-4o\". Decided by rule deny-x (policies/access.csv:12:1). (call {CALL})"),
                "type": "permission_error", "param": "model", "code": "access_denied"}})
        );
        let plain = Refusal::new(Code::NoCredential, "Send a key.");
        assert_eq!(body(Dialect::OpenAi, &plain)["error"]["param"], Value::Null);
    }

    #[test]
    fn an_anthropic_client_reads_its_error_shape() {
        let plain = Refusal::new(Code::NoCredential, "Send a key.");
        assert_eq!(
            body(Dialect::Anthropic, &plain),
            json!({"type": "error", "request_id": CALL, "error": {
                "type": "authentication_error", "message": format!("Send a key. (call {CALL})"),
                "code": "no_credential"}})
        );
    }

    #[test]
    fn a_providers_status_has_its_own_word_in_each_dialect() {
        let refused = Refusal::new(Code::UpstreamRejected, "The provider refused it");
        let kind = |dialect, status| {
            let call = CALL.parse().unwrap();
            let body = error_body_as(dialect, status, &refused, &call);
            serde_json::from_slice::<Value>(&body).unwrap()
        };
        let error = |dialect, status| kind(dialect, status)["error"].clone();
        assert_eq!(error(Dialect::Anthropic, 404)["type"], "not_found_error");
        assert_eq!(error(Dialect::Anthropic, 413)["type"], "request_too_large");
        assert_eq!(error(Dialect::OpenAi, 529)["type"], "overloaded_error");
        assert_eq!(error(Dialect::OpenAi, 422)["code"], "upstream_rejected");
        assert_eq!(error(Dialect::Gemini, 404)["code"], 404);
        assert_eq!(error(Dialect::Gemini, 404)["status"], "NOT_FOUND");
        assert_eq!(
            kind(Dialect::Bedrock, 404)["__type"],
            "ResourceNotFoundException"
        );
    }

    #[test]
    fn what_is_for_the_operator_alone_does_not_reach_the_client() {
        for dialect in Dialect::ALL {
            assert!(!body(*dialect, &refusal()).to_string().contains("operator"));
        }
    }

    #[test]
    fn an_error_within_a_stream_is_one_event_of_the_dialect() {
        for (dialect, name) in [(Dialect::OpenAi, None), (Dialect::Anthropic, Some("error"))] {
            let call = CALL.parse().unwrap();
            let bytes = error_event(dialect, Framing::Sse, &refusal(), &call);
            let mut splitter = frame::Splitter::new(Framing::Sse, 10_000);
            splitter.push(Bytes::from(bytes));
            let event = splitter.next().unwrap().unwrap();
            assert_eq!(event.name().as_deref(), name);
            assert_eq!(&event.data()[..], &error_body(dialect, &refusal(), &call));
            assert!(splitter.finish().is_none());
        }
    }

    #[test]
    fn every_code_has_a_status_whose_class_says_whose_fault_it_is() {
        use marshal_types::Fault;
        for code in Code::ALL {
            let status = status(*code);
            match code.fault() {
                Fault::Downstream => assert!((400..500).contains(&status), "{code}: {status}"),
                Fault::Upstream { .. } | Fault::Ours => {
                    assert!(status >= 500 || status == 429, "{code}: {status}");
                }
            }
            for dialect in Dialect::ALL {
                assert!(!kind(*dialect, *code, status).is_empty());
            }
        }
    }

    #[test]
    fn a_path_tells_the_dialect_before_anything_else_is_known() {
        for path in [
            "/v1/messages",
            "/v1/messages?beta=true",
            "/v1/messages/count_tokens",
            "/anthropic/v1/messages",
        ] {
            assert_eq!(dialect_of_path(path), Dialect::Anthropic, "{path}");
        }
        for path in ["/v1/chat/completions", "/v1/messagesx", "/", ""] {
            assert_eq!(dialect_of_path(path), Dialect::OpenAi, "{path}");
        }
    }
}
