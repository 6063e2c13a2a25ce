//! Work beside the calls: policies and keys that changed on disk, counters that are to survive a restart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use marshal_audit::{Event, KeyChange, KeyChangeKind, PolicyChange};
use marshal_audit_fleet::Fleet;
use marshal_audit_index::Index;
use marshal_audit_sink::{Sink, Spool};
use marshal_payloads::Payloads;
use marshal_pipeline::Governance;
use marshal_state::{Embedded, KeyInfo, Keys};
use marshal_telemetry::{Metrics, PolicyReload};
use marshal_types::{Clock, KeyId, Problem, Timestamp};
use parking_lot::{Mutex, RwLock};

use crate::anchors::Anchors;
use crate::cold::Archive;
use crate::governance::{Demands, Seen};

/// How often the disk is looked at: a changed policy or a revoked key acts within a second.
const TICK: Duration = Duration::from_millis(100);

/// How often it is looked whether something is kept no longer.
const EXPIRE_EVERY: Duration = Duration::from_secs(3_600);

/// So long what could not be brought back is left alone.
const SETTLE_AGAIN: Duration = Duration::from_secs(5);

/// How often the index takes in what is new; whoever asks before does not wait for it.
const INDEX_EVERY: Duration = Duration::from_secs(5);

/// What the control plane shows of the bundle in force.
#[derive(Debug)]
pub(crate) struct PolicyNews {
    pub loaded: Timestamp,
    /// What is wrong with the newer bundle that was not taken.
    pub problems: Vec<Problem>,
}

/// Everything that is looked after.
pub(crate) struct Housekeeping {
    pub anchors: Arc<Anchors>,
    pub archive: Option<Arc<Archive>>,
    pub fleet: Option<Arc<Fleet>>,
    pub payloads: Arc<Payloads>,
    pub data: PathBuf,
    pub index: Arc<Index>,
    pub policies: Option<PathBuf>,
    pub demands: Demands,
    /// Before the bundle in force was read at the start.
    pub seen: Seen,
    pub governance: Arc<ArcSwap<Governance>>,
    pub news: Arc<RwLock<PolicyNews>>,
    pub keys: Arc<Keys>,
    pub store: Arc<Embedded>,
    pub sink: Sink,
    pub spool: Option<Arc<Spool>>,
    pub metrics: Arc<Metrics>,
    pub clock: Arc<dyn Clock>,
    /// How the last look at what was asked of the trail went.
    pub told: Mutex<Result<(), String>>,
    /// The newest deed for which kept answers were forgotten.
    pub forgotten: Mutex<Option<SystemTime>>,
    /// Key changes that this process made itself and has recorded.
    pub recorded: Arc<RwLock<BTreeMap<KeyId, bool>>>,
}

impl Housekeeping {
    /// Runs until the process ends.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::spawn(self.anchors.clone().run());
        if let Some(spool) = self.spool.clone() {
            tokio::spawn(settle(spool));
        }
        if let Some(fleet) = self.fleet.clone() {
            let metrics = self.metrics.export("fleet");
            let fares = crate::exports::Fares::new(metrics, self.clock.clone());
            tokio::spawn(crate::fleet::run(fleet, fares));
        }
        if let Some(archive) = self.archive.clone() {
            tokio::spawn(archive.run());
        }
        tokio::spawn(self.clone().index());
        tokio::spawn(self.clone().expire());
        let mut seen = self.seen;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let this = self.clone();
            // Files are read and a bundle is compiled: not on a thread that serves.
            let done = tokio::task::spawn_blocking(move || this.look(seen)).await;
            match done {
                Ok(now) => seen = now,
                Err(error) => tracing::error!(%error, "Looking after policies and keys failed."),
            }
        }
    }

    /// Asks for the end of what is kept no longer.
    async fn expire(self: Arc<Self>) {
        let mut tick = tokio::time::interval(EXPIRE_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let this = self.clone();
            let expire = move || crate::deeds::expire(&this.data, &this.payloads);
            match tokio::task::spawn_blocking(expire).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, "What is kept no longer could not be ended.")
                }
                Err(error) => tracing::error!(%error, "Ending what is kept no longer failed."),
            }
        }
    }

    /// Keeps the index near the trail's end.
    async fn index(self: Arc<Self>) {
        let mut tick = tokio::time::interval(INDEX_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let index = self.index.clone();
            match tokio::task::spawn_blocking(move || index.catch_up()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(error = %crate::assemble::chain(&error), "The index of the audit trail is behind.");
                }
                Err(error) => tracing::error!(%error, "Indexing the audit trail failed."),
            }
        }
    }

    fn look(&self, seen: Seen) -> Seen {
        if self.keys.reload_if_changed() {
            self.record_key_changes();
        }
        if let Err(error) = self.store.flush_if_dirty() {
            tracing::error!(%error, "Budgets cannot be written down; they are kept in memory.");
        }
        let healthy = self.sink.healthy();
        self.metrics.audit_healthy(healthy);
        // What cannot be recorded is not done.
        if healthy {
            self.deeds();
        }
        self.forget();
        let now = Seen::of(self.policies.as_deref(), &self.demands);
        if now != seen {
            self.reload();
        }
        now
    }

    /// Erasures and holds that somebody asked for.
    fn deeds(&self) {
        let looked = crate::deeds::look(&self.data, &self.payloads, &|event| {
            let durable = self.sink.append(event).wait();
            durable.map(drop).map_err(|error| error.to_string())
        });
        let mut told = self.told.lock();
        if looked != *told {
            if let Err(error) = &looked {
                tracing::error!(%error, "What was asked of the audit trail is not done or not recorded yet; it is tried again.");
            }
            *told = looked;
        }
    }

    /// An answer that was kept may hold the words of whoever is to be forgotten, whichever process was asked for it.
    fn forget(&self) {
        let newest = crate::deeds::newest(&self.data);
        let mut seen = self.forgotten.lock();
        if newest != *seen {
            self.store.forget_answers();
            *seen = newest;
        }
    }

    /// Takes the changed bundle, whole, or keeps the old one and says why.
    fn reload(&self) {
        let old = self.governance.load_full();
        match crate::governance::load(
            &crate::governance::source(self.policies.as_deref()),
            &self.demands,
        ) {
            Ok(new) if new.digest == old.digest => {
                // The bundle in shadow mode is another one, or signatures are.
                self.governance.store(Arc::new(new));
                self.news.write().problems.clear();
            }
            Ok(new) => {
                if let Err(error) = crate::revisions::keep(&self.data, &new.bundle) {
                    tracing::error!(%error, "The policies in force cannot be kept for later.");
                }
                let (from, to, label) = (old.digest, new.digest, new.bundle.label().to_owned());
                let approvers = new.approvers.clone();
                self.governance.store(Arc::new(new));
                *self.news.write() = PolicyNews {
                    loaded: self.clock.now(),
                    problems: Vec::new(),
                };
                self.metrics.policy_reloaded(PolicyReload::Applied);
                self.metrics.policy_in_force(&to);
                tracing::info!(%from, %to, "Policies changed; new calls go by the new bundle.");
                let change = PolicyChange {
                    approvers: approvers.into_iter().map(Into::into).collect(),
                    from: Some(from),
                    label: label.into(),
                    ok: true,
                    problems: Vec::new(),
                    to: Some(to),
                };
                drop(self.sink.append(&Event::PolicyChange(change)));
            }
            Err(problems) => {
                self.metrics.policy_reloaded(PolicyReload::Refused);
                for problem in &problems {
                    tracing::error!(%problem, "A changed policy was not taken; the old bundle stays.");
                }
                let change = PolicyChange {
                    approvers: Vec::new(),
                    from: Some(old.digest),
                    label: old.bundle.label().to_owned().into(),
                    ok: false,
                    problems: problems
                        .iter()
                        .take(20)
                        .map(|problem| problem.to_string().into())
                        .collect(),
                    to: None,
                };
                drop(self.sink.append(&Event::PolicyChange(change)));
                self.news.write().problems = problems;
            }
        }
    }

    /// Keys that another process changed (`marshal key …`) go into this process's chain.
    fn record_key_changes(&self) {
        let mut recorded = self.recorded.write();
        for key in self.keys.list() {
            let revoked = key.revoked.is_some();
            let change = match recorded.insert(key.id.clone(), revoked) {
                None => KeyChangeKind::Created,
                Some(false) if revoked => KeyChangeKind::Revoked,
                Some(_) => continue,
            };
            drop(self.sink.append(&key_change(&key, change, "cli")));
        }
    }
}

/// Brings back what the trail's disk did not take, once it does. Beside the rest: it waits for both disks.
async fn settle(spool: Arc<Spool>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = Ok(());
    loop {
        tick.tick().await;
        let spool = spool.clone();
        let settled = tokio::task::spawn_blocking(move || spool.settle()).await;
        let settled = match settled {
            Ok(settled) => settled.map(drop).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = &settled {
            if settled != told {
                tracing::error!(%error, "What lies in the second folder cannot be brought into the audit trail yet; it is tried again.");
            }
            tokio::time::sleep(SETTLE_AGAIN).await;
        }
        told = settled;
    }
}

/// The record of a changed key.
pub(crate) fn key_change<'a>(key: &'a KeyInfo, change: KeyChangeKind, by: &'a str) -> Event<'a> {
    Event::KeyChange(KeyChange {
        admin: key.admin,
        break_glass: key.break_glass.as_deref().map(Into::into),
        by: by.into(),
        change,
        expires: key.expires.map(|at| at.to_string().into()),
        key: key.id.as_str().into(),
        name: key.name.as_str().into(),
        service: key.service.as_deref().map(Into::into),
        team: key.team.as_deref().map(Into::into),
        tenant: key.tenant.as_str().into(),
        user: key.user.as_deref().map(Into::into),
    })
}
