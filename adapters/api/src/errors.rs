//! What failure words and statuses mean, in every dialect.

use crate::adapter::{ProviderError, ProviderErrorKind};

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

/// What a status and a word beside it mean together: the word may say more than its status, not something else.
///
/// So a server that failed never blames the request, and what is not there stays not there, whatever word stands
/// beside it.
#[must_use]
pub const fn kind_of_both(status: u16, word: Option<ProviderErrorKind>) -> ProviderErrorKind {
    use ProviderErrorKind::{Overloaded, RateLimited, Server, Timeout};
    let Some(word) = word else {
        return kind_of_status(status);
    };
    let says_more = match status {
        404 | 408 | 413 | 504 => false,
        401..=403 => matches!(word, RateLimited),
        429 => matches!(word, Overloaded),
        503 | 529 => matches!(word, RateLimited | Server),
        500.. => matches!(word, Overloaded | RateLimited | Timeout),
        _ => true,
    };
    if says_more {
        word
    } else {
        kind_of_status(status)
    }
}

/// The most characters of a body that stand for a message.
const MOST_WORDS: usize = 2_000;

impl ProviderError {
    /// An error that says no more than its status and its body.
    #[must_use]
    pub fn plain(status: u16, body: &[u8]) -> Self {
        Self {
            kind: kind_of_status(status),
            code: None,
            message: String::new(),
        }
        .or_words(body)
    }

    /// Where no message was found, everything that was said is the message: its first 2,000 characters, trimmed.
    #[must_use]
    pub fn or_words(mut self, said: &[u8]) -> Self {
        if self.message.trim().is_empty() {
            let text = String::from_utf8_lossy(said);
            self.message = text.trim().chars().take(MOST_WORDS).collect();
        }
        self
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
