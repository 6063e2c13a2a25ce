//! Exact cache: after every decision, since a hit is a governed answer too. Never across tenants.
//!
//! On only for virtual models that say so (`cache_ttl_s`), for whole answers. The key is a SHA-256 over tenant,
//! key's policy digest, door, cleared targets, headers that go along and clean body; the answer is kept as the
//! provider gave it, with surrogates in it, and restored for the caller who gets it.

use std::sync::Arc;
use std::time::Duration;

use marshal_telemetry::Part;
use marshal_types::{Refusal, Surface};

use crate::answer::cached;
use crate::step::{Answer, Next, Step};
use crate::{Cleared, Shared};

/// The step.
#[derive(Clone, Debug)]
pub struct Cache(pub Arc<Shared>);

/// Where an answer is to be kept, once it is there.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// Its key.
    pub key: [u8; 32],
    /// For how long.
    pub ttl: Duration,
}

impl Step<Cleared> for Cache {
    type Out = Cleared;

    async fn run<N: Next<Cleared>>(&self, cleared: Cleared, next: N) -> Result<Answer, Refusal> {
        let Some(slot) = slot(&cleared) else {
            return next.go(cleared).await;
        };
        if let Some(hit) = self.0.store.cache_get(&slot.key).await {
            return cached(&self.0, cleared, &hit).await;
        }
        let call = cleared.inspected().limited().permitted.call();
        call.ctx().lap(&self.0, Part::Cache);
        let mut answer = next.go(cleared).await?;
        if let Some(kept) = answer.body_mut().take_cachable() {
            self.0
                .store
                .cache_put(slot.key, Arc::new(kept), slot.ttl)
                .await;
        }
        answer
            .headers_mut()
            .insert("x-marshal-cache", http::HeaderValue::from_static("miss"));
        Ok(answer)
    }
}

fn slot(cleared: &Cleared) -> Option<Answered> {
    let permitted = &cleared.inspected().limited().permitted;
    let ttl = permitted.resolved().cache_ttl_s?;
    let (call, ask) = (permitted.call(), permitted.ask());
    if ask.facts.stream {
        return None;
    }
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let mut part = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(call.principal().domain.as_bytes());
    part(&call.governance().digest.0);
    part(call.ctx().dialect.as_str().as_bytes());
    // The same body asks something else through another door: an answer, how many tokens, a picture.
    part(call.ctx().surface.map_or("", Surface::as_str).as_bytes());
    part(ask.tail.as_bytes());
    let along = ask.along.iter();
    for (name, value) in along.filter(|(name, _)| name != "idempotency-key") {
        part(name.as_str().as_bytes());
        part(value.as_bytes());
    }
    for cleared in cleared.targets() {
        part(cleared.target.name.to_string().as_bytes());
        // An answer that was bounded for one caller is none for another, and the other way round.
        for word in cleared.obligations.iter().flat_map(|one| one.words()) {
            part(word.as_bytes());
        }
    }
    part(&ask.body);
    let mut key = [0; 32];
    key.copy_from_slice(hash.finish().as_ref());
    Some(Answered {
        key,
        ttl: Duration::from_secs(u64::from(ttl)),
    })
}
