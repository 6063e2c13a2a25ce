//! Who calls: from the credential alone, before a byte of the body is read.

use std::sync::Arc;

use marshal_state::{KeyError, KeyInfo};
use marshal_telemetry::Part;
use marshal_types::{Code, Principal, Refusal};

use crate::audit::{records, unavailable};
use crate::observe::Observed;
use crate::socket::KEY_PROTOCOL;
use crate::step::{Answer, Next, Step};
use crate::{Ctx, Governance, RequestBody, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Authenticate(pub Arc<Shared>);

/// A request whose caller is known, and the policies that govern it from here to its end.
#[derive(Debug)]
pub struct Authenticated<T = http::Request<RequestBody>> {
    ctx: Arc<Ctx>,
    who: Arc<KeyInfo>,
    principal: Principal,
    governance: Arc<Governance>,
    inner: T,
}

impl<T> Authenticated<T> {
    /// The call.
    #[must_use]
    pub fn ctx(&self) -> &Arc<Ctx> {
        &self.ctx
    }

    /// The key that was presented.
    #[must_use]
    pub fn who(&self) -> &Arc<KeyInfo> {
        &self.who
    }

    /// The caller as policies see it.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The policies of this call: no call ever sees two bundles.
    #[must_use]
    pub fn governance(&self) -> &Arc<Governance> {
        &self.governance
    }

    /// What the caller sent.
    #[must_use]
    pub const fn inner(&self) -> &T {
        &self.inner
    }

    pub(crate) fn inner_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// The same caller with another form of what was sent: evidence stays, it is not made.
    pub(crate) fn swap<U>(self, with: U) -> (Authenticated<U>, T) {
        let Self {
            ctx,
            who,
            principal,
            governance,
            inner,
        } = self;
        (
            Authenticated {
                ctx,
                who,
                principal,
                governance,
                inner: with,
            },
            inner,
        )
    }
}

impl Step<Observed> for Authenticate {
    type Out = Authenticated;

    async fn run<N: Next<Authenticated>>(
        &self,
        observed: Observed,
        next: N,
    ) -> Result<Answer, Refusal> {
        let Observed { arrival, ctx } = observed;
        if let Some(refusal) = arrival.refused {
            return Err(refusal);
        }
        let presented = credential(arrival.request.headers())?;
        let who = self.0.keys.verify(presented).map_err(refuse)?;
        let governance = self.0.governance.load_full();
        let principal = who.principal();
        {
            let mut notes = ctx.notes.lock();
            notes.key = Some(who.id.clone());
            notes.tenant = Some(principal.domain.clone());
            notes.subjects = principal.subjects.clone();
            notes.policy = Some(governance.digest);
        }
        if let Some(reason) = &who.break_glass {
            // Whoever breaks the glass is seen, whatever becomes of the call.
            self.0.telemetry.metrics.glass_broken();
            tracing::warn!(key = %who.id, call = %ctx.id, "A key made for an emergency is in use.");
            let durable = records::break_glass(&self.0, &ctx, &who, reason).await;
            durable.map_err(|error| unavailable(&error))?;
        }
        ctx.lap(&self.0, Part::Authenticate);
        next.go(Authenticated {
            ctx,
            who,
            principal,
            governance,
            inner: arrival.request,
        })
        .await
    }
}

/// The key, from wherever the SDKs of the day put it.
fn credential(headers: &http::HeaderMap) -> Result<&str, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text("authorization").and_then(|value| {
        let (scheme, rest) = value.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            Some(rest.trim())
        } else if scheme.eq_ignore_ascii_case("aws4-hmac-sha256") {
            access_key(rest)
        } else {
            None
        }
    });
    let named = ["x-api-key", "api-key", "x-goog-api-key"];
    authorization
        .or_else(|| named.iter().find_map(|name| text(name)))
        .or_else(|| of_subprotocol(headers))
        .filter(|key| !key.is_empty())
        .ok_or_else(|| {
            Refusal::new(
                Code::NoCredential,
                "No API key in the request. Send `authorization: Bearer KEY`, `x-api-key: KEY` or `x-goog-api-key: KEY` \
                 with a key of this gateway; Amazon's clients give it as their access key id. A key in the address (`?key=`) is not read, for addresses are written to logs.",
            )
        })
}

/// A browser can give a WebSocket no header but the list of protocols, and its clients put the key there.
fn of_subprotocol(headers: &http::HeaderMap) -> Option<&str> {
    crate::socket::protocols(headers).find_map(|word| word.strip_prefix(KEY_PROTOCOL))
}

/// Amazon's clients sign; the access key id of their signature is the key of this gateway, and its secret part is not
/// theirs to prove: a key of this gateway is a bearer token.
fn access_key(signature: &str) -> Option<&str> {
    let credential = signature
        .split(',')
        .find_map(|part| part.trim().strip_prefix("Credential="))?;
    credential.split('/').next()
}

fn refuse(error: KeyError) -> Refusal {
    match error {
        KeyError::Malformed => Refusal::new(
            Code::InvalidCredential,
            "That is not an API key of this gateway. Its keys begin with `mk_` and are taken whole: look for a letter too many or too few. A provider's own key does not work here.",
        ),
        KeyError::Unknown => Refusal::new(
            Code::InvalidCredential,
            "This API key is not known here. Ask the operator for a new one.",
        ),
        KeyError::Revoked => Refusal::new(
            Code::RevokedCredential,
            "This API key was revoked. Ask the operator for a new one.",
        ),
        KeyError::Expired => Refusal::new(
            Code::InvalidCredential,
            "This API key has expired. Ask the operator for a new one.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_client_has_a_place_for_the_key() {
        for (name, value) in [
            ("authorization", "Bearer mk_1"),
            ("authorization", "bearer  mk_1"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=mk_1/20260101/eu-central-1/bedrock/aws4_request, SignedHeaders=host, Signature=00",
            ),
            ("x-api-key", "mk_1"),
            ("api-key", "mk_1"),
            ("x-goog-api-key", "mk_1"),
            (
                "sec-websocket-protocol",
                "realtime, openai-insecure-api-key.mk_1, openai-beta.realtime-v1",
            ),
        ] {
            let mut headers = http::HeaderMap::new();
            headers.insert(
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            );
            assert_eq!(credential(&headers).ok(), Some("mk_1"), "{name}: {value}");
        }
        assert!(credential(&http::HeaderMap::new()).is_err());
    }
}
