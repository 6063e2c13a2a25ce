//! The file format: `marshal.yaml`, `limits.yaml` and `audit.yaml`, checked whole.
//!
//! What is not understood is refused, with its place and what to write instead, and all of it at once. What comes out
//! is plain data: no other crate needs to know that there was a file. Secrets are named in files, never written there.

mod audit;
mod check;
mod config;
mod export;
mod fleet;
mod limits;
mod load;
mod model;
mod platform;
mod price;
mod provider;
mod provider_parts;
mod secret;
mod server;
mod store;
mod subject;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_export;
#[cfg(test)]
mod tests_limits;
mod trail;

pub use audit::{AuditFile, AuditLevel, AuditMode, LevelRule, audit};
pub use config::{
    Config, Listen, LogFormat, LogLevel, Otlp, OtlpProtocol, PolicySigners, ServerLimits, Strategy,
    Telemetry, Tls, Translation, VirtualModel,
};
pub use export::{Export, ExportTo, SyslogAddress};
pub use fleet::FleetSettings;
pub use limits::{Budget, Limit, LimitsFile, OnStoreFailure, Period, limits};
pub use load::{DEFAULT_FILE, Secrets, from_text, load};
pub use model::{Capability, Model};
pub use platform::{AwsKeys, PlatformKeys};
pub use price::{ModelPrice, StatedPrice};
pub use provider::{ApiKey, Auth, KNOWN_PROVIDERS, KeySource, Provider, Timeouts, Unpriced};
pub use store::{ArchiveSettings, ObjectStore};
pub use subject::{Per, Subject};
pub use trail::{Anchor, AuditSettings, Peer};
