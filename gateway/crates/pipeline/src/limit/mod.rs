//! Requests and tokens a minute, and calls at once: cheap, so before whatever costs.

use std::sync::Arc;
use std::time::Duration;

use marshal_state::{Permit, RateLimit, Taken};
use marshal_telemetry::Part;
use marshal_types::{Code, Refusal, Usage};

use crate::step::{Answer, Next, Step};
use crate::{Permitted, Shared};

/// No subject of a policy: all calls of this process.
const EVERYONE: &str = "*";

/// The step.
#[derive(Clone, Debug)]
pub struct Limit(pub Arc<Shared>);

/// A call that is within its limits.
#[derive(Debug)]
pub struct Limited {
    pub(crate) permitted: Permitted,
    pub(crate) allowance: Allowance,
}

/// What a call has taken of its limits; the tokens are set right when they are known.
#[derive(Debug)]
pub(crate) struct Allowance {
    shared: Arc<Shared>,
    tokens: Option<(String, u64, RateLimit)>,
    /// For the `RateLimit-*` fields of the answer.
    pub requests: Option<Taken>,
    _permit: Option<Permit>,
    _place: Permit,
}

impl Step<Permitted> for Limit {
    type Out = Limited;

    async fn run<N: Next<Limited>>(
        &self,
        permitted: Permitted,
        next: N,
    ) -> Result<Answer, Refusal> {
        let allowance = self.take(&permitted).await?;
        let requests = allowance.requests;
        permitted.call().ctx().lap(&self.0, Part::Limit);
        let mut answer = next
            .go(Limited {
                permitted,
                allowance,
            })
            .await?;
        if let Some(taken) = requests {
            announce(answer.headers_mut(), taken);
        }
        Ok(answer)
    }
}

impl Limit {
    async fn take(&self, permitted: &Permitted) -> Result<Allowance, Refusal> {
        let Some(place) = self.0.concurrency.acquire(EVERYONE, self.0.max_calls) else {
            return Err(Refusal::new(
                Code::Overloaded,
                "The gateway has as many calls in flight as it takes; wait and try again.",
            )
            .retry_after(Duration::from_secs(1)));
        };
        let mut allowance = Allowance {
            _place: place,
            shared: self.0.clone(),
            tokens: None,
            requests: None,
            _permit: None,
        };
        let call = permitted.call();
        let Some(rule) = call.governance().limits.limit(call.principal()) else {
            return Ok(allowance);
        };
        if let Some(most) = rule.concurrent_calls {
            let permit = self
                .0
                .concurrency
                .acquire(&rule.bucket, most)
                .ok_or_else(|| {
                    Refusal::new(
                        Code::RateLimited,
                        format!("More than {most} calls of this key at once; wait for one to end."),
                    )
                    .retry_after(Duration::from_secs(1))
                })?;
            allowance._permit = Some(permit);
        }
        if let Some(per_minute) = rule.requests_per_minute {
            let taken = self
                .0
                .store
                .take(&format!("r|{}", rule.bucket), 1, RateLimit { per_minute })
                .await;
            if !taken.allowed {
                return Err(limited("requests", taken));
            }
            allowance.requests = Some(taken);
        }
        if let Some(per_minute) = rule.tokens_per_minute {
            let bucket = format!("t|{}", rule.bucket);
            let estimate = estimate_tokens(permitted.ask().body.len());
            let taken = self
                .0
                .store
                .take(&bucket, estimate, RateLimit { per_minute })
                .await;
            if !taken.allowed {
                return Err(limited("tokens", taken));
            }
            allowance.tokens = Some((bucket, estimate, RateLimit { per_minute }));
        }
        Ok(allowance)
    }
}

/// Four bytes a token, rounded up: what the field uses for English text. Only for limits and marked estimates.
pub(crate) const fn estimate_tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}

impl Allowance {
    /// Sets the tokens right: what the call used beyond the estimate is taken too, what it did not use comes back.
    pub(crate) async fn settle(self, usage: Usage) {
        let Some((bucket, estimate, limit)) = &self.tokens else {
            return;
        };
        let used = usage.input.0.saturating_add(usage.output.0);
        if used > *estimate {
            self.shared
                .store
                .take(bucket, used - estimate, *limit)
                .await;
        } else {
            self.shared.store.give_back(bucket, estimate - used).await;
        }
    }
}

fn limited(what: &str, taken: Taken) -> Refusal {
    let message = format!(
        "The limit of {} {what} a minute for this key is reached; wait and try again.",
        taken.limit
    );
    Refusal::new(Code::RateLimited, message).retry_after(taken.reset)
}

/// IETF `RateLimit-*` and `OpenAI`'s names for the same.
fn announce(headers: &mut http::HeaderMap, taken: Taken) {
    let reset = taken.reset.as_millis().div_ceil(1_000);
    for (name, value) in [
        ("ratelimit-limit", taken.limit.to_string()),
        ("ratelimit-remaining", taken.remaining.to_string()),
        ("ratelimit-reset", reset.to_string()),
        ("x-ratelimit-limit-requests", taken.limit.to_string()),
        (
            "x-ratelimit-remaining-requests",
            taken.remaining.to_string(),
        ),
        (
            "x-ratelimit-reset-requests",
            format!("{}ms", taken.reset.as_millis()),
        ),
    ] {
        if let Ok(value) = http::HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}
