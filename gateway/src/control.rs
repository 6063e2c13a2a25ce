//! The control plane: what the admin interface and the dashboards need, put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use marshal_admin::{
    AdminEvent, AdminEvents, AdminParts, AdminState, AllowedHosts, Deed, Logins, PolicyStatus,
    Readiness, Recorded, TargetStatus,
};
use marshal_audit::{Admin, AuditQuery, Event, KeyChangeKind};
use marshal_audit_sink::Sink;
use marshal_pipeline::Governance;
use marshal_routing::{HealthState, Router as Targets};
use marshal_state::Keys;
use marshal_telemetry::Metrics;
use marshal_types::{Action, Clock, Effect, Facts, KeyId, Object, Principal};
use parking_lot::RwLock;

use crate::housekeeping::{PolicyNews, key_change};

/// What the control plane is made of.
pub(crate) struct ControlParts {
    pub keys: Arc<Keys>,
    pub logins: Arc<Logins>,
    pub audit: Arc<dyn AuditQuery>,
    pub readiness: Arc<Readiness>,
    pub metrics: Arc<Metrics>,
    pub governance: Arc<ArcSwap<Governance>>,
    pub news: Arc<RwLock<PolicyNews>>,
    pub targets: Arc<Targets>,
    pub sink: Sink,
    pub recorded: Arc<RwLock<BTreeMap<KeyId, bool>>>,
    pub clock: Arc<dyn Clock>,
    pub data_url: String,
}

/// Makes the control plane's router.
pub(crate) fn router(parts: ControlParts) -> Router {
    let ControlParts {
        keys,
        logins,
        audit,
        readiness,
        metrics,
        governance,
        news,
        targets,
        sink,
        recorded,
        clock,
        data_url,
    } = parts;
    let in_force = governance.clone();
    let of_targets = targets.clone();
    let state = AdminState::new(AdminParts {
        keys,
        logins,
        audit,
        readiness,
        metrics: Arc::new(move |accept| {
            for health in of_targets.health() {
                let closed = matches!(health.state, HealthState::Closed);
                metrics.target(&health.target).available(closed);
            }
            metrics.page(accept)
        }),
        may: Arc::new(move |who, deed| may(&in_force, who, deed)),
        policy: Arc::new(move || policy(&governance, &news)),
        targets: Arc::new(move || targets.health().into_iter().map(status).collect()),
        events: Arc::new(ToTrail { sink, recorded }),
        hosts: AllowedHosts::default(),
        clock,
        data_url,
    });
    marshal_admin::router(state.clone(), marshal_dashboards::pages(state))
}

/// Asks the bundle in force.
fn may(governance: &ArcSwap<Governance>, who: &Principal, deed: Deed) -> Result<(), String> {
    let (object, action) = match deed {
        Deed::Read => ("admin:audit", Action::AuditRead),
        Deed::IssueKeys => ("admin:keys", Action::KeyIssue),
    };
    let decision = governance.load().bundle.authorize(
        who,
        &Object(Arc::from(object)),
        action,
        &Facts::default(),
    );
    match decision.effect {
        Effect::Allow => Ok(()),
        Effect::Deny => Err(format!(
            "The access policy does not allow it: {}",
            decision.reason
        )),
    }
}

fn policy(governance: &ArcSwap<Governance>, news: &RwLock<PolicyNews>) -> PolicyStatus {
    let (governance, news) = (governance.load(), news.read());
    PolicyStatus {
        label: governance.bundle.label().to_owned(),
        digest: governance.digest,
        loaded: news.loaded,
        files: governance.bundle.files().keys().cloned().collect(),
        problems: news.problems.clone(),
    }
}

fn status(health: marshal_routing::TargetHealth) -> TargetStatus {
    TargetStatus {
        healthy: matches!(health.state, HealthState::Closed),
        note: health.state.as_str().to_owned(),
        target: health.target,
    }
}

/// What happens on the control plane goes into the trail.
struct ToTrail {
    sink: Sink,
    recorded: Arc<RwLock<BTreeMap<KeyId, bool>>>,
}

impl AdminEvents for ToTrail {
    fn record(&self, event: AdminEvent) -> Recorded {
        let ack = match &event {
            AdminEvent::SignedIn { actor } => self.sink.append(&Event::Admin(Admin {
                action: "sign-in".into(),
                detail: "dashboard".into(),
                who: actor.to_string().into(),
            })),
            AdminEvent::Refused { actor, what } => self.sink.append(&Event::Admin(Admin {
                action: "refused".into(),
                detail: (*what).into(),
                who: actor
                    .as_ref()
                    .map_or_else(|| "unknown".into(), |actor| actor.to_string().into()),
            })),
            AdminEvent::KeyCreated { actor, key } => {
                self.recorded.write().insert(key.id.clone(), false);
                self.sink
                    .append(&key_change(key, KeyChangeKind::Created, &actor.to_string()))
            }
            AdminEvent::KeyRevoked { actor, key } => {
                self.recorded.write().insert(key.id.clone(), true);
                self.sink
                    .append(&key_change(key, KeyChangeKind::Revoked, &actor.to_string()))
            }
            AdminEvent::KeyRotated { actor, key, .. } => {
                self.recorded.write().insert(key.id.clone(), false);
                self.sink
                    .append(&key_change(key, KeyChangeKind::Rotated, &actor.to_string()))
            }
        };
        Box::pin(async move { ack.await.map(|_| ()).map_err(|error| error.to_string()) })
    }
}
