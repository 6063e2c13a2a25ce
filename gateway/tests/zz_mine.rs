#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs, dead_code, unused_imports)]
#[path = "it"]
mod it { pub(crate) mod support; mod arrows; mod audit; mod compliance; mod data; mod errors; mod first_start; mod governance; mod routing; mod telemetry; }
use it::support;
