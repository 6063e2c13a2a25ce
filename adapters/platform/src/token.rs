//! Bearer tokens that run out: what is kept of one, and when it is time for the next.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use marshal_types::{Code, Secret, Timestamp};

/// A token is renewed when less than this is left of it.
const EARLY: Duration = Duration::from_secs(300);
/// A token is not sent any more when less than this is left of it: the request has its way to go.
const LAST: Duration = Duration::from_secs(10);

/// Why there is no token. Says nothing of keys, tokens or addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Whoever gives tokens was not reached, or did not answer in time.
    #[error("the token endpoint could not be reached")]
    Unreachable,
    /// It refused.
    #[error("the token endpoint refused the service account with status {status}{}", reason.as_deref().map(|word| format!(" ({word})")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its own short word: `invalid_grant`.
        reason: Option<String>,
    },
    /// It answered with something that is no token.
    #[error("the token endpoint's answer holds no token")]
    Malformed,
    /// The key does not sign.
    #[error("the service account's key could not sign")]
    Key,
}

impl TokenError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Unreachable | Self::Malformed => Code::UpstreamUnreachable,
            Self::Refused { .. } | Self::Key => Code::UpstreamCredential,
        }
    }
}

/// A token, some time later.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<Secret, TokenError>> + Send + 'a>>;

/// Whoever gives bearer tokens. Asking is cheap while one is good.
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// A token that is good now.
    fn token(&self) -> TokenFuture<'_>;
}

/// A token and when it ends.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// When it is refused from.
    pub expires: Timestamp,
}

/// What a cache holds for this moment.
#[derive(Clone, Debug)]
pub enum Found {
    /// A token that is good for a while.
    Good(Secret),
    /// A token that is good still; the next one should be asked for.
    Ending(Secret),
    /// None.
    Nothing,
}

/// The last token.
#[derive(Debug, Default)]
pub struct TokenCache(Option<Token>);

impl TokenCache {
    /// What is there at `now`.
    #[must_use]
    pub fn find(&self, now: Timestamp) -> Found {
        let Some(token) = &self.0 else {
            return Found::Nothing;
        };
        let left = token.expires.since(now);
        if left >= EARLY {
            Found::Good(token.secret.clone())
        } else if left >= LAST {
            Found::Ending(token.secret.clone())
        } else {
            Found::Nothing
        }
    }

    /// Keeps a token, unless the one that is there lasts longer.
    pub fn keep(&mut self, token: Token) {
        if self
            .0
            .as_ref()
            .is_none_or(|kept| kept.expires <= token.expires)
        {
            self.0 = Some(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn word(cache: &TokenCache, now: u64) -> (&'static str, String) {
        match cache.find(at(now)) {
            Found::Good(secret) => ("good", secret.expose().to_owned()),
            Found::Ending(secret) => ("ending", secret.expose().to_owned()),
            Found::Nothing => ("nothing", String::new()),
        }
    }

    #[test]
    fn a_token_is_renewed_before_it_ends_and_not_sent_after() {
        let mut cache = TokenCache::default();
        assert_eq!(word(&cache, 0).0, "nothing");
        let token = |text: &str, expires| Token {
            secret: Secret::new(text.into()),
            expires: at(expires),
        };
        cache.keep(token("a", 3_600));
        assert_eq!(word(&cache, 3_300), ("good", "a".into()));
        assert_eq!(word(&cache, 3_301), ("ending", "a".into()));
        assert_eq!(word(&cache, 3_590), ("ending", "a".into()));
        assert_eq!(word(&cache, 3_591).0, "nothing");
        cache.keep(token("b", 7_200));
        cache.keep(token("late", 3_600));
        assert_eq!(word(&cache, 3_600), ("good", "b".into()));
    }

    #[test]
    fn a_refusal_says_the_status_and_the_word() {
        let refused = TokenError::Refused {
            status: 400,
            reason: Some("invalid_grant".into()),
        };
        assert_eq!(
            refused.to_string(),
            "the token endpoint refused the service account with status 400 (invalid_grant)"
        );
    }
}
