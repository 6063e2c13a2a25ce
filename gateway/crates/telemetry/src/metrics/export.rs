//! The counters of one export of the audit trail, looked up once and then plain atomics.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;

use super::families::{Families, Seconds};
use super::labels;

/// The metrics of one export. A clone is the same export.
#[derive(Clone, Debug)]
pub struct ExportMetrics {
    exported: Counter,
    failures: Counter,
    lag: Seconds,
}

impl ExportMetrics {
    pub(super) fn new(families: &Families, name: &str) -> Self {
        let label = labels::OfExport {
            export: name.to_owned(),
        };
        Self {
            exported: families.audit_exported.get_or_create_owned(&label),
            failures: families.audit_export_failures.get_or_create_owned(&label),
            lag: families.audit_export_lag.get_or_create_owned(&label),
        }
    }

    /// So many records were acknowledged.
    pub fn exported(&self, records: u64) {
        self.exported.inc_by(records);
    }

    /// Something went wrong, and is tried again.
    pub fn failed(&self) {
        self.failures.inc();
    }

    /// The age of the oldest record that is not acknowledged.
    pub fn lag(&self, lag: Duration) {
        self.lag.set(lag.as_secs_f64());
    }
}
