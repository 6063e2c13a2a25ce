//! Tokens of Google's cloud: asked for with a service account's signature, kept while they last, renewed by one call at
//! a time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use marshal_pipeline::Transport;
use marshal_platform::{
    Found, ServiceAccount, Token, TokenCache, TokenError, TokenFuture, TokenSource,
};
use marshal_types::{Clock, Secret};
use parking_lot::Mutex;
use tower::ServiceExt;

/// How long a token may take. The call that waits for it has its own limits beside.
const WAIT: Duration = Duration::from_secs(10);
/// The largest answer that is read: a token has a kilobyte or two.
const LARGEST: usize = 64 * 1024;

/// A service account's tokens.
pub(crate) struct GoogleTokens {
    account: ServiceAccount,
    transport: Transport,
    clock: Arc<dyn Clock>,
    cache: Mutex<TokenCache>,
    /// Held by the call that asks for the next token.
    renewing: tokio::sync::Mutex<()>,
}

impl fmt::Debug for GoogleTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GoogleTokens").field(&self.account).finish()
    }
}

impl GoogleTokens {
    pub(crate) fn new(
        account: ServiceAccount,
        transport: Transport,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            account,
            transport,
            clock,
            cache: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    fn find(&self) -> Found {
        self.cache.lock().find(self.clock.now())
    }

    async fn find_or_ask(&self) -> Result<Secret, TokenError> {
        match self.find() {
            Found::Good(token) => Ok(token),
            // Somebody renews it already, or it could not be renewed: what is there is good still.
            Found::Ending(token) => match self.renewing.try_lock() {
                Ok(_renewing) => Ok(self.ask().await.unwrap_or(token)),
                Err(_) => Ok(token),
            },
            Found::Nothing => {
                let _renewing = self.renewing.lock().await;
                // Whoever had the lock before may have brought one.
                match self.find() {
                    Found::Good(token) | Found::Ending(token) => Ok(token),
                    Found::Nothing => self.ask().await,
                }
            }
        }
    }

    async fn ask(&self) -> Result<Secret, TokenError> {
        let asked = self.clock.now();
        let form = self.account.token_request(asked)?;
        let request = http::Request::post(self.account.token_uri())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(Full::new(Bytes::copy_from_slice(form.expose().as_bytes())))
            .map_err(|_| TokenError::Unreachable)?;
        let exchange = exchange(self.transport.clone(), request);
        let (status, body) = tokio::time::timeout(WAIT, exchange)
            .await
            .ok()
            .flatten()
            .ok_or(TokenError::Unreachable)?;
        let token = Token::from_answer(status, &body, asked)?;
        let secret = token.secret.clone();
        self.cache.lock().keep(token);
        Ok(secret)
    }
}

/// Sends a request and reads the whole answer.
async fn exchange(
    transport: Transport,
    request: http::Request<Full<Bytes>>,
) -> Option<(u16, Bytes)> {
    let answer = transport.oneshot(request).await.ok()?;
    let status = answer.status().as_u16();
    let mut body = answer.into_body();
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.ok()?.data_ref() {
            read.extend_from_slice(data);
        }
        if read.len() > LARGEST {
            return None;
        }
    }
    Some((status, read.into()))
}

impl TokenSource for GoogleTokens {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(self.find_or_ask())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use marshal_pipeline::{BoxError, TransportError};
    use marshal_types::{ManualClock, Timestamp};

    use super::*;

    const FILE: &str = include_str!("../../adapters/platform/testdata/service_account.json");

    /// An endpoint that gives a new token each time, or fails from the call of that number on.
    fn endpoint(asked: Arc<AtomicU64>, fails_from: u64) -> Transport {
        Transport::new(tower::service_fn(
            move |request: http::Request<Full<Bytes>>| {
                let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
                async move {
                    // The others come while the first one waits.
                    tokio::task::yield_now().await;
                    assert_eq!(request.uri(), "https://oauth2.googleapis.com/token");
                    let body = match request.into_body().collect().await {
                        Ok(body) => body.to_bytes(),
                        Err(never) => match never {},
                    };
                    assert!(body.starts_with(b"grant_type=urn%3Aietf"));
                    if number >= fails_from {
                        return Err(TransportError::Connect("no way there".into()));
                    }
                    let text = format!(
                        r#"{{"access_token":"token-{number}","expires_in":3600,"token_type":"Bearer"}}"#
                    );
                    let body = Full::new(Bytes::from(text))
                        .map_err(|never| -> BoxError { match never {} });
                    Ok(http::Response::new(body.boxed_unsync()))
                }
            },
        ))
    }

    fn tokens(fails_from: u64) -> (Arc<ManualClock>, Arc<AtomicU64>, GoogleTokens) {
        let clock = ManualClock::at(Timestamp::from_micros(1_700_000_000_000_000));
        let asked = Arc::new(AtomicU64::new(0));
        let account = ServiceAccount::from_json(FILE).unwrap();
        let transport = endpoint(asked.clone(), fails_from);
        let tokens = GoogleTokens::new(account, transport, clock.clone());
        (clock, asked, tokens)
    }

    async fn text(tokens: &GoogleTokens) -> String {
        tokens.token().await.unwrap().expose().to_owned()
    }

    #[tokio::test]
    async fn many_calls_at_once_ask_for_one_token() {
        let (_, asked, tokens) = tokens(u64::MAX);
        let all = futures_util::future::join_all((0..20).map(|_| text(&tokens))).await;
        assert!(all.iter().all(|token| token == "token-1"));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_token_is_renewed_early_and_the_old_one_serves_until_then() {
        let (clock, asked, tokens) = tokens(u64::MAX);
        assert_eq!(text(&tokens).await, "token-1");
        clock.advance(Duration::from_secs(3_000));
        assert_eq!(text(&tokens).await, "token-1");
        clock.advance(Duration::from_secs(400));
        let all = futures_util::future::join_all((0..3).map(|_| text(&tokens))).await;
        assert_eq!(all, ["token-2", "token-1", "token-1"]);
        assert_eq!(text(&tokens).await, "token-2");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn an_endpoint_that_is_away_matters_when_the_token_ends() {
        let (clock, _, tokens) = tokens(2);
        assert_eq!(text(&tokens).await, "token-1");
        clock.advance(Duration::from_secs(3_500));
        assert_eq!(text(&tokens).await, "token-1");
        clock.advance(Duration::from_secs(100));
        assert_eq!(tokens.token().await.unwrap_err(), TokenError::Unreachable);
    }
}
