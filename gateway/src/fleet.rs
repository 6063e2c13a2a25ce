//! The fleet's database: this node's records are brought there, and the dashboard asks it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use marshal_audit::{AuditQuery, CallStory, CallSummary, Change, Filter, QueryError};
use marshal_audit_fleet::{Fleet, FleetOptions};
use marshal_config::Config;
use marshal_types::CallId;
use parking_lot::Mutex;

use crate::assemble::chain;
use crate::exports::Fares;

/// How often it is looked for new records.
const EVERY: Duration = Duration::from_secs(2);

/// So long nobody waits for a database again that did not answer.
const ALONE: Duration = Duration::from_secs(10);

/// The fleet that is configured. The password is read now, also by commands that read no provider's.
///
/// # Errors
/// A sentence if the password cannot be read.
pub(crate) fn open(config: &Config) -> Result<Option<Arc<Fleet>>, String> {
    let Some(settings) = &config.audit.fleet else {
        return Ok(None);
    };
    let password = settings.password.as_ref();
    let options = FleetOptions {
        host: settings.host.clone(),
        port: settings.port,
        database: settings.database.clone(),
        user: settings.user.clone(),
        password: password.map(marshal_config::ApiKey::read_now).transpose()?,
        node: config.audit.name.clone(),
    };
    Ok(Some(Fleet::new(options, &config.data_dir)))
}

/// Brings new records until the process ends.
pub(crate) async fn run(fleet: Arc<Fleet>, mut fares: Fares) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = Ok(());
    loop {
        tick.tick().await;
        let fleet = fleet.clone();
        let brought = tokio::task::spawn_blocking(move || fleet.catch_up()).await;
        let brought = match brought {
            Ok(brought) => brought.map_err(|error| chain(&error)),
            Err(error) => Err(error.to_string()),
        };
        if brought != told {
            match &brought {
                Ok(()) => tracing::info!("Records go to the fleet's database again."),
                Err(error) => {
                    tracing::error!(%error, "Records cannot be brought to the fleet's database; it is tried again.");
                }
            }
        }
        fares.went(brought.as_ref().map_or(Err(()), |()| Ok(0)));
        told = brought;
    }
}

/// Asks the fleet; where its database does not answer, this node alone.
pub(crate) struct Everywhere {
    pub fleet: Arc<Fleet>,
    pub here: Arc<dyn AuditQuery>,
    /// Since when this node answers alone.
    pub alone: Mutex<Option<Instant>>,
}

impl Everywhere {
    fn ask<T>(
        &self,
        ask: impl Fn(&dyn AuditQuery) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        if self
            .alone
            .lock()
            .is_some_and(|since| since.elapsed() < ALONE)
        {
            return ask(&*self.here);
        }
        let answer = ask(&*self.fleet);
        let known = match &answer {
            Ok(_) => self.alone.lock().take(),
            Err(_) => self.alone.lock().replace(Instant::now()),
        };
        answer.or_else(|error| {
            if known.is_none() {
                tracing::warn!(error = %chain(&error), "The fleet's database does not answer; questions are answered from this node's trail alone.");
            }
            ask(&*self.here)
        })
    }
}

impl AuditQuery for Everywhere {
    fn calls(&self, filter: &Filter) -> Result<Vec<CallSummary>, QueryError> {
        self.ask(|audit| audit.calls(filter))
    }

    fn call(&self, call: CallId) -> Result<Option<CallStory>, QueryError> {
        self.ask(|audit| audit.call(call))
    }

    fn changes(&self, limit: usize) -> Result<Vec<Change>, QueryError> {
        self.ask(|audit| audit.changes(limit))
    }
}
