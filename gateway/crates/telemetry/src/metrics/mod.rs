//! What `/metrics` shows. Hot updates are atomics on handles that were looked up once; every label comes
//! from a closed set or passes a cap, so a caller cannot grow the page.

mod counted;
mod exemplar;
mod export;
mod families;
mod gen_ai;
mod histogram;
mod labels;
mod overhead;
mod page;
mod target;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_gen_ai;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use marshal_types::semconv::Conventions;
use marshal_types::{Code, Digest, ModelName, ProviderName, Surface, TargetName, semconv};
use parking_lot::{Mutex, RwLock};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use crate::outcome::CallOutcome;
use crate::trace::TraceId;
use families::Families;
use histogram::Histogram;
use labels::{Cap, OTHER};

pub(crate) use counted::SpanCounts;
pub use counted::{Ongoing, PolicyReload, ShadowResult};
pub use export::ExportMetrics;
pub use gen_ai::OperationMetrics;
pub use overhead::Part;
pub use target::TargetMetrics;

/// Targets with labels of their own; those past it share the label `other`.
pub const MAX_TARGETS: usize = 1_000;
/// Entities of the data policy with a label of their own; those past it share the label `other`.
pub const MAX_ENTITIES: usize = 256;
const MAX_AUDIT_KINDS: usize = 32;

/// Every metric of this process. Share one behind an `Arc`.
#[derive(Debug)]
pub struct Metrics {
    families: Families,
    registry: Registry,
    /// By [`Surface`]'s discriminant, and last for paths that led nowhere; made when one is used.
    surfaces: Vec<OnceLock<SurfaceHandles>>,
    /// By [`Code`]'s discriminant.
    codes: Vec<Counter>,
    /// By [`Part`]'s discriminant.
    parts: Vec<Histogram>,
    reloads: [Counter; 2],
    targets: RwLock<HashMap<TargetName, TargetMetrics>>,
    /// What the conventions call the providers whose names are the operator's own.
    known_as: RwLock<HashMap<ProviderName, Arc<str>>>,
    /// Counts for every target that was not admitted; made when one is seen.
    other: Mutex<Option<TargetMetrics>>,
    entities: Cap<String>,
    audit_kinds: Cap<&'static str>,
    policy: Mutex<Option<Digest>>,
}

#[derive(Debug)]
struct SurfaceHandles {
    outcomes: [Counter; CallOutcome::LABELS.len()],
    duration: Histogram,
}

impl Metrics {
    /// All metrics at zero, with current names; `version` is the gateway's own.
    #[must_use]
    pub fn new(version: &'static str) -> Self {
        Self::following(version, Conventions::default())
    }

    /// The same, with the names of these conventions.
    #[must_use]
    pub fn following(version: &'static str, conventions: Conventions) -> Self {
        let families = Families::new(conventions);
        let registry = families.registry(version);
        let code = |code: &Code| {
            let label = labels::OfCode {
                code: code.as_str(),
            };
            families.refusals.get_or_create_owned(&label)
        };
        let part = |part: &Part| {
            let part = part.as_str();
            families
                .overhead_parts
                .get_or_create_owned(&labels::OfPart { part })
        };
        let reload = |result| {
            families
                .policy_reloads
                .get_or_create_owned(&labels::OfResult { result })
        };
        Self {
            surfaces: Surface::ALL
                .iter()
                .map(|_| OnceLock::new())
                .chain([OnceLock::new()])
                .collect(),
            codes: Code::ALL.iter().map(code).collect(),
            parts: Part::ALL.iter().map(part).collect(),
            reloads: [reload("applied"), reload("refused")],
            targets: RwLock::default(),
            known_as: RwLock::default(),
            other: Mutex::default(),
            entities: Cap::new(MAX_ENTITIES),
            audit_kinds: Cap::new(MAX_AUDIT_KINDS),
            policy: Mutex::default(),
            families,
            registry,
        }
    }

    /// The page, as `OpenMetrics` text with exemplars.
    #[must_use]
    pub fn encode(&self) -> String {
        let (page, exemplars) = self.encoded();
        page::open_metrics(&page, &exemplars)
    }

    /// The page in the format that a request's `accept` header asks for, and its media type.
    #[must_use]
    pub fn page(&self, accept: Option<&str>) -> (&'static str, String) {
        if page::takes_open_metrics(accept) {
            (page::OPEN_METRICS, self.encode())
        } else {
            (page::PLAIN, page::plain(&self.encoded().0))
        }
    }

    fn encoded(&self) -> (String, Vec<Option<exemplar::Exemplar>>) {
        let mut page = String::with_capacity(64 * 1024);
        let exemplars = exemplar::shown(|| {
            // Writing to a `String` does not fail, and no metric of ours has an encoding that does.
            let _ = prometheus_client::encoding::text::encode(&mut page, &self.registry);
        });
        (page, exemplars)
    }

    /// `provider` is the known provider `kind`, under a name of the operator's. Say so before its targets are admitted.
    pub fn provider_is(&self, provider: &ProviderName, kind: &str) {
        let word = Arc::from(semconv::provider(kind));
        self.known_as.write().insert(provider.clone(), word);
    }

    /// What the conventions call a provider: their own word where they have one, and else the operator's.
    #[must_use]
    pub fn known_as(&self, provider: &ProviderName) -> Arc<str> {
        match self.known_as.read().get(provider) {
            Some(word) => Arc::clone(word),
            None => Arc::from(semconv::provider(provider.as_str())),
        }
    }

    /// Gives each configured target labels of its own, up to [`MAX_TARGETS`] over the process's life.
    /// Call it again after a reload: what was counted stays.
    pub fn admit_targets<'a>(&self, targets: impl IntoIterator<Item = &'a TargetName>) {
        let mut known = self.targets.write();
        for target in targets {
            if known.len() >= MAX_TARGETS {
                return;
            }
            if !known.contains_key(target) {
                let known_as = self.known_as(&target.provider);
                let metrics = TargetMetrics::new(&self.families, target, known_as);
                known.insert(target.clone(), metrics);
            }
        }
    }

    /// The handles of one target; of `other` if it was never admitted. Keep them as long as the target.
    #[must_use]
    pub fn target(&self, target: &TargetName) -> TargetMetrics {
        if let Some(known) = self.targets.read().get(target) {
            return known.clone();
        }
        let other = || {
            let name = TargetName {
                provider: ProviderName::new(OTHER),
                model: ModelName::new(OTHER),
            };
            TargetMetrics::new(&self.families, &name, Arc::from(OTHER))
        };
        self.other.lock().get_or_insert_with(other).clone()
    }

    /// A call ended. `surface` is `None` if its path led nowhere; `took` runs to the answer's last byte.
    pub fn call_ended(
        &self,
        surface: Option<Surface>,
        outcome: CallOutcome,
        took: Duration,
        trace: Option<TraceId>,
    ) {
        let at = surface.map_or(Surface::ALL.len(), |surface| surface as usize);
        let name = surface.map_or("none", Surface::as_str);
        let Some(handles) = self.surfaces.get(at) else {
            return;
        };
        let handles = handles.get_or_init(|| SurfaceHandles::new(&self.families, name));
        handles.outcomes[outcome.index()].inc();
        handles.duration.observe_in(took, trace);
        if let Some(code) = outcome.code() {
            self.codes[code as usize].inc();
        }
    }

    /// What Marshal itself took of a call, providers' time left out.
    pub fn overhead(&self, took: Duration, trace: Option<TraceId>) {
        self.families.overhead.observe_in(took, trace);
    }

    /// What one part of that took.
    pub fn overhead_part(&self, part: Part, took: Duration) {
        self.parts[part as usize].observe(took);
    }

    /// So many calls may be under way at once.
    pub fn calls_limit(&self, most: u32) {
        self.families.calls_limit.set(most.into());
    }

    /// A call is under way until the guard is dropped.
    pub fn call_started(&self) -> Ongoing {
        Ongoing::new(&self.families.inflight_calls)
    }

    /// A client connection is open until the guard is dropped.
    pub fn connection_opened(&self) -> Ongoing {
        Ongoing::new(&self.families.connections)
    }

    /// The data policy acted `times` on an entity; `action` is the policy's word for what it did.
    pub fn redacted(&self, entity: &str, action: &'static str, times: u32) {
        let entity = if self.entities.admits(entity) {
            entity
        } else {
            OTHER
        };
        let label = labels::Redaction {
            entity: entity.to_owned(),
            action,
        };
        self.families
            .redactions
            .get_or_create(&label)
            .inc_by(times.into());
    }

    /// The policy bundle was read again.
    pub fn policy_reloaded(&self, result: PolicyReload) {
        self.reloads[result as usize].inc();
    }

    /// A bundle in shadow mode was asked for a decision.
    pub fn shadow_bundle(&self, result: ShadowResult) {
        let result = result.as_str();
        let label = labels::OfResult { result };
        self.families.shadow.get_or_create(&label).inc();
    }

    /// A call came with a key that was made for an emergency.
    pub fn glass_broken(&self) {
        self.families.break_glass.inc();
    }

    /// A policy bundle is in force from now on, and no other.
    pub fn policy_in_force(&self, digest: &Digest) {
        let label = |digest: &Digest| labels::OfDigest {
            digest: digest.to_string(),
        };
        let mut current = self.policy.lock();
        if current.as_ref() == Some(digest) {
            return;
        }
        self.families
            .policy_info
            .get_or_create(&label(digest))
            .set(1);
        if let Some(old) = current.replace(*digest) {
            self.families.policy_info.remove(&label(&old));
        }
    }

    /// A record of this kind was handed to the audit trail.
    pub fn audit_record(&self, kind: &'static str) {
        let kind = if self.audit_kinds.admits(&kind) {
            kind
        } else {
            OTHER
        };
        self.families
            .audit_records
            .get_or_create(&labels::OfKind { kind })
            .inc();
    }

    /// A record became durable `after` its hand-over.
    pub fn audit_durable(&self, after: Duration) {
        self.families.audit_durable.observe(after);
    }

    /// Whether the audit trail can promise durability now.
    pub fn audit_healthy(&self, healthy: bool) {
        self.families.audit_healthy.set(healthy.into());
    }

    /// The handles of one configured export of the audit trail.
    #[must_use]
    pub fn export(&self, name: &str) -> ExportMetrics {
        ExportMetrics::new(&self.families, name)
    }

    /// Counts spans on their way to the collector.
    pub(crate) fn spans(&self) -> SpanCounts {
        SpanCounts {
            waiting: self.families.spans_waiting.clone(),
            dropped: self.families.spans_dropped.clone(),
        }
    }
}

impl SurfaceHandles {
    fn new(families: &Families, surface: &'static str) -> Self {
        Self {
            outcomes: CallOutcome::LABELS.map(|outcome| {
                families
                    .requests
                    .get_or_create_owned(&labels::Request { surface, outcome })
            }),
            duration: families
                .call_duration
                .get_or_create_owned(&labels::OfSurface { surface }),
        }
    }
}
