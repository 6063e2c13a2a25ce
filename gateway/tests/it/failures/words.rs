//! An error that crosses the dialects comes with the status and the word for which the caller's SDK has a class.

use serde_json::{Value, json};

use super::ask;
use crate::support::{Setup, Upstream, answer, provider, stream};

/// What a client's own SDK expects to read with a status: Anthropic's and OpenAI's type, Google's status, Amazon's exception.
struct Words {
    /// The provider's status, and the one that the client gets.
    from: u16,
    to: u16,
    openai: &'static str,
    google: &'static str,
    amazon: &'static str,
}

const fn words(
    from: u16,
    to: u16,
    openai: &'static str,
    google: &'static str,
    amazon: &'static str,
) -> Words {
    Words {
        from,
        to,
        openai,
        google,
        amazon,
    }
}

const WORDS: [Words; 12] = [
    words(
        400,
        400,
        "invalid_request_error",
        "INVALID_ARGUMENT",
        "ValidationException",
    ),
    // The gateway's own key is meant: no caller is to look for the mistake in a good one.
    words(401, 502, "api_error", "INTERNAL", "InternalServerException"),
    words(403, 502, "api_error", "INTERNAL", "InternalServerException"),
    words(
        404,
        404,
        "not_found_error",
        "NOT_FOUND",
        "ResourceNotFoundException",
    ),
    words(
        408,
        408,
        "timeout_error",
        "DEADLINE_EXCEEDED",
        "ModelTimeoutException",
    ),
    words(
        413,
        413,
        "request_too_large",
        "INVALID_ARGUMENT",
        "ValidationException",
    ),
    words(
        422,
        422,
        "invalid_request_error",
        "INVALID_ARGUMENT",
        "ValidationException",
    ),
    words(
        429,
        429,
        "rate_limit_error",
        "RESOURCE_EXHAUSTED",
        "ThrottlingException",
    ),
    words(500, 500, "api_error", "INTERNAL", "InternalServerException"),
    words(
        503,
        503,
        "overloaded_error",
        "UNAVAILABLE",
        "ServiceUnavailableException",
    ),
    words(
        504,
        504,
        "timeout_error",
        "DEADLINE_EXCEEDED",
        "ModelTimeoutException",
    ),
    words(
        529,
        529,
        "overloaded_error",
        "UNAVAILABLE",
        "ServiceUnavailableException",
    ),
];

/// Fails with the status that the model's name says, in words that every dialect understands somehow.
fn as_told() -> Upstream {
    Upstream::start(|seen| {
        let model = format!("{}{}", seen.path(), String::from_utf8_lossy(&seen.body));
        let at = model.find("fails-").unwrap() + 6;
        let status: u16 = model[at..at + 3].parse().unwrap();
        let body = json!({"error": {"message": format!("it says {status}"), "type": "unheard_of"}});
        answer(status, &[], body.to_string())
    })
}

#[test]
fn a_providers_status_comes_with_the_word_that_the_callers_sdk_expects() {
    let upstream = as_told();
    let models: Vec<String> = WORDS
        .iter()
        .map(|word| format!("fails-{}", word.from))
        .collect();
    let models: Vec<&str> = models.iter().map(String::as_str).collect();
    let config = ["openai", "anthropic", "cohere"]
        .map(|dialect| provider(dialect, &upstream.url(), dialect, &models, ""))
        .concat();
    let gateway = Setup::with(format!("providers:\n{config}")).start();
    for word in WORDS {
        for provider in ["openai", "anthropic", "cohere"] {
            for client in [
                "openai",
                "anthropic",
                "responses",
                "gemini",
                "bedrock",
                "cohere",
                "ollama",
            ] {
                if client == provider {
                    continue;
                }
                let model = format!("{provider}/fails-{}", word.from);
                let got = ask(&gateway, client, &model, false);
                let what = format!(
                    "{} of {provider} to {client}: {} {}",
                    word.from,
                    got.status,
                    got.text()
                );
                assert_eq!(got.status, word.to, "{what}");
                let body = got.json();
                match client {
                    "openai" | "anthropic" | "responses" => {
                        assert_eq!(body["error"]["type"], word.openai, "{what}");
                    }
                    "gemini" => {
                        assert_eq!(body["error"]["status"], word.google, "{what}");
                        assert_eq!(body["error"]["code"], word.to, "{what}");
                    }
                    "bedrock" => assert_eq!(body["__type"], word.amazon, "{what}"),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_status_that_does_not_say_what_the_provider_means_is_put_right() {
    for (dialect, status, body, told) in [
        // Amazon's quota and Google's limit of size both come as a 400.
        (
            "bedrock",
            400,
            json!({"__type": "ServiceQuotaExceededException", "message": "m"}),
            429,
        ),
        (
            "bedrock",
            424,
            json!({"__type": "ModelErrorException", "message": "m"}),
            502,
        ),
        (
            "gemini",
            400,
            json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Request payload size exceeds the limit"}}),
            413,
        ),
        ("cohere", 499, json!({"message": "m"}), 504),
    ] {
        let upstream = Upstream::start(move |_| answer(status, &[], body.to_string()));
        let config = provider("p", &upstream.url(), dialect, &["m"], "");
        let gateway = Setup::with(format!("providers:\n{config}")).start();
        let got = ask(&gateway, "openai", "p/m", false);
        assert_eq!(got.status, told, "{dialect} {status}: {}", got.text());
    }
}

#[test]
fn google_says_in_the_body_when_to_come_back() {
    let body = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota", "details": [
        {"@type": "type.googleapis.com/google.rpc.Help"},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "11.2s"}]}});
    let upstream = Upstream::start(move |_| answer(429, &[], body.to_string()));
    let config = provider("p", &upstream.url(), "gemini", &["m"], "");
    let gateway = Setup::with(format!("providers:\n{config}")).start();
    for client in ["openai", "anthropic", "gemini"] {
        let got = ask(&gateway, client, "p/m", false);
        assert_eq!(
            (got.status, got.header("retry-after")),
            (429, Some("12")),
            "{client}"
        );
    }
}

#[test]
fn an_openai_client_is_told_in_the_stream_what_kind_of_failure_it_was() {
    for (word, kind, code) in [
        (
            "overloaded_error",
            "overloaded_error",
            "upstream_overloaded",
        ),
        (
            "rate_limit_error",
            "rate_limit_error",
            "upstream_rate_limited",
        ),
        ("timeout_error", "timeout_error", "upstream_timeout"),
        ("api_error", "api_error", "upstream_failed"),
        ("authentication_error", "api_error", "upstream_credential"),
    ] {
        let event = json!({"type": "error", "error": {"type": word, "message": "alas"}});
        let event = format!("event: error\ndata: {event}\n\n");
        let upstream = Upstream::start(move |_| stream([event.clone()]));
        let config = provider("p", &upstream.url(), "anthropic", &["m"], "");
        let gateway = Setup::with(format!("providers:\n{config}")).start();
        let got = ask(&gateway, "openai", "p/m", true).text();
        let last = got.trim_end().lines().last().unwrap();
        let error: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(
            (&error["error"]["type"], &error["error"]["code"]),
            (&json!(kind), &json!(code)),
            "{word}: {got}"
        );
    }
}
