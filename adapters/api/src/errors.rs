//! What failure words and statuses mean, in both dialects.

use crate::adapter::ProviderErrorKind;

/// What an HTTP status of a provider means.
#[must_use]
pub const fn kind_of_status(status: u16) -> ProviderErrorKind {
    match status {
        401 | 402 | 403 | 407 => ProviderErrorKind::Credential,
        404 => ProviderErrorKind::NotFound,
        408 | 504 => ProviderErrorKind::Timeout,
        413 => ProviderErrorKind::TooLarge,
        429 => ProviderErrorKind::RateLimited,
        503 | 529 => ProviderErrorKind::Overloaded,
        400..=499 => ProviderErrorKind::InvalidRequest,
        _ => ProviderErrorKind::Server,
    }
}

/// What a type or code word means, where it is one that says more than its status.
#[must_use]
pub fn kind_of_word(word: &str) -> Option<ProviderErrorKind> {
    Some(match word {
        "authentication_error" | "permission_error" | "billing_error" | "invalid_api_key" => {
            ProviderErrorKind::Credential
        }
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "insufficient_quota"
        | "tokens"
        | "requests" => ProviderErrorKind::RateLimited,
        "overloaded_error" | "engine_overloaded" | "service_unavailable" => {
            ProviderErrorKind::Overloaded
        }
        "invalid_request_error" | "invalid_value" => ProviderErrorKind::InvalidRequest,
        "not_found_error" | "model_not_found" => ProviderErrorKind::NotFound,
        "request_too_large" => ProviderErrorKind::TooLarge,
        "timeout_error" | "timeout" => ProviderErrorKind::Timeout,
        "api_error" | "server_error" | "internal_server_error" => ProviderErrorKind::Server,
        _ => return None,
    })
}

/// A sentence for clients: it says what kind of failure, never the provider's words.
#[must_use]
pub const fn public_sentence(kind: ProviderErrorKind) -> &'static str {
    match kind {
        ProviderErrorKind::Credential => "The provider refused the gateway's credential.",
        ProviderErrorKind::RateLimited => "The provider limits its rate: try again later.",
        ProviderErrorKind::Overloaded => "The provider has no capacity now: try again later.",
        ProviderErrorKind::InvalidRequest => "The provider refused the request.",
        ProviderErrorKind::NotFound => "The provider does not know this model.",
        ProviderErrorKind::TooLarge => "The request is too large for the provider.",
        ProviderErrorKind::Timeout => "The provider took too long: try again.",
        ProviderErrorKind::Server => "The provider failed while it answered: try again.",
    }
}
