//! What the steps share: made once at start.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use marshal_adapter_api::Adapter;
use marshal_audit_sink::{Sink, Spool};
use marshal_payloads::Payloads;
use marshal_platform::{Platform, Quirks};
use marshal_policies::ScopeKey;
use marshal_routing::{Directory, Router};
use marshal_state::{Concurrency, Keys, Objects, Store};
use marshal_telemetry::{Metrics, Tracer};
use marshal_types::{Clock, Dialect, Facts, ProviderName, Secret, Surface};
use parking_lot::RwLock;

use crate::{Governance, Leaving, Transport, UpstreamCredential, UpstreamTimes};

/// Everything that outlives a call.
pub struct Shared {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The audit trail's write side.
    pub sink: Sink,
    /// Where records go that the trail's disk does not take, if there is a second folder.
    pub spool: Option<Arc<Spool>>,
    /// What was said, where a policy wants it kept.
    pub payloads: Arc<Payloads>,
    /// Metrics and traces.
    pub telemetry: Telemetry,
    /// Limits, budgets, cache.
    pub store: Arc<dyn Store>,
    /// Calls at once, by subject.
    pub concurrency: Concurrency,
    /// Virtual keys.
    pub keys: Arc<Keys>,
    /// Whose is what providers keep.
    pub objects: Objects,
    /// The policies in force; a call takes them once.
    pub governance: Arc<ArcSwap<Governance>>,
    /// Which names stand for which targets.
    pub directory: Directory,
    /// Health and latency of targets.
    pub router: Arc<Router>,
    /// Where providers are and how they are spoken to.
    pub providers: HashMap<ProviderName, Arc<Provider>>,
    /// The dialects that are spoken.
    pub adapters: Adapters,
    /// Keys from which surrogates are made, one for each tenant.
    pub scopes: Scopes,
    /// How guards that are other services are reached.
    pub guards: Transport,
    /// Calls in flight that this process takes; one more is shed.
    pub max_calls: u32,
    /// The largest body of a request, in bytes.
    pub max_body_bytes: usize,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// Keeps the process there for open sockets, and tells them when it leaves.
    pub leaving: Arc<dyn Leaving>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// The dialect's adapter.
    #[must_use]
    pub fn adapter(&self, dialect: Dialect) -> &Arc<dyn Adapter> {
        match dialect {
            Dialect::OpenAi => &self.adapters.openai,
            Dialect::Anthropic => &self.adapters.anthropic,
            Dialect::Responses => &self.adapters.responses,
            Dialect::Gemini => &self.adapters.gemini,
            Dialect::Bedrock => &self.adapters.bedrock,
            Dialect::Cohere => &self.adapters.cohere,
            Dialect::Ollama => &self.adapters.ollama,
        }
    }

    /// The key from which this tenant's surrogates are made: tenants never share a surrogate.
    #[must_use]
    pub fn scope(&self, tenant: &str) -> ScopeKey {
        self.scopes.of(tenant)
    }
}

/// One adapter for each dialect.
#[expect(missing_docs, reason = "each is what its name says")]
pub struct Adapters {
    pub openai: Arc<dyn Adapter>,
    pub anthropic: Arc<dyn Adapter>,
    pub responses: Arc<dyn Adapter>,
    pub gemini: Arc<dyn Adapter>,
    pub bedrock: Arc<dyn Adapter>,
    pub cohere: Arc<dyn Adapter>,
    pub ollama: Arc<dyn Adapter>,
}

/// Keys of tenants, each derived from the root once.
#[derive(Debug)]
pub struct Scopes {
    root: ring::hmac::Key,
    known: RwLock<HashMap<Box<str>, [u8; 32]>>,
}

impl Scopes {
    /// From the root secret of this data folder.
    #[must_use]
    pub fn new(root: &Secret) -> Self {
        let root = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, root.expose().as_bytes());
        Self {
            root,
            known: RwLock::default(),
        }
    }

    fn of(&self, tenant: &str) -> ScopeKey {
        if let Some(key) = self.known.read().get(tenant) {
            return ScopeKey(*key);
        }
        let mut key = [0; 32];
        key.copy_from_slice(ring::hmac::sign(&self.root, tenant.as_bytes()).as_ref());
        self.known.write().insert(tenant.into(), key);
        ScopeKey(key)
    }
}

/// Where calls are counted and traced.
#[derive(Debug)]
pub struct Telemetry {
    /// Counters and histograms.
    pub metrics: Arc<Metrics>,
    /// Spans.
    pub tracer: Tracer,
    /// Whether providers get a `traceparent`.
    pub traceparent_to_providers: bool,
    /// `http` or `https`: how clients come.
    pub scheme: &'static str,
}

/// A provider as the dispatch step needs it.
pub struct Provider {
    /// Sends a request and gives the answer's head.
    pub transport: Transport,
    /// The same for what becomes a socket: over HTTP/1.1 alone.
    pub sockets: Transport,
    /// Base URL with its version, without a trailing slash.
    pub base_url: String,
    /// Base URLs of dialects that begin elsewhere.
    pub bases: Vec<(Dialect, String)>,
    /// What it makes of addresses, bodies and framings.
    pub platform: Platform,
    /// Where it differs from the dialect that it speaks.
    pub quirks: Quirks,
    /// The dialects that it speaks, the preferred one first.
    pub dialects: Vec<Dialect>,
    /// The doors that it has beside conversations.
    pub surfaces: Arc<[Surface]>,
    /// What compliance policies may ask of it.
    pub facts: Facts,
    /// A call of which anything would be left out is refused.
    pub strict: bool,
    /// What authenticates Marshal there.
    pub credential: UpstreamCredential,
    /// Headers that go with each request.
    pub headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// How long to wait for what.
    pub times: UpstreamTimes,
}

impl Provider {
    /// Where the dialect's paths begin.
    #[must_use]
    pub fn base(&self, dialect: Dialect) -> &str {
        self.bases
            .iter()
            .find(|(other, _)| *other == dialect)
            .map_or(&self.base_url, |(_, base)| base)
    }
}
