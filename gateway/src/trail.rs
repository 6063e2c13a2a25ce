//! The audit trail of the configured data folder, for writing.

use std::path::Path;
use std::sync::Arc;

use marshal_audit::{Event, trail_folder};
use marshal_audit_index::{Index, index_file};
use marshal_audit_sink::{DataLock, Sink, SinkOptions, new_instance};
use marshal_config::Config;
use marshal_types::Clock;

use crate::assemble::chain;
use crate::signing::signer;

/// How this configuration writes its trail.
///
/// # Errors
/// A sentence if there is no key to sign with.
pub(crate) fn options(config: &Config, clock: &Arc<dyn Clock>) -> Result<SinkOptions, String> {
    let mut options = SinkOptions::new(&config.data_dir, new_instance(&**clock), clock.clone());
    options.version = env!("CARGO_PKG_VERSION").to_owned();
    options.reserve_bytes = config.audit.reserve_bytes;
    options.signing = Some((config.audit.name.clone(), signer(config)?));
    Ok(options)
}

/// The index of a data folder. One that is no database is made anew, for it holds nothing of its own.
///
/// # Errors
/// A sentence if there is no memory for it either.
pub(crate) fn open_index(data: &Path) -> Result<Arc<Index>, String> {
    let again = |error: marshal_audit_index::OpenError| {
        if !error.is_no_database() {
            return Err(error);
        }
        tracing::warn!(error = %chain(&error), "The index of the audit trail is made anew.");
        let file = index_file(data);
        for end in ["", "-wal", "-shm"] {
            let mut name = file.clone().into_os_string();
            name.push(end);
            // What cannot be removed cannot be opened either: then it is kept in memory.
            let _ = std::fs::remove_file(name);
        }
        Index::open(data)
    };
    Index::open(data)
        .or_else(again)
        .or_else(|error| {
            tracing::warn!(error = %chain(&error), "The index of the audit trail is kept in memory.");
            Index::in_memory(&trail_folder(data))
        })
        .map_err(|error| chain(&error))
}

/// The index of a data folder, with all that its trail holds; in memory where the folder cannot be written.
///
/// # Errors
/// A sentence if the trail cannot be read.
pub(crate) fn index(data: &Path) -> Result<Arc<Index>, String> {
    if !marshal_audit::trail_folder(data).is_dir() {
        return Err(format!("there is no audit trail in {}", data.display()));
    }
    let index = open_index(data)?;
    index.catch_up().map_err(|error| chain(&error))?;
    Ok(index)
}

/// Writes one record in a short chain of its own. False if a gateway runs, whose own matter it is then.
///
/// # Errors
/// A sentence if the trail cannot be written.
pub(crate) fn record_alone(
    config: &Config,
    clock: &Arc<dyn Clock>,
    event: &Event<'_>,
) -> Result<bool, String> {
    let Ok(lock) = DataLock::acquire(&config.data_dir, false) else {
        return Ok(false);
    };
    let mut options = options(config, clock)?;
    options.reserve_bytes = 0;
    let (sink, _) = Sink::open(options).map_err(|error| chain(&error))?;
    sink.append(event).wait().map_err(|error| chain(&error))?;
    sink.close();
    drop(lock);
    Ok(true)
}
